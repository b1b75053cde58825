"""Reading signals."""

from datetime import datetime
from uuid import UUID

from apps.signals.models import Signal


def workspaces_with_unjudged(*, before: datetime) -> list[UUID]:
    """Workspaces that have signals recorded before `before` and not judged yet. For the sweep, in every_workspace."""
    rows = Signal.objects.filter(judged_at=None, recorded_at__lt=before)
    return list(rows.order_by().values_list("workspace_id", flat=True).distinct())
