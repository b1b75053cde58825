"""What a rehearsal adds up to: counts and sums that parts of a history can be merged by, and that JSON can keep."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

from apps.conversions.rehearsing import Rehearsed
from apps.domain.decision import Verdict
from apps.domain.money import Money

SAMPLE = 20
# Upper bounds of the classes in which values are counted, in the currency's major units; the last class has none.
CLASSES = (1, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 100_000)
_BOUNDS = tuple(Decimal(bound) for bound in CLASSES)
_SEND, _HELD, _BLOCKED = Verdict.SEND, Verdict.HELD, Verdict.BLOCKED


@dataclass(slots=True)
class Tally:
    """Counts of signals unless it says otherwise.

    verdicts      by send, held, blocked
    reasons       of what is held or blocked, by reason
    weeks         by the Monday they begin on (ISO date), then by verdict
    value         of what would be sent, by currency, in major units
    held_value    of what would wait
    sizes         of what would be sent, by currency, then by class of value ("" is the last)
    kept          of what would be sent or wait, by identifier
    dropped       of all whose identifiers were asked for, by identifier, then by DropReason
    combinations  of what would be sent, by its identifiers
    sample        the first few that would be sent, as (signal id, occurred_at, value, currency)
    """

    signals: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    weeks: dict[str, Counter[str]] = field(default_factory=dict)
    value: dict[str, Decimal] = field(default_factory=dict)
    held_value: dict[str, Decimal] = field(default_factory=dict)
    sizes: dict[str, Counter[str]] = field(default_factory=dict)
    kept: Counter[str] = field(default_factory=Counter)
    dropped: dict[str, Counter[str]] = field(default_factory=dict)
    combinations: Counter[tuple[str, ...]] = field(default_factory=Counter)
    sample: list[list[str]] = field(default_factory=list)

    def add(self, rehearsed: Iterable[Rehearsed], zone: tzinfo) -> None:
        """Count these as well; weeks begin on Monday in `zone`."""
        for each in rehearsed:
            self.signals += 1
            verdict = each.verdict
            self.verdicts[verdict] += 1
            monday = monday_of(each.occurred_at, zone)
            if (week := self.weeks.get(monday)) is None:
                week = self.weeks[monday] = Counter()
            week[verdict] += 1
            if each.reason:
                self.reasons[each.reason] += 1
            for name, why in each.dropped.items():
                self.dropped.setdefault(name, Counter())[str(why)] += 1
            if verdict is not _BLOCKED:
                self._owed(each)

    def _owed(self, each: Rehearsed) -> None:
        self.kept.update(each.kept)
        value = each.value
        if each.verdict is _HELD:
            if value is not None:
                _plus(self.held_value, value)
            return
        self.combinations[each.kept] += 1
        if value is not None:
            _plus(self.value, value)
            self.sizes.setdefault(value.currency, Counter())[_class_of(value.amount)] += 1
        if len(self.sample) < SAMPLE:
            amount, currency = (str(value.amount), value.currency) if value else ("", "")
            self.sample.append([each.signal_id, each.occurred_at.isoformat(), amount, currency])

    def hold(self, *, value: Money, monday: str, kept: tuple[str, ...], former: str, reason: str) -> None:
        """Count one as held for `reason` that was counted as held for `former`, or as sent where that is empty."""
        self.reasons[reason] += 1
        if former:
            self.reasons[former] -= 1
            return
        for counts in (self.verdicts, self.weeks[monday]):
            counts[_SEND] -= 1
            counts[_HELD] += 1
        _plus(self.value, Money(-value.amount, value.currency))
        _plus(self.held_value, value)
        self.sizes[value.currency][_class_of(value.amount)] -= 1
        self.combinations[kept] -= 1

    def merge(self, told: dict[str, Any]) -> None:
        """Add what another tally told of itself, in the order of time."""
        self.signals += told["signals"]
        self.verdicts.update(told["verdicts"])
        self.reasons.update(told["reasons"])
        self.kept.update(told["kept"])
        self.combinations.update({tuple(names): count for names, count in told["combinations"]})
        for mine, others in ((self.weeks, "weeks"), (self.sizes, "sizes"), (self.dropped, "dropped")):
            for name, counts in told[others].items():
                mine.setdefault(name, Counter()).update(counts)
        for sums, others in ((self.value, "value"), (self.held_value, "held_value")):
            for currency, amount in told[others].items():
                sums[currency] = sums.get(currency, Decimal(0)) + Decimal(amount)
        self.sample = [*self.sample, *told["sample"]][:SAMPLE]

    def told(self) -> dict[str, Any]:
        """All of it as JSON can keep it; amounts are text, so that no cent is lost."""
        return {
            "signals": self.signals,
            "verdicts": dict(+self.verdicts),
            "reasons": dict((+self.reasons).most_common()),
            "weeks": {monday: dict(+self.weeks[monday]) for monday in sorted(self.weeks)},
            "value": {currency: str(amount) for currency, amount in self.value.items()},
            "held_value": {currency: str(amount) for currency, amount in self.held_value.items()},
            "sizes": {currency: dict(+counts) for currency, counts in self.sizes.items()},
            "kept": dict(+self.kept),
            "dropped": {name: dict(counts.most_common()) for name, counts in self.dropped.items()},
            "combinations": [[list(names), count] for names, count in (+self.combinations).most_common()],
            "sample": self.sample,
        }


def _plus(sums: dict[str, Decimal], value: Money) -> None:
    sums[value.currency] = sums.get(value.currency, Decimal(0)) + value.amount


@lru_cache(maxsize=4_096)
def _class_of(amount: Decimal) -> str:
    return next((str(bound) for bound in _BOUNDS if amount < bound), "")


@lru_cache(maxsize=8_192)  # of a part, each is asked for twice
def monday_of(moment: datetime, zone: tzinfo) -> str:
    """The day on which the moment's week begins in `zone`, as ISO date."""
    day = moment.astimezone(zone).date()
    return (day - timedelta(days=day.weekday())).isoformat()
