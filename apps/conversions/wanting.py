"""Which events want a signal: found by its trigger, each in the versions that were in force, ready to judge by.

A process remembers what it prepared: nothing is prepared anew while everything that it follows from is the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import orjson

from apps.ads.registry import NETWORKS
from apps.conversions.circumstances import Told, told
from apps.conversions.gathering import ACCOUNT_FACTS, account_facts
from apps.conversions.models import Event, EventVersion
from apps.conversions.rules import correcting, event_rules, guards_value
from apps.conversions.usual import usual_values
from apps.core.bulk import rows_read
from apps.core.tenancy import current_workspace_id
from apps.domain import facts
from apps.domain.facts import EventRules
from apps.domain.manifest import Shape
from apps.domain.rerun import DESTINATION_FACTS, act_told, circumstances_of
from apps.domain.shaping import fitted
from apps.signals.models import SignalKind
from apps.signals.selectors import AnySignal

_Landing: TypeAlias = tuple[tuple[str, str], ...]
"""What the network told of a destination, as far as deciding reads it: names with values."""
_Usual: TypeAlias = tuple[tuple[str, Decimal], ...]
_LISTENING = f"""
    SELECT event.id, event.trigger, event.trigger_name, event.on_since, event.account_id,
           version.id, version.number, version.created_at, {", ".join(f"account.{name}" for name in ACCOUNT_FACTS)}
      FROM conversions_event AS event
      JOIN conversions_eventversion AS version ON version.id = event.version_id
      JOIN ads_adaccount AS account ON account.id = event.account_id
     WHERE event.workspace_id = %(workspace)s AND event.deleted_at IS NULL
       AND (event.trigger = ANY(%(kinds)s) AND event.trigger_name = ANY(%(names)s) OR event.id = ANY(%(ids)s::uuid[]))
"""  # noqa: S608 - columns of our own
_LANDINGS = """
    SELECT account_id, kind, external_id, facts::text FROM ads_conversionaction
     WHERE workspace_id = %(workspace)s AND account_id = ANY(%(accounts)s) AND external_id = ANY(%(landed)s)
"""
_NOTHING: Mapping[str, Decimal] = {}


class _Listening(NamedTuple):
    """An event that is not deleted, as its row stands."""

    id: UUID
    trigger: str
    trigger_name: str
    on_since: datetime | None
    account_id: UUID
    version_id: UUID
    number: int
    since: datetime  # when its version was made
    account: facts.Account


@dataclass(frozen=True, slots=True, eq=False)
class _Version:
    """A version of an event, which nobody changes any more."""

    id: UUID
    created_at: datetime
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """A version of an event with all that judging reads of it, prepared once; `older` is the one before it.

    `older` is None unless the batch holds something that happened before this version.
    """

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
    listening = _listening(kinds, names, corrected)
    versions = _versions_of(listening, signals)
    landings, usual = _landings(listening, versions), usual_values(_guarded(versions))
    for event in listening:
        ready, middle = None, tuple(usual.get(event.id, _NOTHING).items())
        for version in versions[event.id]:
            landing = landings.get((event.account_id, _kind_of_landing(event), version.settings["destination"]), ())
            ready = _ready(event, version, workspace, landing, middle, ready)
        if ready is None:
            continue
        wanting.setdefault((event.trigger, event.trigger_name), []).append(ready)
        for name in corrected.get(str(event.id), ()):
            wanting[SignalKind.ADJUSTMENT, name] = [_correcting(ready, name.partition(":")[0])]
    return wanting


def _listening(kinds: Iterable[str], names: Iterable[str], ids: Iterable[str]) -> list[_Listening]:
    """The events that wait for one of these names, and those with these ids."""
    wanted = {"workspace": current_workspace_id(), "kinds": list(kinds), "names": list(names), "ids": list(ids)}
    rows, own = rows_read(_LISTENING, wanted), len(_Listening._fields) - 1
    return [_Listening._make((*row[:own], account_facts(*row[own:]))) for row in rows]


def _versions_of(events: Sequence[_Listening], signals: Sequence[AnySignal]) -> dict[UUID, list[_Version]]:
    """The versions that were in force when the signals occurred, the oldest first, by event: the present one mostly."""
    latest = _versions_named({event.version_id for event in events})
    present = {event.id: [latest[event.version_id]] for event in events}
    edited = {event.id: event.since for event in events if event.number > 1}
    if not edited:
        return present
    first = min(_moment(signal) for signal in signals)
    outlived = [event_id for event_id, since in edited.items() if first < since]
    present |= {event_id: [] for event_id in outlived}
    made = EventVersion.objects.filter(event_id__in=outlived).order_by("number")
    ids = list(made.values_list("event_id", "id"))
    older = _versions_named({version_id for _, version_id in ids})
    for event_id, version_id in ids:
        version = older[version_id]
        if version.created_at <= first:
            present[event_id].clear()
        present[event_id].append(version)
    return present


_VERSIONS: dict[UUID, _Version] = {}
_MOST_VERSIONS = 4_096


def _versions_named(ids: set[UUID]) -> dict[UUID, _Version]:
    """These versions, which are read once in a process's life or two."""
    found = {each: known for each in ids if (known := _VERSIONS.get(each)) is not None}
    if missing := ids - found.keys():
        rows = EventVersion.objects.filter(id__in=missing).values_list("id", "created_at", "settings")
        read = {row[0]: _Version(*row) for row in rows}
        if len(_VERSIONS) + len(read) > _MOST_VERSIONS:
            _VERSIONS.clear()
        _VERSIONS.update(read)
        found |= read
    return found


