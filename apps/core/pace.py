"""The meters of `domain/pace.py`, shared by all workers in Redis; while it is away each process keeps its own.

Then nobody knows what the others send, so that each process takes only a tenth of what the network allows.
"""

import threading
from collections.abc import Callable, Collection
from dataclasses import asdict, replace
from datetime import datetime, timedelta

import orjson
import structlog
from redis.exceptions import RedisError

from apps.core import shared
from apps.domain import pace as rules
from apps.domain.manifest import Pace
from apps.domain.pace import Meter

log = structlog.get_logger()
KEPT = timedelta(days=2)  # longer than any wait
PROCESSES = 10  # how many may send at the same time, when they cannot ask each other
Step = Callable[[Meter], tuple[Meter, timedelta]]


def take(name: str, pace: Pace, now: datetime) -> timedelta:
    """Take one call from the meter of that name: no wait when it may leave now, else how long to wait and ask again."""
    return _stepped(name, pace, now, lambda limits: lambda meter: rules.take(meter, limits, now))


def given_back(name: str, pace: Pace, now: datetime) -> None:
    """The call that was taken from the meter is not made."""
    _stepped(name, pace, now, lambda limits: lambda meter: (rules.give_back(meter, limits), rules.NO_WAIT))


def spare(name: str, pace: Pace, now: datetime) -> timedelta:
    """No wait while half of what the meter allows is free, else how long to wait and ask again. Takes nothing."""
    return _stepped(name, pace, now, lambda limits: lambda meter: (meter, rules.spare(meter, limits, now)))


def refused(name: str, pace: Pace, now: datetime, *, asked: timedelta | None, jitter: float) -> timedelta:
    """The network refused a call for its number: how long everybody who shares the meter waits now."""
    return _stepped(
        name, pace, now, lambda limits: lambda meter: rules.refuse(meter, limits, now, asked=asked, jitter=jitter)
    )


def accepted(name: str, pace: Pace, now: datetime) -> None:
    """The network took a call: refusals before it count no more."""
    _stepped(name, pace, now, lambda limits: lambda meter: (rules.accept(meter), rules.NO_WAIT))


def meters(names: Collection[str]) -> dict[str, Meter]:
    """Where these meters stand, in one round trip: those that were ever taken from. None of them without Redis."""
    ordered = sorted(names)
    try:
        held = shared.values([f"pace:{name}" for name in ordered])
    except RedisError as error:
        log.warning("pace.unreachable", error=type(error).__name__)
        return {}
    found = zip(ordered, held, strict=True)
    return {name: Meter(**orjson.loads(told)) for name, told in found if told}


def _stepped(name: str, pace: Pace, now: datetime, step_for: Callable[[Pace], Step]) -> timedelta:
    try:
        return _shared(f"pace:{name}", pace, now, step_for(pace))
    except RedisError as error:
        log.warning("pace.unreachable", error=type(error).__name__)
        share = replace(pace, per_minute=max(1, pace.per_minute // PROCESSES), per_day=pace.per_day // PROCESSES)
        return _LOCAL.stepped(name, share, now, step_for(share))


def _shared(key: str, pace: Pace, now: datetime, step: Step) -> timedelta:
    """One step of the meter in Redis."""

    def reckon(held: bytes) -> tuple[bytes, timedelta]:
        meter, wait = step(Meter(**orjson.loads(held)) if held else rules.full(pace, now))
        return orjson.dumps(asdict(meter)), wait

    return shared.step(key, reckon, kept=KEPT)


class _Local:
    """This process's own meters."""

    MOST_NAMES = 10_000

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._meters: dict[str, Meter] = {}

    def stepped(self, name: str, pace: Pace, now: datetime, step: Step) -> timedelta:
        with self._lock:
            if len(self._meters) >= self.MOST_NAMES:
                self._meters.clear()
            self._meters[name], wait = step(self._meters.get(name) or rules.full(pace, now))
            return wait


_LOCAL = _Local()
