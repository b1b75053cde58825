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
    policy = str(told.get("maxmemory_policy", KEEPS))
    return Broker.OK if policy == KEEPS else Broker.EVICTS
