"""The work of a simulation: plan -> rehearse part after part -> finish, shared by workers.

A part is leased while it is rehearsed, so that one whose worker died is taken again; its result is kept in its row, and
whoever does the last one adds all of them up. Between two parts a worker is free for live work.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import F, Q, QuerySet

from apps.ads.models import AdAccount
from apps.conversions.models import Event
from apps.conversions.rehearsing import Rehearsed, rehearse, setting_of
from apps.conversions.rules import guards_value
from apps.core.bulk import Among
from apps.core.clock import shared_now
from apps.core.ids import first_id
from apps.core.tenancy import workspace_scope
from apps.domain.decision import Setting, Verdict
from apps.domain.forecast import match_forecast
from apps.pipeline.fixes import Gain, fix_gain, fixes_proposed
from apps.pipeline.models import Simulation, SimulationPart, SimulationState
from apps.pipeline.outlying import Values, outlying
from apps.pipeline.tally import Tally, monday_of
from apps.signals.models import Signal
from apps.signals.selectors import SignalRow, signals_read
from apps.workspaces.models import Workspace

PART = 5_000
LEASE = timedelta(seconds=60)
SHARED_BY = 2  # workers at once, so that a large history leaves others their turn, and threads of one do not crowd
_SAMPLED = 2_000  # signals whose contacts say which fixes are worth trying
_RUNNING = SimulationState.RUNNING


def simulate_next(*, workspace_id: UUID, simulation_id: UUID, now: datetime) -> int:
    """Do the next piece of a simulation: its plan, or a part. Returns how many workers can go on with it from here.

    Opens its own scopes, so that no transaction outlives a part.
    """
    with workspace_scope(workspace_id):
        simulation = _locked(simulation_id)
        if simulation is None:
            return 0
        if simulation.total is None:
            return min(_plan(simulation, now), SHARED_BY)
        part = _part_taken(simulation_id, now)
    if part is None:
        return 0
    with workspace_scope(workspace_id):
        result = _rehearsed(simulation, part)
    with workspace_scope(workspace_id):
        return _part_ended(part, result, shared_now())


def _part_ended(part: SimulationPart, result: dict[str, Any], now: datetime) -> int:
    """Keep what came out of a part, unless another worker was sooner; after the last one the simulation is done."""
    simulation = _locked(part.simulation_id)
    if simulation is None:
        return 0
    if _parts(simulation.id).filter(number=part.number, result__isnull=True).update(result=result, leased_until=None):
        Simulation.objects.filter(id=simulation.id).update(done=F("done") + part.count)
    if _parts(simulation.id).filter(result__isnull=True).exists():
        return 1
    _finish(simulation, now)
    return 0


def _locked(simulation_id: UUID) -> Simulation | None:
    """The simulation, if it is still running."""
    return Simulation.objects.select_for_update().filter(id=simulation_id, state=_RUNNING).first()


def _parts(simulation_id: UUID) -> QuerySet[SimulationPart]:
    return SimulationPart.objects.filter(simulation_id=simulation_id)


_BOUNDS = """
    SELECT (array_agg(id ORDER BY id))[1], (array_agg(id ORDER BY id DESC))[1], count(*)
      FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / %s AS part
              FROM signals_signal
             WHERE workspace_id = %s AND kind = %s AND name = %s AND id >= %s AND id < %s) AS numbered
     GROUP BY part ORDER BY part
"""


def _plan(simulation: Simulation, now: datetime) -> int:
    """Cut the history into parts, and choose which fixes are worth trying. Returns how many parts there are."""
    draft = simulation.draft
    with connection.cursor() as cursor:
        cursor.execute(
            _BOUNDS,
            [
                PART,
                simulation.workspace_id,
                draft["trigger"],
                draft["trigger_name"],
                first_id(at=simulation.since),
                first_id(at=simulation.until),
            ],
        )
        bounds = cursor.fetchall()
    SimulationPart.objects.bulk_create(
        SimulationPart(
            workspace_id=simulation.workspace_id,
            simulation_id=simulation.id,
            number=number,
            first_id=first,
            last_id=last,
            count=count,
        )
        for number, (first, last, count) in enumerate(bounds)
    )
    simulation.total = sum(count for *_, count in bounds)
    if bounds:
        latest = _history(simulation).filter(id__lte=bounds[-1][1]).order_by("-id")[:_SAMPLED]
        contacts = set(latest.values_list("contact_id", flat=True))
        simulation.fixes = fixes_proposed(setting=_setting(simulation), contact_ids=contacts)
    simulation.save(update_fields=["total", "fixes"])
    if not bounds:
        _finish(simulation, now)
    return len(bounds)


def _history(simulation: Simulation) -> QuerySet[Signal]:
    return Signal.objects.filter(kind=simulation.draft["trigger"], name=simulation.draft["trigger_name"])


def _of_part(simulation: Simulation, part: SimulationPart) -> list[SignalRow]:
    return signals_read(_history(simulation).filter(id__range=(part.first_id, part.last_id)).order_by("id"))


def _setting(simulation: Simulation) -> Setting:
    draft = simulation.draft
    event = Event(id=simulation.id, trigger=draft["trigger"], trigger_name=draft["trigger_name"])
    return setting_of(
        workspace_id=simulation.workspace_id,
        account=AdAccount.objects.get(id=draft["account_id"]),
        event=event,
        settings=draft["settings"],
        since=simulation.since,
    )


def _part_taken(simulation_id: UUID, now: datetime) -> SimulationPart | None:
    """The first part that nobody is at, leased."""
    free = _parts(simulation_id).filter(Q(leased_until=None) | Q(leased_until__lt=now), result__isnull=True)
    part = free.order_by("number").first()
    if part is not None:
        _parts(simulation_id).filter(number=part.number).update(leased_until=now + LEASE)
    return part


def _rehearsed(simulation: Simulation, part: SimulationPart) -> dict[str, Any]:
    """A part's tally, the contacts it would reach, and what each fix would change."""
    setting = _setting(simulation)
    zone = _zone(simulation)
    signals = _of_part(simulation, part)
    repeated = _repeated(simulation, signals)
    found = list(rehearse(signals=signals, setting=setting, repeated=repeated))
    tally = Tally()
    tally.add(found, zone)
    gains = [
        fix_gain(setting=setting, fix=fix, signals=signals, before=found, repeated=repeated).told()
        for fix in simulation.fixes
    ]
    reached = [each.contact_id for each in found if each.verdict is Verdict.SEND]
    valued = _valued(found, zone).told() if guards_value(simulation.draft["settings"]) else {}
    return {"tally": tally.told(), "reached": reached, "gains": gains, "valued": valued}


