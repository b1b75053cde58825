"""Judging in bulk: unjudged signals in, conversions out, in one transaction and a fixed number of statements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from django.db import connection
from django.db.models import Q

from apps.ads.models import ConversionAction
from apps.ads.registry import NETWORKS
from apps.conversions.gathering import account_of, contacts_of, signal_of, workspace_of
from apps.conversions.models import Conversion, Event, EventVersion
from apps.conversions.rules import event_rules
from apps.core.ids import short_hash
from apps.domain import facts
from apps.domain.decide import decide
from apps.domain.decision import Case, Decision, Verdict
from apps.domain.facts import EventRules
from apps.domain.manifest import Shape
from apps.domain.shaping import fitted
from apps.domain.states import State
from apps.records.selectors import latest_deals
from apps.signals.models import Signal, SignalKind

BATCH = 1000
REPEAT_WINDOW = timedelta(hours=48)
HELD_AGAIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Judged:
    """How many signals were judged, and the ad accounts that are now owed something."""

    signals: int
    accounts: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A version of an event with all that judging reads of it, prepared once a batch; `older` is the one before it.

    `older` is None unless the batch holds something that happened before this version.
    """

    event: Event
    version_id: UUID
    since: datetime
    rules: EventRules
    account: facts.Account
    shape: Shape
    older: "_Ready | None" = None

    def at(self, moment: datetime) -> "_Ready":
        """The version that was in force then (ADR 15); before the first there was none, and the first says so."""
        ready = self
        while ready.older is not None and moment < ready.since:
            ready = ready.older
        return ready


def judge_batch(*, workspace_id: UUID, now: datetime) -> Judged | None:
    """Judge up to BATCH unjudged signals for every event that wants them. Call inside the workspace's scope.

    One worker judges a workspace at a time (an advisory lock), so that of two repeats the first is always settled: None
    when another is at it.
    """
    if not _take_turn(workspace_id):
        return None
    signals = list(Signal.objects.filter(judged_at=None).order_by("id")[:BATCH])
    if not signals:
        return Judged(0, frozenset())
    conversions = list(_conversions(workspace_id, signals, now))
    Conversion.objects.bulk_create(conversions, ignore_conflicts=True)
    Signal.objects.filter(id__in=[signal.id for signal in signals]).update(judged_at=now)
    owed = frozenset(each.account_id for each in conversions if each.state == State.WAITING)
    return Judged(len(signals), owed)


def _take_turn(workspace_id: UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"judge:{workspace_id}"])
        return bool(cursor.fetchone()[0])


def _conversions(workspace_id: UUID, signals: Sequence[Signal], now: datetime) -> Iterable[Conversion]:
    wanting = _events_for(signals)
    wanted = [signal for signal in signals if (signal.kind, signal.name) in wanting]
    contact_ids = {signal.contact_id for signal in wanted}
    contacts = contacts_of(contact_ids)
    deals = latest_deals(contact_ids)
    workspace = workspace_of(workspace_id)
    repeats = _Repeats(wanted)
    for signal in wanted:
        fact = signal_of(signal)
        for newest in wanting[signal.kind, signal.name]:
            ready = newest if newest.older is None else newest.at(fact.original_occurred_at or fact.occurred_at)
            case = Case(
                signal=fact,
                contact=contacts.get(signal.contact_id, facts.Contact()),
                deal=deals.get(signal.contact_id),
                event=ready.rules,
                account=ready.account,
                workspace=workspace,
                shape=ready.shape,
                now=now,
                repeat_of=repeats.first(signal, ready.event.id),
            )
            decision = decide(case, network_event_id=short_hash(str(workspace_id), ready.rules.id, fact.id))
            if decision.verdict is not Verdict.BLOCKED:
                repeats.add(signal, ready.event.id)
            yield _row(signal, ready, decision, now)


def _events_for(signals: Sequence[Signal]) -> dict[tuple[str, str], list[_Ready]]:
    """Who wants what: events by their trigger, and the one event that a correction is about."""
    wanting: dict[tuple[str, str], list[_Ready]] = {}
    kinds, names = {signal.kind for signal in signals}, {signal.name for signal in signals}
    corrected: dict[str, list[str]] = {}
    for name in {signal.name for signal in signals if signal.kind == SignalKind.ADJUSTMENT}:
        corrected.setdefault(name.partition(":")[2], []).append(name)
    wanted = Q(trigger__in=kinds, trigger_name__in=names) | Q(id__in=list(corrected))
    rows = list(Event.objects.filter(wanted, deleted_at=None).select_related("version", "account"))
    versions = _versions_of(rows, signals)
    landings = _landings(rows, versions)
    for event in rows:
        ready = None
        for version in versions[event.id]:
            ready = _ready(event, version, landings, ready)
        if ready is None:
            continue
        wanting.setdefault((event.trigger, event.trigger_name), []).append(ready)
        for name in corrected.get(str(event.id), ()):
            wanting[SignalKind.ADJUSTMENT, name] = [_correcting(ready, name.partition(":")[0])]
    return wanting


_Versions: TypeAlias = dict[UUID, list[EventVersion]]
_Landings: TypeAlias = dict[tuple[UUID, str, str], dict[str, str]]


