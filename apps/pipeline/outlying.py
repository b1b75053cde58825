"""Which of a history's values would wait for somebody, because they lie far above the usual (domain/outliers.py).

What is usual follows from what went before, so that parts which are rehearsed side by side cannot know it; it is
worked out afterwards, in the order of time and batch by batch, as judging does (conversions/usual.py).
"""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from apps.conversions.judging import BATCH
from apps.domain.money import Money
from apps.domain.outliers import AT_LEAST, LAST, LOOK_BACK, is_outlier


class Valued(NamedTuple):
    """A conversion with a value: its place in the history, counted in signals from 0, and what is counted with it."""

    place: int
    value: Money
    signal_id: str
    contact_id: int
    monday: str
    kept: tuple[str, ...]
    held_by: str  # why it waits anyhow; "" where it would be sent


def outlying(valued: Iterable[Valued]) -> list[Valued]:
    """Those that would be held. `valued` come in the order of their places."""
    held: list[Valued] = []
    recent: deque[Valued] = deque(maxlen=LAST)
    for batch, members in groupby(valued, lambda each: each.place // BATCH):
        usual = _usual(recent, batch * BATCH - LOOK_BACK)
        passed: list[Valued] = []
        for each in members:
            (held if is_outlier(each.value, usual) else passed).append(each)
        recent.extend(passed)
    return held


def _usual(recent: Iterable[Valued], earliest: int) -> dict[str, Decimal]:
    amounts: dict[str, list[Decimal]] = {}
    for each in recent:
        if each.place >= earliest:
            amounts.setdefault(each.value.currency, []).append(each.value.amount)
    # The lower of the two in the middle, as PostgreSQL's percentile_disc takes it.
    return {currency: sorted(held)[(len(held) - 1) // 2] for currency, held in amounts.items() if len(held) >= AT_LEAST}
