"""Reading conversion events and the ledger: the same for screens and API. Call inside the workspace's scope."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, QuerySet

from apps.ads.registry import NETWORKS
from apps.connections.models import ConnectionState
from apps.conversions.held import OUTLIER
from apps.conversions.models import Conversion, Event
from apps.conversions.versions import VersionRow, event_versions
from apps.core.errors import NotFound
from apps.core.ids import first_id
from apps.domain.states import State

RECENT = timedelta(days=7)
REACHED = (State.SENT, State.CONFIRMED)


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as the list shows it. `health` is one of: off, broken, attention, idle, ok."""

    event: Event
    network_label: str
    counts: dict[str, int]  # by state, of signals that happened in the last 7 days
    last_at: datetime | None
    health: str

    @property
    def total(self) -> int:
        """Signals of the last 7 days that it judged."""
        return sum(self.counts.values())

    @property
    def reached(self) -> int:
        """Conversions the network took in the last 7 days."""
        return sum(self.counts.get(state, 0) for state in REACHED)


def events_listed(*, now: datetime) -> list[EventRow]:
    """Every event of the workspace, newest first, with its last 7 days (A01)."""
    return _rows(_living().order_by("-created_at", "-id"), now)


def event_row(*, event_id: UUID, now: datetime) -> EventRow:
    """One event as the list shows it. Raises NotFound."""
    rows = _rows(_living().filter(id=event_id), now)
    if not rows:
        raise NotFound("There is no such event in this workspace.")
    return rows[0]


@dataclass(frozen=True, slots=True)
class EventDetail:
    """All of one event, for its panel (A03)."""

    row: EventRow
    settings: dict[str, Any]
    versions: list[VersionRow]
    recent: list[Conversion]
    ledger: "Ledger"


def event_detail(*, event_id: UUID, now: datetime, recent: int = 20) -> EventDetail:
    """One event with its settings, versions, latest conversions and ledger. Raises NotFound."""
    row = event_row(event_id=event_id, now=now)
    conversions = Conversion.objects.filter(event_id=event_id).order_by("-signal_id")
    version = row.event.version
    return EventDetail(
        row=row,
        settings=version.settings if version else {},
        versions=event_versions(event_id=event_id),
        recent=list(conversions.defer("payload", "trace")[:recent]),
        ledger=ledger(event_id=event_id),
    )


@dataclass(frozen=True, slots=True)
class Ledger:
    """Invariant 2 in numbers: `judged` is the sum of `by_state`."""

    judged: int
    by_state: dict[str, int]
    blocked_by_reason: dict[str, int]
    waiting_by_reason: dict[str, int]  # what is held, by what holds it up; what waits for its turn alone is not in it
    by_network: dict[str, dict[str, int]]


def ledger(*, event_id: UUID | None = None, since: datetime | None = None, until: datetime | None = None) -> Ledger:
    """What became of every signal judged for the event, or for all events of the workspace: one query.

    `since`, `until`: of those only that happened from the one moment to before the other.
    """
    rows = Conversion.objects.all() if event_id is None else Conversion.objects.filter(event_id=event_id)
    rows = rows.filter(signal_id__gte=first_id(at=since)) if since else rows
    rows = rows.filter(signal_id__lt=first_id(at=until)) if until else rows
    by_state: Counter[str] = Counter({state.value: 0 for state in State})
    reasons: dict[str, Counter[str]] = {State.BLOCKED: Counter(), State.WAITING: Counter()}
    by_network: dict[str, Counter[str]] = {}
    for network, state, reason, count in (
        rows.order_by().values_list("network", "state", "reason").annotate(count=Count("signal_id"))
    ):
        by_state[state] += count
        by_network.setdefault(network, Counter())[state] += count
        if reason and state in reasons:
            reasons[state][reason] += count
    return Ledger(
        judged=sum(by_state.values()),
        by_state=dict(by_state),
        blocked_by_reason=dict(reasons[State.BLOCKED].most_common()),
        waiting_by_reason=dict(reasons[State.WAITING].most_common()),
        by_network={network: dict(counts) for network, counts in sorted(by_network.items())},
    )


def _living() -> QuerySet[Event]:
    return Event.objects.filter(deleted_at=None).select_related("account", "account__connection", "version")


def _rows(events: QuerySet[Event], now: datetime) -> list[EventRow]:
    listed = list(events)
    counts, last = _activity(listed, now)
    held = _held(listed)
    return [
        EventRow(
            event=event,
            network_label=NETWORKS[event.account.network].manifest.label,
            counts=counts.get(event.id, {}),
            last_at=last.get(event.id),
            health=_health(event, counts.get(event.id, {}), event.id in held),
        )
        for event in listed
    ]


def _activity(events: Sequence[Event], now: datetime) -> tuple[dict[UUID, dict[str, int]], dict[UUID, datetime]]:
    since = first_id(at=now - RECENT)  # a signal's id begins with the time it happened
    rows = Conversion.objects.filter(event_id__in=[event.id for event in events], signal_id__gte=since)
    counts: dict[UUID, dict[str, int]] = {}
    last: dict[UUID, datetime] = {}
    grouped = rows.order_by().values_list("event_id", "state").annotate(count=Count("signal_id"), last=Max("judged_at"))
    for event_id, state, count, latest in grouped:
        counts.setdefault(event_id, {})[state] = count
        last[event_id] = max(latest, last.get(event_id, latest))
    return counts, last


def _held(events: Sequence[Event]) -> set[UUID]:
    """Events with conversions that the network or the account holds up: those wait with a reason, and for no person."""
    waiting = Conversion.objects.filter(event_id__in=[event.id for event in events], state=State.WAITING)
    return set(waiting.exclude(reason__in=["", OUTLIER]).order_by().values_list("event_id", flat=True).distinct())


def _health(event: Event, counts: dict[str, int], held: bool) -> str:
    if event.on_since is None:
        return "off"
    if held or event.account.connection.state != ConnectionState.WORKING:
        return "broken"
    if not counts:
        return "idle"
    on_its_way = sum(counts.get(state, 0) for state in (*REACHED, State.WAITING, State.SENDING))
    lost = counts.get(State.FAILED, 0) + counts.get(State.EXPIRED, 0)
    return "attention" if lost or not on_its_way else "ok"