def _valued(found: Sequence[Rehearsed], zone: ZoneInfo) -> Values:
    """What has a value; places are counted in this part."""
    values = Values()
    for place, each in enumerate(found):
        if each.value:
            more = (each.signal_id, each.contact_id, monday_of(each.occurred_at, zone), each.kept, each.reason)
            values.add(place=place, value=each.value, more=more)
    return values


def _zone(simulation: Simulation) -> ZoneInfo:
    return ZoneInfo(Workspace.objects.values_list("time_zone", flat=True).get(id=simulation.workspace_id))


def _repeated(simulation: Simulation, signals: Sequence[SignalRow]) -> frozenset[str]:
    """The repeat keys of these signals that occur again, among them or before them in the period."""
    keys = Counter(signal.repeat_key for signal in signals if signal.repeat_key)
    if not keys:
        return frozenset()
    bounds = {"id__gte": first_id(at=simulation.since), "id__lt": signals[0].id}
    earlier = _history(simulation).filter(Among("repeat_key", keys), **bounds)
    return frozenset(
        {key for key, count in keys.items() if count > 1} | set(earlier.values_list("repeat_key", flat=True))
    )


@dataclass(frozen=True, slots=True)
class RankedFix:
    """A fix with what it promises: all of it by the end of the simulation's period, had it been made at its start.

    contacts    how many more contacts would have a conversion sent
    identified  of how many more identifiers would be sent
    """

    kind: str
    told: Mapping[str, str]
    sends: int
    contacts: int
    identified: int
    value: Mapping[str, str]
    forecast: float


def _finish(simulation: Simulation, now: datetime) -> None:
    """Add the parts up."""
    setting, parts = _setting(simulation), list(_parts(simulation.id).order_by("number"))
    tally, reached, gains = Tally(), Counter[int](), [Gain() for _ in simulation.fixes]
    for part in parts:
        result = part.result or {}
        tally.merge(result["tally"])
        reached.update(result["reached"])
        for gain, told in zip(gains, result["gains"], strict=True):
            gain.merge(told)
    _hold_outliers(parts, tally, reached)
    network, contacts = setting.account.network, set(+reached)
    simulation.result = {
        **tally.told(),
        "network": network,
        "asked": _asked(setting),
        "contacts": len(contacts),
        "forecast": round(match_forecast(network, tally.combinations.items()), 1),
        "fixes": [asdict(fix) for fix in _ranked(simulation.fixes, gains, contacts)],
    }
    simulation.state, simulation.ended_at = SimulationState.DONE, now
    simulation.save(update_fields=["result", "state", "ended_at"])
    _parts(simulation.id).delete()


def _hold_outliers(parts: Sequence[SimulationPart], tally: Tally, reached: Counter[int]) -> None:
    """Count what would wait because its value lies far above the usual as waiting."""
    told, begin = list[tuple[int, dict[str, Any]]](), 0
    for part in parts:
        result = part.result or {}
        if result["valued"]:
            told.append((begin, result["valued"]))
        begin += result["tally"]["signals"]
    held = outlying(told)
    for each in held:
        tally.hold(value=each.value, monday=each.monday, kept=each.kept, former=each.held_by, reason="outlier")
    reached.subtract(each.contact_id for each in held if not each.held_by)
    shown = {each.signal_id for each in held}
    tally.sample = [each for each in tally.sample if each[0] not in shown]


def _asked(setting: Setting) -> list[str]:
    """By what the network could match a person, as far as the event shares it."""
    shape, shared = setting.shape, setting.event.shared
    taken = [name for name in shape.identifiers if shared is None or name in shared or name in shape.always_shared]
    return [*taken, *(kind for kind in shape.needs_click if kind not in taken)]


def _ranked(fixes: Sequence[Mapping[str, Any]], gains: Sequence[Gain], reached: Collection[int]) -> list[RankedFix]:
    """Those that help: the most contacts first, then the most matches expected."""
    ranked = [
        RankedFix(
            kind=fix["kind"],
            told=fix["told"],
            sends=gain.sends,
            contacts=len(gain.reached.difference(reached)),
            identified=len(gain.identified),
            value={currency: str(amount) for currency, amount in gain.value.items() if amount},
            forecast=round(gain.forecast, 1),
        )
        for fix, gain in zip(fixes, gains, strict=True)
    ]
    helping = [fix for fix in ranked if fix.sends > 0 or fix.identified]
    return sorted(helping, key=lambda fix: (-fix.contacts, -fix.forecast, -fix.sends))
