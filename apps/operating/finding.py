"""Looking for what is the matter, in all workspaces at once: a fixed number of queries, whatever there is."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from apps.ads.checks import endings_now
from apps.ads.models import AdAccount
from apps.connections.models import Connection, ConnectionState
from apps.conversions.deadlines import SOON
from apps.conversions.held import held
from apps.conversions.models import Event
from apps.deliveries.overview import LaneOverview, lanes_overview
from apps.domain.breaker import Position
from apps.operating.alerts import Finding
from apps.operating.aside import set_aside
from apps.operating.models import AlertSettings
from apps.operating.moments import scheduler_silent
from apps.operating.unjudged import unjudged_now

BEHIND = timedelta(minutes=10)
_TOLD_OTHERWISE = frozenset({"reconnect", "disconnected"})  # the sign-in has an alert of its own, or was given back


def found(*, now: datetime) -> Iterator[Finding]:
    """All that is the matter now, but for events that have gone quiet (quieting.py). In every_workspace."""
    for finder in FINDERS.values():
        yield from finder(now)


def _reconnect(now: datetime) -> Iterator[Finding]:
    for each in Connection.objects.filter(state=ConnectionState.RECONNECT).only("workspace_id", "name", "system"):
        detail = {"network": each.system, "name": each.name}
        yield Finding("reconnect", str(each.id), each.workspace_id, detail)


def _lanes(now: datetime) -> Iterator[Finding]:
    troubled = [(lane, codes) for lane in lanes_overview(now=now) if (codes := _troubles(lane, now))]
    names = _names(AdAccount, {lane.account_id for lane, _ in troubled})
    for lane, codes in troubled:
        detail = {"network": lane.network, "name": names.get(lane.account_id, ""), "why": lane.held_reason}
        for code in codes:
            yield Finding(code, str(lane.account_id), lane.workspace_id, detail)


def _troubles(lane: LaneOverview, now: datetime) -> list[str]:
    ends = lane.queue.earliest_deadline
    broken = lane.position is not Position.CLOSED
    lasting = lane.held_reason and lane.held_reason not in _TOLD_OTHERWISE and not broken
    there = {"lane_held": lasting, "breaker_open": broken, "at_risk": ends is not None and ends < now + SOON}
    return [code for code, is_there in there.items() if is_there]


def _outliers(now: datetime) -> Iterator[Finding]:
    waiting = set(held().order_by().values_list("workspace_id", "event_id").distinct())
    names = _names(Event, {event_id for _, event_id in waiting})
    for workspace_id, event_id in waiting:
        yield Finding("outlier", str(event_id), workspace_id, {"name": names.get(event_id, "")})


def _hooks(now: datetime) -> Iterator[Finding]:
    for workspace_id in AlertSettings.objects.filter(hook_off=True).values_list("workspace_id", flat=True):
        yield Finding("hook_failing", "", workspace_id)


def _versions(now: datetime) -> Iterator[Finding]:
    for ending in endings_now():
        detail = {"network": ending.network, "version": ending.version, "day": ending.ends.isoformat()}
        yield Finding("version_ending", ending.network, detail=detail)


def _scheduler(now: datetime) -> Iterator[Finding]:
    if scheduler_silent(now=now) is not None:
        yield Finding("missed_ticks", "")


def _judging(now: datetime) -> Iterator[Finding]:
    if any(now - each.oldest_at > BEHIND for each in unjudged_now()):
        yield Finding("judging_behind", "")


def _poisoned(now: datetime) -> Iterator[Finding]:
    if set_aside():
        yield Finding("poisoned", "")


def _names(model: type[AdAccount] | type[Event], ids: Collection[UUID]) -> dict[UUID, str]:
    return dict(model.objects.filter(id__in=ids).values_list("id", "name"))


# What each finder looks for; the last look's alerts of a kind that is not here are left as they are.
FINDERS: Mapping[tuple[str, ...], Callable[[datetime], Iterator[Finding]]] = {
    ("reconnect",): _reconnect,
    ("lane_held", "breaker_open", "at_risk"): _lanes,
    ("outlier",): _outliers,
    ("hook_failing",): _hooks,
    ("version_ending",): _versions,
    ("missed_ticks",): _scheduler,
    ("judging_behind",): _judging,
    ("poisoned",): _poisoned,
}
LOOKED_FOR = frozenset(code for codes in FINDERS for code in codes)
