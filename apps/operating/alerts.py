"""Alerts: what is found to be the matter is kept as states that open once and end once. Nothing here tells anybody."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from apps.domain.alerts import KINDS, Move, move
from apps.operating.hooks import messages_write
from apps.operating.models import Alert

_LOCK = 0x0A1E57  # PostgreSQL's advisory lock for those who compare what is found with what is kept
_SHOWN_ENDED = 50
KEPT, AT_ONCE = timedelta(days=90), 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is the matter now. `detail` fills its kind's sentence: names and codes, never a person's."""

    kind: str
    subject: str
    workspace_id: UUID | None = None
    detail: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[UUID | None, str, str]:
        """What makes it the same as at the last look."""
        return self.workspace_id, self.kind, self.subject


@dataclass(frozen=True, slots=True)
class Changed:
    """How many alerts opened and ended."""

    opened: int
    ended: int


def alerts_update(*, found: Iterable[Finding], kinds: Collection[str], now: datetime) -> Changed:
    """Compare what was found of these kinds with what is kept of them. In every_workspace.

    When two do so at the same time the second finds nothing to do. Messages for webhooks are written along.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return Changed(0, 0)
    there = {each.key: each for each in found}
    kept = list(Alert.objects.filter(kind__in=list(kinds), ended_at=None))
    known = {(alert.workspace_id, alert.kind, alert.subject) for alert in kept}
    kept += [_new(each, now) for key, each in there.items() if key not in known]
    moves: dict[Move, list[Alert]] = {}
    for alert in kept:
        key = (alert.workspace_id, alert.kind, alert.subject)
        told_anew = key in there and alert.detail != there[key].detail
        if told_anew:
            alert.detail = dict(there[key].detail)
        said = move(
            KINDS[alert.kind],
            there=key in there,
            since=alert.since,
            opened_at=alert.opened_at,
            gone_since=alert.gone_since,
            now=now,
        )
        if told_anew or alert._state.adding or said is not Move.STAY:
            moves.setdefault(said, []).append(alert)
    return _moved(moves, now)


def alert_note_past(*, finding: Finding, since: datetime, until: datetime) -> None:
    """Keep what was the matter while nobody could look, and is over. It is told as any other. In every_workspace."""
    open_before = Alert.objects.filter(
        workspace_id=finding.workspace_id, kind=finding.kind, subject=finding.subject, ended_at=None
    )
    if not open_before.exists():
        alert = _new(finding, since)
        alert.opened_at = alert.ended_at = until
        alert.save(force_insert=True)


def alerts_forget(*, now: datetime) -> int:
    """Forget what was over long ago, with the messages that told of it; returns how many. In every_workspace."""
    old = Alert.objects.filter(ended_at__lt=now - KEPT).order_by("ended_at").values_list("id", flat=True)
    ids = list(old[:AT_ONCE])
    Alert.objects.filter(id__in=ids).delete()
    return len(ids)


def alerts_open() -> QuerySet[Alert]:
    """What is the matter in the workspace now, the latest first. Call inside its scope."""
    return Alert.objects.filter(ended_at=None, opened_at__isnull=False).order_by("-since")


def alerts_ended() -> list[Alert]:
    """What was the matter lately. Call inside the workspace's scope."""
    return list(Alert.objects.filter(ended_at__isnull=False).order_by("-since")[:_SHOWN_ENDED])


def operators_alerts() -> list[Alert]:
    """What is the matter with the instance now. In every_workspace."""
    return list(alerts_open().filter(workspace_id=None))


def _new(finding: Finding, now: datetime) -> Alert:
    return Alert(
        workspace_id=finding.workspace_id,
        kind=finding.kind,
        subject=finding.subject,
        detail=dict(finding.detail),
        since=now,
    )


def _moved(moves: Mapping[Move, list[Alert]], now: datetime) -> Changed:
    opened, ended = moves.get(Move.OPEN, []), moves.get(Move.END, [])
    for alert in opened:
        alert.opened_at, alert.gone_since = now, None
    for alert in ended:
        alert.ended_at = now
    for alert in moves.get(Move.LINGER, []):
        alert.gone_since = now
    for alert in moves.get(Move.BACK, []):
        alert.gone_since = None
    Alert.objects.filter(id__in=[alert.id for alert in moves.get(Move.FORGET, [])]).delete()
    staying = [alert for said, alerts in moves.items() if said is not Move.FORGET for alert in alerts]
    Alert.objects.bulk_create([alert for alert in staying if alert._state.adding])
    fields = ["detail", "opened_at", "gone_since", "ended_at"]
    Alert.objects.bulk_update([alert for alert in staying if not alert._state.adding], fields, batch_size=500)
    messages_write(opened=opened, ended=ended, now=now)
    return Changed(len(opened), len(ended))
