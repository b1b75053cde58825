"""Celery's tasks of operating, and what a worker does beside its tasks. Each may be lost or doubled without harm."""

import time
from typing import Any

import structlog
from celery import shared_task
from celery.signals import after_task_publish, beat_init, worker_ready, worker_shutting_down
from django.db import DatabaseError, close_old_connections

from apps.core.clock import shared_now
from apps.operating import watching
from apps.operating.hooks import messages_send
from apps.operating.moments import TICKS_EVERY
from apps.operating.quieting import quiet_watch
from apps.operating.workers import Watchman

log = structlog.get_logger()
_WATCHMEN: list[Watchman] = []


@shared_task(name="operating.watch")
def watch() -> None:
    """Look for what is the matter, and tell of what changed."""
    watching.watch(now=shared_now())


@shared_task(name="operating.quiet")
def quiet() -> None:
    """Look which events have gone quiet, and forget old alerts."""
    quiet_watch(now=shared_now())


@shared_task(name="operating.hooks")
def hooks() -> None:
    """Let messages leave that webhooks did not take before."""
    messages_send(now=shared_now())


@worker_ready.connect
def begin(sender: Any, **_: object) -> None:
    """A worker is up: it gives signs of life from now on."""
    watchman = Watchman(str(sender.hostname))
    _WATCHMEN.append(watchman)
    watchman.start()


@worker_shutting_down.connect
def end(**_: object) -> None:
    """A worker is going down: what it has begun ends without it being counted as there."""
    while _WATCHMEN:
        _WATCHMEN.pop().stop()


class Ticker:
    """The scheduler's own signs of life: noted in the database by itself, however busy the workers are."""

    def __init__(self) -> None:
        self._last = float("-inf")

    def rang(self, **_: object) -> None:
        """It rang for something: note it, now and then."""
        if time.monotonic() - self._last < TICKS_EVERY.total_seconds():
            return
        self._last = time.monotonic()
        try:
            close_old_connections()
            watching.scheduler_ticked(now=shared_now())
        except DatabaseError as error:
            log.warning("scheduler.unnoted", error=type(error).__name__)


@beat_init.connect
def scheduler_begins(**_: object) -> None:
    """The scheduler is up: what it rings for is its sign of life."""
    after_task_publish.connect(Ticker().rang, weak=False)
