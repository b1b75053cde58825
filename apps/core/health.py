"""Health probes. Live: the process answers. Ready: signals can be taken in and kept.

What only delays sending is told as `degraded` and takes no traffic away: losing Redis loses nothing. The answers hold
words and no addresses, names or versions: anybody may ask.
"""

import shutil

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from apps.core.broker import Broker, broker_state

RETRY_AFTER = "5"  # seconds
LEAST_FREE = 0.05  # of the disk that this process stands on


def live(request: HttpRequest) -> JsonResponse:
    """200 as long as the process serves."""
    return JsonResponse({"status": "live"})


def ready(request: HttpRequest) -> JsonResponse:
    """200 when signals can be taken in, else 503 with Retry-After; `degraded` names what delays sending."""
    needed = {"database": _database()}
    if needed["database"] == "ok":
        needed["migrations"] = _migrations()
    beside = {"broker": str(broker_state()), "disk": _disk()}
    fit = all(word == "ok" for word in needed.values())
    answer = JsonResponse(
        {
            "status": "ready" if fit else "unavailable",
            "degraded": sorted(part for part, word in beside.items() if word != Broker.OK),
            **needed,
            **beside,
        },
        status=200 if fit else 503,
    )
    answer["Cache-Control"] = "no-store"
    if not fit:
        answer["Retry-After"] = RETRY_AFTER
    return answer


def migrations_pending() -> list[str]:
    """Migrations of this release that the database does not have yet, as app.name. Raises DatabaseError."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return "ok"


class _Applied:
    """Once all are applied they stay so for this release: the graph is not read again at each probe."""

    seen = False


def _migrations() -> str:
    if not _Applied.seen:
        try:
            _Applied.seen = not migrations_pending()
        except DatabaseError:
            return "unreadable"
    return "ok" if _Applied.seen else "pending"


def _disk() -> str:
    """Whether the process's own disk has room. The database's is PostgreSQL's to watch."""
    usage = shutil.disk_usage(settings.BASE_DIR)
    return "ok" if usage.free >= usage.total * LEAST_FREE else "low"
