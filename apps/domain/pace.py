"""How fast calls may leave: a token bucket for the minute, a count for the UTC day, and backing off when told to.

The bucket holds a tenth of a minute's calls and fills with the other nine tenths, so that no sixty seconds, wherever
they begin, see more calls than the network takes in a minute.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from apps.domain.manifest import Pace

BURST = 10  # a bucket holds the tenth part of a minute's calls
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(minutes=15)
LONGEST_ASKED = timedelta(days=1)  # no quota counts for longer, so that more is a mistake of somebody
MOST_HITS = 6  # so many refusals in a row are the day's quota and no longer a matter of minutes
SPREAD = timedelta(minutes=10)  # after midnight not everybody begins in the same second
NO_WAIT = timedelta(0)


@dataclass(frozen=True, slots=True)
class Meter:
    """Where one token or app stands; times are seconds of the epoch, `day` counts days of UTC since then.

    left   calls that the bucket holds as of `at`
    used   calls of the day so far
    hits   refusals in a row
    until  when the next call may leave, after a refusal
    """

    at: float
    left: float
    day: int
    used: int = 0
    hits: int = 0
    until: float = 0.0

    def used_on(self, now: datetime) -> int:
        """Calls of the day of `now` so far."""
        return self.used if self.day == _day(now) else 0


def full(pace: Pace, now: datetime) -> Meter:
    """A meter that nothing was taken from."""
    return Meter(now.timestamp(), _burst(pace), _day(now))


def take(meter: Meter, pace: Pace, now: datetime) -> tuple[Meter, timedelta]:
    """One call taken, and no wait; or the meter as it stands, and how long to wait before asking again."""
    ready = _filled(meter, pace, now)
    if ready.until > ready.at:
        return ready, timedelta(seconds=ready.until - ready.at)
    if ready.used >= pace.per_day:
        return ready, _midnight(now) - now
    if ready.left < 1:
        return ready, timedelta(seconds=(1 - ready.left) / _per_second(pace))
    return replace(ready, left=ready.left - 1, used=ready.used + 1), NO_WAIT


def give_back(meter: Meter, pace: Pace) -> Meter:
    """The meter with a call that was taken and not made."""
    return replace(meter, left=min(_burst(pace), meter.left + 1), used=max(0, meter.used - 1))


def spare(meter: Meter, pace: Pace, now: datetime) -> timedelta:
    """No wait while half of the bucket and half of the day's calls are free; else how long until they may be.

    For what is not urgent: the other half stays with what is.
    """
    ready = _filled(meter, pace, now)
    if ready.until > ready.at:
        return timedelta(seconds=ready.until - ready.at)
    if ready.used >= pace.per_day / 2:
        return _midnight(now) - now
    missing = _burst(pace) / 2 - ready.left
    return timedelta(seconds=missing / _per_second(pace)) if missing > 0 else NO_WAIT


def refuse(
    meter: Meter, pace: Pace, now: datetime, *, asked: timedelta | None, jitter: float
) -> tuple[Meter, timedelta]:
    """The network refused a call for its number: what it asked for is waited out, else twice as long every time.

    `jitter` is a random number from 0 to 1: each wait is longer than the one before, up to twice its longest. Where the
    pace is `daily`, the rest waits for the next UTC day after MOST_HITS in a row. What was asked for is waited out for
    LONGEST_ASKED at most. Calls that had left when the wait began are one refusal together.
    """
    ready = _filled(meter, pace, now)
    hits = max(1, ready.hits + (ready.until <= ready.at))
    wait = min(asked, LONGEST_ASKED) if asked else _growing(hits) * (0.5 + jitter / 2)
    if pace.daily and hits >= MOST_HITS:
        wait = max(wait, _midnight(now) - now + SPREAD * jitter)
    until = max(ready.until, (now + wait).timestamp())
    return replace(ready, left=0.0, hits=hits, until=until), timedelta(seconds=until - now.timestamp())


def accept(meter: Meter) -> Meter:
    """The network took a call: the refusals before it are past."""
    return replace(meter, hits=0)


def _filled(meter: Meter, pace: Pace, now: datetime) -> Meter:
    """The meter as of now; clocks that differ never take away what was there."""
    at, today = max(meter.at, now.timestamp()), _day(now)
    left = min(_burst(pace), meter.left + (at - meter.at) * _per_second(pace))
    if today > meter.day:
        return replace(meter, at=at, left=left, day=today, used=0, hits=0)
    return replace(meter, at=at, left=left)


def _burst(pace: Pace) -> float:
    return max(1.0, pace.per_minute / BURST)


def _per_second(pace: Pace) -> float:
    return max(pace.per_minute - _burst(pace), 1.0) / 60


def _growing(hits: int) -> timedelta:
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(hits - 1, 12)))


def _day(now: datetime) -> int:
    return int(now.timestamp() // 86_400)


def _midnight(now: datetime) -> datetime:
    return datetime.fromtimestamp((_day(now) + 1) * 86_400, UTC)
