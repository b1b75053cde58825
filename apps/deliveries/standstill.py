"""A standstill: all work for a network waits, because what is wrong is ours and the same for everybody (A19).

Kept in Redis for a while only, so that it ends by itself: then the first account tries again. A release that speaks
another version of the API is not bound by it. While Redis is away every account finds out for itself.
"""

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

from apps.domain.manifest import Manifest

log = structlog.get_logger()
SECONDS = 15 * 60


def standstill_begin(*, manifest: Manifest, environment: str, code: str) -> None:
    """Hold all work for the network, and tell the operator once."""
    try:
        news = cache.add(_key(manifest, environment), code, timeout=SECONDS)
    except RedisError as error:
        log.warning("standstill.unreachable", error=type(error).__name__)
        news = True
    if news:
        log.error(
            "network.standstill",
            network=manifest.key,
            environment=environment,
            version=manifest.version,
            code=code,
            advice="Deploy a release that speaks a version of the API that is still served; nothing is lost meanwhile.",
        )


def standstill_code(*, manifest: Manifest, environment: str) -> str:
    """Why the network's work stands still, "" when it does not."""
    try:
        return str(cache.get(_key(manifest, environment)) or "")
    except RedisError as error:
        log.warning("standstill.unreachable", error=type(error).__name__)
        return ""


def _key(manifest: Manifest, environment: str) -> str:
    return f"standstill:{manifest.key}:{environment}:{manifest.version}"
