"""A circuit breaker: when calls in a row come to nothing, fewer are made, and one at a time asks whether that is over.

The numbers are ours: no network publishes any. A call came to nothing when no answer came, or the network said that it
is out of order; what it refuses is an answer, and so is being asked for fewer calls (`pace.py`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

OPENS_AFTER = 3  # faults in a row
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=5)
SPREAD = 0.5  # of the pause: after it, not everybody asks in the same second
FIRST_PART = 0.1  # of that spread, for whose deadline is near
MOST_COUNTED = 1000
PROBE = 1  # conversions in the request that asks whether it is over
OUT_OF_ORDER = 500  # HTTP statuses from here on


class Position(StrEnum):
    """What a breaker lets through."""

    CLOSED = "closed"  # everything
    OPEN = "open"  # nothing
    HALF_OPEN = "half_open"  # one small request


@dataclass(frozen=True, slots=True)
class Breaker:
    """Where a lane, or a host, stands: faults in a row, and until when nothing is asked."""

    faults: int = 0
    open_until: datetime | None = None

    def position(self, now: datetime) -> Position:
        """What it lets through at `now`. An end that lies too far ahead was written by a clock that is wrong."""
        if self.open_until is None or self.faults < OPENS_AFTER:
            return Position.CLOSED
        return Position.OPEN if now < self.open_until <= now + LONGEST_PAUSE else Position.HALF_OPEN


CLOSED = Breaker()


def is_fault(*, status: int, fault: str) -> bool:
    """Whether a call came to nothing: no answer (`fault` says so), or an HTTP status from OUT_OF_ORDER on."""
    return bool(fault) or status >= OUT_OF_ORDER


def failed(breaker: Breaker, *, now: datetime, jitter: float) -> Breaker:
    """After one more fault: open from OPENS_AFTER on, each time for twice as long. `jitter` is random, from 0 to 1."""
    faults = min(breaker.faults + 1, MOST_COUNTED)
    if faults < OPENS_AFTER:
        return Breaker(faults)
    return Breaker(faults, now + _ceiling(faults) * (0.5 + jitter / 2))


def rest(breaker: Breaker, *, now: datetime, at_risk: bool, jitter: float) -> timedelta:
    """How long a lane stays away from an open breaker: a little past its end, least of all with a deadline near."""
    left = max(breaker.open_until - now, timedelta(0)) if breaker.open_until else timedelta(0)
    return left + _ceiling(breaker.faults) * SPREAD * jitter * (FIRST_PART if at_risk else 1)


def _ceiling(faults: int) -> timedelta:
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(max(faults - OPENS_AFTER, 0), 12)))
