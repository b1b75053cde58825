"""Health probes. Live: the process answers. Ready: PostgreSQL answers; Redis is reported but not required."""

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from redis.exceptions import RedisError


def live(request: HttpRequest) -> JsonResponse:
    """200 as long as the process serves."""
    return JsonResponse({"status": "live"})


def ready(request: HttpRequest) -> JsonResponse:
    """200 when signals can be taken in, 503 otherwise. Losing Redis delays sending but loses nothing."""
    parts = {"database": _database(), "broker": _broker()}
    return JsonResponse(
        {"status": "ready" if parts["database"] == "ok" else "unavailable", **parts},
        status=200 if parts["database"] == "ok" else 503,
    )


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return "ok"


def _broker() -> str:
    try:
        cache.get("health")
    except RedisError:
        return "unreachable"
    return "ok"