def _versions_of(events: Iterable[Event], signals: Sequence[Signal]) -> _Versions:
    """The versions that were in force when the signals occurred, the oldest first, by event: the present one mostly."""
    present = {event.id: [event.version] if event.version else [] for event in events}
    edited = {event_id: held[0].created_at for event_id, held in present.items() if held and held[0].number > 1}
    if not edited:
        return present
    first = min(_moment(signal) for signal in signals)
    outlived = [event_id for event_id, since in edited.items() if first < since]
    present |= {event_id: [] for event_id in outlived}
    for version in EventVersion.objects.filter(event_id__in=outlived).order_by("number"):
        if version.created_at <= first:
            present[version.event_id].clear()
        present[version.event_id].append(version)
    return present


def _moment(signal: Signal) -> datetime:
    """When it happened; a correction follows what it corrects."""
    told = signal.facts.get("original_occurred_at")
    return datetime.fromisoformat(told) if told else signal.occurred_at


def _ready(event: Event, version: EventVersion, landings: _Landings, older: _Ready | None) -> _Ready:
    account = event.account
    rules, shape = event_rules(event, version.settings), NETWORKS[account.network].manifest.shapes[event.trigger]
    shape = fitted(shape, landings.get((account.id, shape.destination, rules.destination), {}))
    return _Ready(event, version.id, version.created_at, rules, account_of(account), shape, older)


def _landings(events: Iterable[Event], versions: _Versions) -> _Landings:
    """What the network told of the destinations at these events' accounts, by account, kind and id."""
    landed = {version.settings["destination"] for held in versions.values() for version in held}
    actions = ConversionAction.objects.filter(
        account_id__in={event.account_id for event in events}, external_id__in=landed
    )
    return {
        (account_id, kind, number): told
        for account_id, kind, number, told in actions.values_list("account_id", "kind", "external_id", "facts")
    }


def _correcting(ready: _Ready, adjustment: str) -> _Ready:
    """The event as a correction is judged for it: the network's shape for that, and the value that it says itself."""
    shape = NETWORKS[ready.account.network].manifest.adjustments[adjustment]
    value = facts.ValueRule(facts.ValueFrom.SIGNAL, None, ready.rules.value.currency)
    older = ready.older and _correcting(ready.older, adjustment)
    return replace(ready, shape=shape, rules=replace(ready.rules, value=value), older=older)


def _row(signal: Signal, ready: _Ready, decision: Decision, now: datetime) -> Conversion:
    row = Conversion(
        workspace_id=signal.workspace_id,
        signal_id=signal.id,
        event_id=ready.event.id,
        version_id=ready.version_id,
        account_id=ready.event.account_id,
        contact_id=signal.contact_id,
        network=ready.account.network,
        state=State.BLOCKED,
        reason=decision.reason,
        trace=[[step.step, step.result, step.code, step.looked_at] for step in decision.trace],
        occurred_at=signal.occurred_at,
        judged_at=now,
    )
    owed = decision.owed
    if owed is None:
        row.settled_at = now
        return row
    network = NETWORKS[ready.account.network]
    row.state = State.WAITING
    row.network_event_id = owed.network_event_id
    row.route, row.payload = network.route(owed), network.element(owed)
    if owed.value is not None:
        row.value, row.currency = owed.value.amount, owed.value.currency
    row.expires_at = decision.expires_at
    row.due_at = now if decision.verdict is Verdict.SEND else now + HELD_AGAIN
    return row


class _Repeats:
    """Which earlier signal, of the same act, already made a conversion for an event (A13)."""

    def __init__(self, signals: Sequence[Signal]) -> None:
        self._made: dict[tuple[str, UUID], list[tuple[datetime, UUID]]] = {}
        keys = {signal.repeat_key for signal in signals} - {""}
        if not keys:
            return
        times = [signal.occurred_at for signal in signals]
        earlier = Signal.objects.filter(
            repeat_key__in=keys,
            occurred_at__range=(min(times) - REPEAT_WINDOW, max(times) + REPEAT_WINDOW),
            judged_at__isnull=False,
        )
        by_id = {row["id"]: row for row in earlier.values("id", "repeat_key", "occurred_at")}
        made = Conversion.objects.filter(signal_id__in=list(by_id)).exclude(state__in=[State.BLOCKED, State.CANCELLED])
        for signal_id, event_id in made.values_list("signal_id", "event_id"):
            row = by_id[signal_id]
            self._made.setdefault((row["repeat_key"], event_id), []).append((row["occurred_at"], signal_id))

    def first(self, signal: Signal, event_id: UUID) -> str:
        """The earlier signal's id, or an empty text."""
        for occurred_at, signal_id in self._made.get((signal.repeat_key, event_id), ()):
            if abs(signal.occurred_at - occurred_at) <= REPEAT_WINDOW:
                return str(signal_id)
        return ""

    def add(self, signal: Signal, event_id: UUID) -> None:
        """This signal made one now."""
        if signal.repeat_key:
            made = self._made.setdefault((signal.repeat_key, event_id), [])
            made.append((signal.occurred_at, signal.id))
