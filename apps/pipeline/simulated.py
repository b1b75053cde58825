"""What a simulation found, as screens and API show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.domain.decision import Verdict
from apps.domain.forecast import WEIGHTS
from apps.pipeline.fixes import KINDS, Kind
from apps.pipeline.models import Simulation
from apps.pipeline.tally import CLASSES

_VERDICTS = (Verdict.SEND, Verdict.HELD, Verdict.BLOCKED)


@dataclass(frozen=True, slots=True)
class Week:
    """The week that begins on `monday`."""

    monday: date
    send: int
    held: int
    blocked: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """One identifier among what would be sent or wait: on how many it goes along, and why it was left out of all asked.

    weight  of our estimate, 0 to 1: how likely it alone finds the person
    """

    name: str
    kept: int
    dropped: Mapping[str, int]
    weight: float


@dataclass(frozen=True, slots=True)
class Class:
    """How many conversions are worth from `least` to under `under` (None: any more), in major units of the currency."""

    least: int
    under: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A signal that would be sent."""

    signal_id: UUID
    occurred_at: datetime
    value: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A fix that helps, with what it promises (RankedFix); `kind` says it in words."""

    code: str
    kind: Kind
    told: Mapping[str, str]
    sends: int
    contacts: int
    identified: int
    value: Mapping[str, Decimal]
    forecast: float


@dataclass(frozen=True, slots=True)
class Simulated:
    """All of it. Counts are of signals; `contacts` are those who would be reached, `forecast` is our own estimate."""

    network: str
    signals: int
    send: int
    held: int
    blocked: int
    contacts: int
    weeks: tuple[Week, ...]
    reasons: Mapping[str, int]
    value: Mapping[str, Decimal]
    held_value: Mapping[str, Decimal]
    classes: Mapping[str, tuple[Class, ...]]
    coverage: tuple[Coverage, ...]
    forecast: float
    sample: tuple[Sample, ...]
    fixes: tuple[Fix, ...]

    @property
    def owed(self) -> int:
        """Those that would be sent at once or wait: what coverage is a share of."""
        return self.send + self.held

    @property
    def forecast_share(self) -> float:
        """Of what would be sent, the part that we expect to be matched."""
        return self.forecast / self.send if self.send else 0.0


def simulated(simulation: Simulation) -> Simulated | None:
    """What it found, None until it is done."""
    told = simulation.result
    if told is None:
        return None
    verdicts = told["verdicts"]
    return Simulated(
        network=told["network"],
        signals=told["signals"],
        send=verdicts.get(Verdict.SEND, 0),
        held=verdicts.get(Verdict.HELD, 0),
        blocked=verdicts.get(Verdict.BLOCKED, 0),
        contacts=told["contacts"],
        weeks=_weeks(told["weeks"]),
        reasons=told["reasons"],
        value=_amounts(told["value"]),
        held_value=_amounts(told["held_value"]),
        classes={currency: _classes(counts) for currency, counts in told["sizes"].items()},
        coverage=tuple(_coverage(name, told) for name in told["asked"]),
        forecast=told["forecast"],
        sample=tuple(_sample(*each) for each in told["sample"]),
        fixes=tuple(_fix(each) for each in told["fixes"]),
    )


def _weeks(told: Mapping[str, Mapping[str, int]]) -> tuple[Week, ...]:
    """Every week from the first to the last, also those in which nothing happened."""
    if not told:
        return ()
    mondays = [date.fromisoformat(monday) for monday in told]
    first, weeks = min(mondays), (max(mondays) - min(mondays)).days // 7
    found = []
    for number in range(weeks + 1):
        monday = first + timedelta(weeks=number)
        counts = told.get(monday.isoformat(), {})
        found.append(
            Week(monday, *(counts.get(verdict, 0) for verdict in (Verdict.SEND, Verdict.HELD, Verdict.BLOCKED)))
        )
    return tuple(found)


def _classes(counts: Mapping[str, int]) -> tuple[Class, ...]:
    """The classes from the least to the largest in which there is something, those between them included."""
    bounds = [*CLASSES, None]
    classes = [
        Class(bounds[place - 1] or 0 if place else 0, under, counts.get("" if under is None else str(under), 0))
        for place, under in enumerate(bounds)
    ]
    filled = [place for place, each in enumerate(classes) if each.count]
    return tuple(classes[filled[0] : filled[-1] + 1]) if filled else ()


def _coverage(name: str, told: Mapping[str, Any]) -> Coverage:
    weight = WEIGHTS[told["network"]].get(name, 0.0)
    return Coverage(name, told["kept"].get(name, 0), told["dropped"].get(name, {}), weight)


def _sample(signal_id: str, occurred_at: str, amount: str, currency: str) -> Sample:
    value = Decimal(amount) if amount else None
    return Sample(UUID(signal_id), datetime.fromisoformat(occurred_at), value, currency)


def _fix(told: Mapping[str, Any]) -> Fix:
    return Fix(
        code=told["kind"],
        kind=KINDS[told["kind"]],
        told=told["told"],
        sends=told["sends"],
        contacts=told["contacts"],
        identified=told["identified"],
        value=_amounts(told["value"]),
        forecast=told["forecast"],
    )


def _amounts(told: Mapping[str, str]) -> dict[str, Decimal]:
    return {currency: Decimal(amount) for currency, amount in told.items()}
