"""When most of what an event hears is blocked and it was not so before, judged by its own past.

If each that comes in passes by itself with the share that passed before, then so few pass with a chance of at most
exp(-n KL(now, before)) (Chernoff). It is told of when that is so small that chance alone would do it once in a hundred
months of an event that is looked at every hour, and when the share has at least halved.
"""

from dataclasses import dataclass
from math import log

LEAST_HEARD, LEAST_BEFORE = 20, 50  # of fewer a share says nothing
HALVED = 2
_LOOKS = 28 * 24  # that one event gets in four weeks
_FALSE_ALARMS = 0.01  # that it may raise in them


@dataclass(frozen=True, slots=True)
class Share:
    """Of what an event heard in a time, how many passed: were not blocked."""

    heard: int
    passed: int

    @property
    def rate(self) -> float:
        """From 0 to 1; of nothing, 0."""
        return self.passed / self.heard if self.heard else 0.0

    @property
    def percent(self) -> int:
        """The same in whole percents."""
        return round(100 * self.rate)

    @property
    def mostly_blocked(self) -> bool:
        """Whether enough came in to say so, and more than half of it was blocked."""
        return self.heard >= LEAST_HEARD and self.passed * 2 < self.heard


def has_fallen(*, now: Share, before: Share) -> bool:
    """Whether most is blocked now, and far less passes than did before."""
    if not now.mostly_blocked or before.heard < LEAST_BEFORE or now.rate * HALVED > before.rate:
        return False
    expected = (before.passed + 1) / (before.heard + 2)  # Laplace: a past without an exception makes none impossible
    return now.heard * _divergence(now.rate, expected) >= log(_LOOKS / _FALSE_ALARMS)


def has_risen(*, now: Share, before_percent: int) -> bool:
    """Whether enough comes in to say that more than half of the share before passes again."""
    return now.heard >= LEAST_HEARD and now.rate * HALVED > before_percent / 100


def _divergence(rate: float, expected: float) -> float:
    """Kullback and Leibler's, of one share from another, in nats."""
    pairs = ((rate, expected), (1 - rate, 1 - expected))
    return sum(one * log(one / other) for one, other in pairs if one > 0)
