"""Conversions that wait for somebody's decision: they have no moment at which they are due."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from apps.conversions.models import Conversion
from apps.domain.states import State

OUTLIER, REJECTED, NOT_DECIDED = "outlier", "outlier_rejected", "outlier_not_decided"


def held() -> QuerySet[Conversion]:
    """Those of the workspace, or in `every_workspace` of all."""
    return Conversion.objects.filter(state=State.WAITING, due_at=None, reason=OUTLIER)


def workspaces_with_overdue(*, now: datetime) -> list[UUID]:
    """Workspaces in which the window of one closed. For the sweep, in every_workspace."""
    return list(held().filter(expires_at__lte=now).order_by().values_list("workspace_id", flat=True).distinct())


def overdue_end(*, now: datetime) -> int:
    """End those whose window closed, and say that nobody decided; returns how many."""
    return held().filter(expires_at__lte=now).update(state=State.EXPIRED, reason=NOT_DECIDED, settled_at=now)
