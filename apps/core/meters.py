"""Counters and histograms of what workers did, added up in Redis: any web process can tell those of all of them.

They outlive a worker and know no process. While Redis is away nothing is counted, and sending goes on: a counter that
begins anew is something every reader of counters knows.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

import orjson
import structlog
from redis.exceptions import RedisError

from apps.core.broker import client

log = structlog.get_logger()
KEY = "meters"
SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)  # bounds of a histogram's classes
_SUM, _CLASS = "sum", "class"


@dataclass(frozen=True, slots=True)
class Count:
    """`by` more of a counter. Labels are few and come from tables of ours: never an id, never what a network said."""

    name: str
    labels: tuple[tuple[str, str], ...]
    by: float = 1


@dataclass(frozen=True, slots=True)
class Observed:
    """One observation of a histogram, in seconds."""

    name: str
    labels: tuple[tuple[str, str], ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """What was observed: how many in each class of SECONDS and beyond the last, and their sum in seconds."""

    by_class: tuple[float, ...]
    total: float


Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Meters:
    """All counters and histograms, by name and labels."""

    counters: dict[tuple[str, Labels], float]
    histograms: dict[tuple[str, Labels], Histogram]


def record(happened: Iterable[Count | Observed]) -> None:
    """Add what happened, in one round trip."""
    try:
        with client().pipeline(transaction=False) as pipe:
            for each in happened:
                for field, by in _fields(each):
                    pipe.hincrbyfloat(KEY, orjson.dumps(field).decode(), by)
            pipe.execute()
    except RedisError as error:
        log.warning("meters.unreachable", error=type(error).__name__)


def read() -> Meters:
    """What was counted so far. Raises RedisError."""
    counters: dict[tuple[str, Labels], float] = {}
    classes: dict[tuple[str, Labels], list[float]] = {}
    sums: dict[tuple[str, Labels], float] = {}
    held = client().hgetall(KEY)
    for field, value in dict(held).items():
        name, labels, *part = orjson.loads(field)
        key = (name, tuple((label, word) for label, word in labels))
        match part:
            case []:
                counters[key] = float(value)
            case ["sum"]:
                sums[key] = float(value)
            case [_, int(number)]:
                classes.setdefault(key, [0.0] * (len(SECONDS) + 1))[number] = float(value)
    histograms = {key: Histogram(tuple(counted), sums.get(key, 0.0)) for key, counted in classes.items()}
    return Meters(counters, histograms)


def _fields(each: Count | Observed) -> Iterable[tuple[list[object], float]]:
    if isinstance(each, Count):
        yield [each.name, each.labels], each.by
    else:
        yield [each.name, each.labels, _SUM], each.seconds
        yield [each.name, each.labels, _CLASS, bisect_left(SECONDS, each.seconds)], 1
