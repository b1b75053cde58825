"""The doorbell: "look now" for one workspace or lane, rung once however often it is pressed.

Losing it loses nothing, so a broker that cannot be reached is logged and otherwise ignored: the sweep looks anyway.
"""

from uuid import UUID

import structlog
from celery import current_app
from django.conf import settings
from django.core.cache import cache
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from apps.core import shared

log = structlog.get_logger()
_LIVE = ("pipeline.sweep", "pipeline.judge", "pipeline.send")  # the rest waits for a worker that has nothing better
RUNG_SECONDS = 30  # a bell that was rung and never answered may be rung again after this


def ring_judge(workspace_id: UUID, *, in_seconds: float = 0) -> None:
    """Ask for the workspace's signals to be judged, now or a little later."""
    _ring("pipeline.judge", f"judge:{workspace_id}", [str(workspace_id)], in_seconds)


def ring_send(workspace_id: UUID, account_id: UUID) -> None:
    """Ask for an ad account's lane to be served."""
    _ring("pipeline.send", f"send:{workspace_id}:{account_id}", [str(workspace_id), str(account_id)])


def ring_confirm(workspace_id: UUID, account_id: UUID) -> None:
    """Ask for an ad account's accepted requests to be asked about."""
    _ring("pipeline.confirm", f"confirm:{workspace_id}:{account_id}", [str(workspace_id), str(account_id)])


def ring_leads(workspace_id: UUID) -> None:
    """Ask for the workspace's inbox of leads to be worked off."""
    _ring("pipeline.leads", f"leads:{workspace_id}", [str(workspace_id)])


def ring_simulate(workspace_id: UUID, simulation_id: UUID, place: int = 0, *, in_seconds: float = 0) -> None:
    """Ask for a simulation to go on, now or a little later; each `place` is one worker that shares it."""
    bell = f"simulate:{workspace_id}:{simulation_id}:{place}"
    _ring("pipeline.simulate", bell, [str(workspace_id), str(simulation_id), place], in_seconds)


def ring_resend(workspace_id: UUID, resend_id: UUID, *, in_seconds: float = 0) -> None:
    """Ask for a replay or backfill to go on, now or a little later."""
    _ring("pipeline.resend", f"resend:{resend_id}", [str(workspace_id), str(resend_id)], in_seconds)


def answered(bell: str) -> None:
    """A worker is looking: the next press rings again."""
    try:
        cache.delete(f"bell:{bell}")
    except RedisError as error:
        log.warning("doorbell.unreachable", error=type(error).__name__)


def others_wait() -> bool:
    """Whether live work stands in line for a worker. While Redis is away nobody can: who works may go on."""
    try:
        with shared.client().pipeline(transaction=False) as pipe:
            for queue in {settings.CELERY_TASK_ROUTES[task]["queue"] for task in _LIVE}:
                pipe.llen(queue)
            return any(pipe.execute())
    except RedisError as error:
        log.warning("doorbell.unreachable", error=type(error).__name__)
        return False


def _ring(task: str, bell: str, ids: list[str | int], in_seconds: float = 0) -> None:
    try:
        if cache.add(f"bell:{bell}", 1, timeout=RUNG_SECONDS):
            current_app.send_task(task, args=ids, retry=False, countdown=in_seconds or None)
    except (RedisError, OperationalError) as error:
        log.warning("doorbell.unreachable", error=type(error).__name__)
