"""Small values that all workers step together in Redis: reckoned from what is held, written if nobody was sooner."""

from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import TypeVar

from django.conf import settings
from redis import Redis
from redis.commands.core import Script
from redis.exceptions import RedisError

SECONDS = 2.0
MOST_AGAIN = 200
MOST_REMEMBERED = 10_000
T = TypeVar("T")

_SWAP = """
    local held = redis.call('GET', KEYS[1]) or ''
    if held ~= ARGV[1] then return held end
    redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
    return false
"""
_remembered: dict[str, bytes] = {}


def step(key: str, reckon: Callable[[bytes], tuple[bytes, T]], *, kept: timedelta) -> T:
    """Let `reckon` make the next value from the one that is held (b"" for none), and return what it told beside it.

    It is called again when another worker was sooner. One round trip where this process was the last to step it.
    Raises RedisError while Redis is away.
    """
    held = _remembered.get(key, b"")
    for _ in range(MOST_AGAIN):
        following, told = reckon(held)
        found = _swap()(keys=[key], args=[held, following, int(kept.total_seconds())])
        if found is None:
            _remember(key, following)
            return told
        held = bytes(found)
    raise RedisError("The value changed under every attempt to step it.")


def values(keys: list[str]) -> list[bytes | None]:
    """What is held under each key, in one round trip. Raises RedisError while Redis is away."""
    found = client().mget(keys) if keys else []
    return [each.encode() if isinstance(each, str) else each for each in found]


@lru_cache(maxsize=1)
def client() -> Redis:
    """This process's own connection, which gives up soon."""
    url = settings.CACHES["default"]["LOCATION"]
    return Redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)


def _swap() -> Script:
    return client().register_script(_SWAP)


def _remember(key: str, value: bytes) -> None:
    if len(_remembered) >= MOST_REMEMBERED:
        _remembered.clear()
    _remembered[key] = value
