"""Fixed windows of requests, counted in Redis; while Redis is away each process counts for itself."""

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

from apps.api.errors import RateLimited

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` requests in `seconds`, for each of what `name` counts by."""

    name: str
    most: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of a limit is left in the window, and in how many seconds the next one begins."""

    limit: Limit
    remaining: int
    resets_in: int


PER_KEY = Limit("key", 1_000, 10)
# 50 in 10 seconds is HubSpot's own limit for its open endpoint (developers.hubspot.com, legacy forms, submit data).
PER_VISITOR = Limit("visitor", 50, 10)


def count(limit: Limit, *, who: str, now: datetime) -> Standing:
    """Count one request of `who`, which begins with the workspace's id. Raises RateLimited beyond the limit."""
    moment = int(now.timestamp())
    window, into = divmod(moment, limit.seconds)
    taken = _taken(f"rate:{limit.name}:{who}:{window}", limit.seconds)
    standing = Standing(limit, max(0, limit.most - taken), limit.seconds - into)
    if taken > limit.most:
        raise RateLimited(limit=limit.most, seconds=limit.seconds, wait=standing.resets_in)
    return standing


def _taken(name: str, seconds: int) -> int:
    try:
        if cache.add(name, 1, timeout=2 * seconds):
            return 1
        return cache.incr(name)
    except ValueError:  # it ran out between the two calls
        return 1
    except RedisError as error:
        log.warning("ratelimit.unreachable", error=type(error).__name__)
        return _LOCAL.taken(name)


class _Local:
    """This process's own counts, of the current windows only."""

    MOST_NAMES = 10_000

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def taken(self, name: str) -> int:
        with self._lock:
            if len(self._counts) >= self.MOST_NAMES:
                self._counts.clear()
            self._counts[name] += 1
            return self._counts[name]


_LOCAL = _Local()
