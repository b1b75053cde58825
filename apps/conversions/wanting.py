"""Which events want a signal: found by its trigger, each in the versions that were in force, ready to judge by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

from django.db.models import Q

from apps.ads.models import ConversionAction
from apps.ads.registry import NETWORKS
from apps.conversions.circumstances import Told, told
from apps.conversions.gathering import account_of
from apps.conversions.models import Event, EventVersion
from apps.conversions.rules import correcting, event_rules, guards_value
from apps.conversions.usual import usual_values
from apps.domain import facts
from apps.domain.facts import EventRules
from apps.domain.manifest import Shape
from apps.domain.rerun import act_told, circumstances_of
from apps.domain.shaping import fitted
from apps.signals.models import SignalKind
from apps.signals.selectors import AnySignal

_Versions: TypeAlias = dict[UUID, list[EventVersion]]
_Landings: TypeAlias = Mapping[tuple[UUID, str, str], Mapping[str, str]]
"""What the network told of destinations, by account, kind and id."""
_Usual: TypeAlias = Mapping[UUID, Mapping[str, Decimal]]


@dataclass(frozen=True, slots=True)
class Ready:
    """A version of an event with all that judging reads of it, prepared once a batch; `older` is the one before it.

    `older` is None unless the batch holds something that happened before this version.
    """

    event: Event
    version_id: str
    account_id: str
    since: datetime
    rules: EventRules
    account: facts.Account
    shape: Shape
    told: Told
    older: "Ready | None" = None

    @property
    def may_ask_for_deals(self) -> bool:
        """Whether one of its versions takes its value from a deal."""
        of_older = self.older is not None and self.older.may_ask_for_deals
        return of_older or self.rules.value.source is facts.ValueFrom.DEAL

    def at(self, moment: datetime) -> "Ready":
        """The version that was in force then (ADR 15); before the first there was none, and the first says so."""
        ready = self
        while ready.older is not None and moment < ready.since:
            ready = ready.older
        return ready

    def by_act(self, act: facts.Act) -> "Ready":
        """Itself as somebody's act judges by it: this version, whatever was in force then (ADR 15, 18)."""
        shared = told({**self.told.told, "act": act_told(act)})
        return replace(self, rules=replace(self.rules, act=act), told=shared, older=None)


def events_wanting(signals: Sequence[AnySignal], workspace: facts.Workspace) -> dict[tuple[str, str], list[Ready]]:
    """Who wants what, by kind and name: events by their trigger, and the one event that a correction is about."""
    wanting: dict[tuple[str, str], list[Ready]] = {}
    kinds, names = {signal.kind for signal in signals}, {signal.name for signal in signals}
    corrected: dict[str, list[str]] = {}
    for name in {signal.name for signal in signals if signal.kind == SignalKind.ADJUSTMENT}:
        corrected.setdefault(name.partition(":")[2], []).append(name)
    wanted = Q(trigger__in=kinds, trigger_name__in=names) | Q(id__in=list(corrected))
    rows = list(Event.objects.filter(wanted, deleted_at=None).select_related("version", "account"))
    versions = _versions_of(rows, signals)
    landings, usual = _landings(rows, versions), usual_values(_guarded(versions))
    for event in rows:
        ready = None
        for version in versions[event.id]:
            ready = _ready(event, version, workspace, landings, usual, ready)
        if ready is None:
            continue
        wanting.setdefault((event.trigger, event.trigger_name), []).append(ready)
        for name in corrected.get(str(event.id), ()):
            wanting[SignalKind.ADJUSTMENT, name] = [_correcting(ready, name.partition(":")[0])]
    return wanting


def _versions_of(events: Iterable[Event], signals: Sequence[AnySignal]) -> _Versions:
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


def _moment(signal: AnySignal) -> datetime:
    """When it happened; a correction follows what it corrects."""
    told = signal.facts.get("original_occurred_at")
    return datetime.fromisoformat(told) if told else signal.occurred_at


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


def _guarded(versions: _Versions) -> dict[UUID, Decimal | None]:
    """The events whose values are looked at for outliers, each with its default value."""
    guarded = {
        event_id: held[-1].settings["value"]
        for event_id, held in versions.items()
        if any(guards_value(each.settings) for each in held)
    }
    return {event_id: Decimal(default) if default else None for event_id, default in guarded.items()}


def _ready(
    event: Event,
    version: EventVersion,
    workspace: facts.Workspace,
    landings: _Landings,
    usual: _Usual,
    older: Ready | None,
) -> Ready:
    rules, account = event_rules(event, version.settings), account_of(event.account)
    if event.id in usual and guards_value(version.settings):
        rules = replace(rules, usual=usual[event.id])
    manifest = NETWORKS[account.network].manifest
    shape = manifest.shapes[event.trigger]
    landing = landings.get((event.account.id, shape.destination, rules.destination), {})
    shared = told(circumstances_of(rules, account, workspace, manifest=manifest, destination=landing))
    return Ready(
        event,
        str(version.id),
        str(event.account_id),
        version.created_at,
        rules,
        account,
        fitted(shape, landing),
        shared,
        older,
    )


def _correcting(ready: Ready, adjustment: str) -> Ready:
    """The event as a correction is judged for it: the network's shape for that, and the value that it says itself."""
    shape = NETWORKS[ready.account.network].manifest.adjustments[adjustment]
    shared = told({**ready.told.told, "adjustment": adjustment})
    older = ready.older and _correcting(ready.older, adjustment)
    return replace(ready, shape=shape, rules=correcting(ready.rules), told=shared, older=older)
