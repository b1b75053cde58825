"""What Redis or Valkey says of itself. It carries bells and meters: when it is full it must refuse, never forget."""

from enum import StrEnum
from functools import lru_cache

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

SECONDS = 2.0
KEEPS = "noeviction"


class Broker(StrEnum):
    """How it stands with Redis."""

    OK = "ok"
    UNREACHABLE = "unreachable"
    EVICTS = "evicts"  # it throws away what it has when it is full
    FULL = "full"  # it takes no bell more until it has room again


@lru_cache(maxsize=1)
def client() -> Redis:
    """The process's own client, for what Django's cache has no words for."""
    url = settings.CACHES["default"]["LOCATION"]
    return Redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)


def broker_state() -> Broker:
    """How Redis stands now. A server that does not tell its policy is taken at its word."""
    try:
        told = client().info("memory")
    except RedisError:
        return Broker.UNREACHABLE
    if str(told.get("maxmemory_policy", KEEPS)) != KEEPS:
        return Broker.EVICTS
    most = int(told.get("maxmemory", 0))  # in bytes; none is no limit
    return Broker.FULL if 0 < most <= int(told.get("used_memory", 0)) else Broker.OK
