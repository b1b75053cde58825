"""Which of a history's values would wait for somebody, because they lie far above the usual (domain/outliers.py).

What is usual follows from what went before, so that parts which are rehearsed side by side cannot know it; it is
worked out afterwards, in the order of time and batch by batch, as judging does (conversions/usual.py).
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import orjson

from apps.conversions.judging import BATCH
from apps.domain.money import Money
from apps.domain.outliers import AT_LEAST, LAST, LOOK_BACK, believable


@dataclass(frozen=True, slots=True)
class Held:
    """A conversion that would wait for its value, and what is counted with it."""

    value: Money
    signal_id: str
    contact_id: int
    monday: str
    kept: tuple[str, ...]
    held_by: str  # why it waits anyhow; "" where it would be sent


class Values:
    """The values of a part, in columns that JSON keeps: they are many, and few of them are ever looked at closer."""

    def __init__(self) -> None:
        self._places: list[int] = []
        self._currencies: list[str] = []
        self._amounts: list[str] = []
        self._more: list[tuple[Any, ...]] = []

    def add(self, *, place: int, value: Money, more: tuple[Any, ...]) -> None:
        """One more: its place in the part, counted in signals from 0, and what else Held holds, in its order."""
        self._places.append(place)
        self._currencies.append(value.currency)
        self._amounts.append(str(value.amount))
        self._more.append(more)

    def told(self) -> dict[str, Any]:
        """As JSON can keep it; what few ask for is a text, which is not read before somebody does."""
        return {
            "places": self._places,
            "currencies": self._currencies,
            "amounts": self._amounts,
            "more": orjson.dumps(self._more).decode(),
        }


def outlying(parts: Iterable[tuple[int, dict[str, Any]]]) -> list[Held]:
    """Those that would be held. Each part, in the order of time, is the place where it begins and what it told."""
    decimal = cache(Decimal)
    held: list[Held] = []
    recent: deque[tuple[int, str, Decimal]] = deque(maxlen=LAST)
    passed: list[tuple[int, str, Decimal]] = []
    batch, limits = -1, dict[str, Decimal]()
    for begin, told in parts:
        found: list[tuple[int, Money]] = []
        columns = zip(told["places"], told["currencies"], map(decimal, told["amounts"]), strict=True)
        for number, (place, currency, amount) in enumerate(columns):
            if (begin + place) // BATCH != batch:
                batch = (begin + place) // BATCH
                recent.extend(passed)
                passed.clear()
                limits = believable(_usual(recent, batch * BATCH - LOOK_BACK))
            if currency in limits and amount > limits[currency]:
                found.append((number, Money(amount, currency)))
            else:
                passed.append((begin + place, currency, amount))
        held += _held(found, told["more"])
    return held


def _held(found: Sequence[tuple[int, Money]], more: str) -> list[Held]:
    if not found:
        return []
    told = orjson.loads(more)
    return [
        Held(value, signal_id, contact_id, monday, tuple(kept), held_by)
        for number, value in found
        for signal_id, contact_id, monday, kept, held_by in [told[number]]
    ]


def _usual(recent: Iterable[tuple[int, str, Decimal]], earliest: int) -> dict[str, Decimal]:
    amounts: dict[str, list[Decimal]] = {}
    for place, currency, amount in recent:
        if place >= earliest:
            amounts.setdefault(currency, []).append(amount)
    # The lower of the two in the middle, as PostgreSQL's percentile_disc takes it.
    return {currency: sorted(held)[(len(held) - 1) // 2] for currency, held in amounts.items() if len(held) >= AT_LEAST}
