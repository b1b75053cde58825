"""The network's own counts beside ours, with what the difference can come from (C14). Call inside the scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from apps.ads.counts import Counted
from apps.ads.models import AdAccount, ConversionAction
from apps.ads.registry import NETWORKS
from apps.conversions.models import Event
from apps.core.ids import first_id
from apps.core.tenancy import current_workspace_id


@dataclass(frozen=True, slots=True)
class Beside:
    """A destination as both sides count it, over the same time.

    counted  the network's numbers; None where it tells none, and then nothing else of it is known
    here     conversions of these events that it took, of signals that happened between `counted.since` and `told_at`
    why      codes of apps.ads.counts.WHY
    """

    account: AdAccount
    name: str
    events: tuple[Event, ...]
    counted: Counted | None
    told_at: datetime | None
    here: int
    why: tuple[str, ...]

    @property
    def difference(self) -> int:
        """The network's number less ours."""
        return self.counted.taken - self.here if self.counted else 0


_Landing = tuple[UUID, str, str, str]  # account, kind, destination, and the name where that is counted by itself


def beside(*, events: Sequence[Event]) -> list[Beside]:
    """One for each destination of these events (with account and version): two queries."""
    landing: dict[_Landing, list[Event]] = {}
    for event in events:
        if event.version is not None:
            landing.setdefault(_lands(event), []).append(event)
    accounts = {event.account_id: event.account for event in events}
    actions = {
        (action.account_id, action.kind, action.external_id): action
        for action in ConversionAction.objects.filter(account_id__in=accounts)
    }
    places = [
        _place(accounts[account_id], actions.get((account_id, kind, number)), name, tuple(here))
        for (account_id, kind, number, name), here in landing.items()
    ]
    ours = _ours(places)
    return [_beside(place, sum(ours.get(event.id, 0) for event in place.events)) for place in places]


@dataclass(frozen=True, slots=True)
class _Place:
    account: AdAccount
    label: str
    events: tuple[Event, ...]
    counted: Counted | None


def _place(account: AdAccount, action: ConversionAction | None, name: str, events: tuple[Event, ...]) -> _Place:
    called = action.name if action else account.name
    return _Place(account, f"{called} · {name}" if name else called, events, _counted(account, action, name))


def _lands(event: Event) -> _Landing:
    network = NETWORKS[event.account.network]
    settings = event.version.settings if event.version else {}
    name = settings["network_event_name"] if network.counts is None or network.counts.by_name else ""
    kind = network.manifest.shapes[event.trigger].destination
    return event.account_id, kind, settings["destination"], name


def _counted(account: AdAccount, action: ConversionAction | None, name: str) -> Counted | None:
    counts = NETWORKS[account.network].counts
    if counts is None or action is None or account.checked_at is None:
        return None
    return counts.read(action.facts, name, account.checked_at)


_OURS = """
    SELECT asked.event_id, count(made.signal_id)
      FROM unnest(%(events)s::uuid[], %(firsts)s::uuid[], %(ends)s::uuid[]) AS asked (event_id, first, "end")
      JOIN conversions_conversion AS made
        ON made.workspace_id = %(workspace)s AND made.event_id = asked.event_id
       AND made.signal_id >= asked.first AND made.signal_id < asked."end"
     WHERE made.state IN ('sent', 'confirmed')
     GROUP BY asked.event_id
"""


def _ours(places: Sequence[_Place]) -> dict[UUID, int]:
    """By event, how many of its conversions the network took, as far back as it counts: ranges of the index."""
    ranges = [
        (event.id, first_id(at=place.counted.since), first_id(at=place.account.checked_at))
        for place in places
        if place.counted and place.account.checked_at
        for event in place.events
    ]
    if not ranges:
        return {}
    events, firsts, ends = (list(column) for column in zip(*ranges, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_OURS, {"workspace": current_workspace_id(), "events": events, "firsts": firsts, "ends": ends})
        return dict(cursor.fetchall())


def _beside(place: _Place, here: int) -> Beside:
    counted, counts = place.counted, NETWORKS[place.account.network].counts
    why = (*_happened(counted), *counts.why) if counts and counted and counted.taken != here else ()
    return Beside(place.account, place.label, place.events, counted, place.account.checked_at, here, why)


def _happened(counted: Counted) -> list[str]:
    """What its own numbers tell of the difference."""
    return [code for code, count in (("pending", counted.pending), ("dropped", counted.dropped)) if count]
