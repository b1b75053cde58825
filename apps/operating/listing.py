"""Alerts as a list by cursor, in English: what other systems read."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q
from django.utils import translation

from apps.core.errors import Fault, InvalidInput
from apps.core.paging import cursor_of, cursor_read
from apps.domain.alerts import KINDS
from apps.operating.models import Alert
from apps.operating.words import advice_of, opening_of

LARGEST_PAGE = 100
OPEN, PAST = "open", "past"


class AlertRow(NamedTuple):
    """An alert with what it says."""

    id: UUID
    kind: str
    subject: str
    sentence: str
    advice: str
    who: str
    since: datetime
    ended_at: datetime | None


class Page(NamedTuple):
    """Part of the list; `after` is the cursor of the next part, empty at the end."""

    rows: tuple[AlertRow, ...]
    after: str


def alerts_listed(*, state: str = "", after: str = "", limit: int = 50) -> Page:
    """The workspace's alerts, latest first: OPEN, PAST or, without a state, both. Call inside its scope.

    Raises InvalidInput for a cursor that cannot be read and a limit beyond LARGEST_PAGE.
    """
    if not 1 <= limit <= LARGEST_PAGE:
        raise InvalidInput(Fault("limit", "range", f"Ask for 1 to {LARGEST_PAGE} at a time."))
    alerts = Alert.objects.filter(opened_at__isnull=False).order_by("-since", "-id")
    if state:
        alerts = alerts.filter(ended_at__isnull=state == OPEN)
    if after:
        since, alert_id = cursor_read(after, UUID)
        alerts = alerts.filter(Q(since__lt=since) | Q(since=since, id__lt=alert_id))
    rows = list(alerts[: limit + 1])
    last = rows[limit - 1] if len(rows) > limit else None
    with translation.override("en"):
        return Page(tuple(map(_row, rows[:limit])), cursor_of(last.since, str(last.id)) if last else "")


def _row(alert: Alert) -> AlertRow:
    return AlertRow(
        alert.id,
        alert.kind,
        alert.subject,
        opening_of(alert),
        advice_of(alert),
        str(KINDS[alert.kind].who),
        alert.since,
        alert.ended_at,
    )
