"""Which workers live: each says so in Redis every few seconds, and looks whether the scheduler still rings.

Beside its tasks it also gives back the lanes whose turns broke while PostgreSQL was away.
"""

import threading
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import structlog
from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from redis.exceptions import RedisError

from apps.core.broker import client
from apps.core.clock import shared_now
from apps.deliveries.dropped import dropped_return
from apps.operating.watching import scheduler_looked_for

log = structlog.get_logger()
KEY = "workers"
EVERY, GONE = timedelta(seconds=10), timedelta(seconds=35)
FORGOTTEN = timedelta(days=1)
ROUNDS_A_LOOK = 6  # signs of life between two looks at the scheduler


class Worker(NamedTuple):
    """A worker process, and when it last gave a sign of life."""

    name: str
    seen_at: datetime


def sign_of_life(*, name: str, now: datetime) -> None:
    """The worker lives. Raises RedisError."""
    client().hset(KEY, name, str(now.timestamp()))


def sign_off(*, name: str) -> None:
    """The worker ends. Raises RedisError."""
    client().hdel(KEY, name)


def workers_living(*, now: datetime) -> list[Worker]:
    """The workers that gave a sign of life lately. Raises RedisError."""
    told = dict(client().hgetall(KEY))
    seen = [Worker(_text(name), datetime.fromtimestamp(float(at), UTC)) for name, at in told.items()]
    if long_gone := [each.name for each in seen if now - each.seen_at > FORGOTTEN]:
        client().hdel(KEY, *long_gone)
    return sorted(each for each in seen if now - each.seen_at <= GONE)


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else name


class Watchman(threading.Thread):
    """A worker's thread beside its tasks. What is away for a moment is asked again the next time."""

    def __init__(self, name: str) -> None:
        super().__init__(name="watchman", daemon=True)
        self._worker = name
        self._over = threading.Event()

    def run(self) -> None:
        """Give signs of life until told to stop."""
        rounds = 0
        while True:
            self._round(look=rounds % ROUNDS_A_LOOK == ROUNDS_A_LOOK - 1)
            rounds += 1
            if self._over.wait(EVERY.total_seconds()):
                return

    def stop(self) -> None:
        """End it, and take the worker off the list."""
        self._over.set()
        try:
            sign_off(name=self._worker)
        except RedisError as error:
            log.warning("watchman.unreachable", error=type(error).__name__)

    def _round(self, *, look: bool) -> None:
        try:
            sign_of_life(name=self._worker, now=timezone.now())
            dropped_return()
            if look:
                scheduler_looked_for(now=shared_now())
        except (RedisError, DatabaseError, OSError) as error:
            log.warning("watchman.unreachable", error=type(error).__name__)
        finally:
            close_old_connections()
