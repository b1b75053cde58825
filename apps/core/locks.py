"""Locks that schema changes take: waited for briefly, so that nobody queues behind them, and tried again."""

import time
from collections.abc import Callable
from typing import TypeVar

import psycopg2.errors
from django.db import OperationalError

LOCK_TIMEOUT = "700ms"  # what waits for a lock blocks everybody who comes after it
TRIES, PAUSE = 30, 2.0  # seconds between two tries
T = TypeVar("T")


def patiently(act: Callable[[], T], *, tries: int = TRIES, pause: float = PAUSE) -> T:
    """What `act` returns; while PostgreSQL cannot give it a lock in time, again after `pause` seconds.

    Raises Django's OperationalError after so many tries, and at once for anything else. `act` opens and ends its own
    transaction and does no harm when it is done again.
    """
    for left in reversed(range(tries)):
        try:
            return act()
        except OperationalError as error:
            if not isinstance(error.__cause__, psycopg2.errors.LockNotAvailable) or not left:
                raise
        time.sleep(pause)
    raise AssertionError("tries must be positive")