def _moment(signal: AnySignal) -> datetime:
    """When it happened; a correction follows what it corrects."""
    told = signal.facts.get("original_occurred_at")
    return datetime.fromisoformat(told) if told else signal.occurred_at


def _landings(
    events: Iterable[_Listening], versions: Mapping[UUID, Sequence[_Version]]
) -> Mapping[tuple[UUID, str, str], _Landing]:
    """What the network told of the destinations at these events' accounts, by account, kind and id."""
    landed = {version.settings["destination"] for held in versions.values() for version in held}
    accounts = {event.account_id for event in events}
    wanted = {"workspace": current_workspace_id(), "accounts": list(accounts), "landed": list(landed)}
    return {
        (account_id, kind, number): tuple((name, told[name]) for name in DESTINATION_FACTS if name in told)
        for account_id, kind, number, facts in rows_read(_LANDINGS, wanted)
        for told in (orjson.loads(facts),)
    }


def _kind_of_landing(event: _Listening) -> str:
    return NETWORKS[event.account.network].manifest.shapes[event.trigger].destination


def _guarded(versions: Mapping[UUID, Sequence[_Version]]) -> dict[UUID, Decimal | None]:
    """The events whose values are looked at for outliers, each with its default value."""
    guarded = {
        event_id: held[-1].settings["value"]
        for event_id, held in versions.items()
        if any(guards_value(each.settings) for each in held)
    }
    return {event_id: Decimal(default) if default else None for event_id, default in guarded.items()}


@lru_cache(maxsize=4_096)
def _ready(
    listening: _Listening,
    version: _Version,
    workspace: facts.Workspace,
    landing: _Landing,
    usual: _Usual,
    older: Ready | None,
) -> Ready:
    """Of arguments that equal only themselves (account, version, workspace, older), a process holds one for each."""
    account, destination = listening.account, dict(landing)
    event = Event(
        id=listening.id,
        trigger=listening.trigger,
        trigger_name=listening.trigger_name,
        on_since=listening.on_since,
    )
    rules = event_rules(event, version.settings)
    if usual and guards_value(version.settings):
        rules = replace(rules, usual=dict(usual))
    manifest = NETWORKS[account.network].manifest
    shared = told(circumstances_of(rules, account, workspace, manifest=manifest, destination=destination))
    return Ready(
        str(version.id),
        str(listening.account_id),
        version.created_at,
        rules,
        account,
        fitted(manifest.shapes[listening.trigger], destination),
        shared,
        older,
    )


def _correcting(ready: Ready, adjustment: str) -> Ready:
    """The event as a correction is judged for it: the network's shape for that, and the value that it says itself."""
    shape = NETWORKS[ready.account.network].manifest.adjustments[adjustment]
    shared = told({**ready.told.told, "adjustment": adjustment})
    older = ready.older and _correcting(ready.older, adjustment)
    return replace(ready, shape=shape, rules=correcting(ready.rules), told=shared, older=older)
