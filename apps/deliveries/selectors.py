"""Reading requests and attempts. Call inside the workspace's scope."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from apps.deliveries.models import Attempt, Request


def attempts_of(*, signal_id: UUID) -> list[Attempt]:
    """Every attempt that was not simply accepted, for all events of a signal, oldest first."""
    return list(Attempt.objects.filter(signal_id=signal_id).order_by("at", "request_id"))


def requests_named(request_ids: Iterable[UUID]) -> dict[UUID, Request]:
    """Requests by id."""
    return {request.id: request for request in Request.objects.filter(id__in=list(request_ids))}


def departures_of(request_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """When each request left."""
    return dict(Request.objects.filter(id__in=list(request_ids)).values_list("id", "sent_at"))
