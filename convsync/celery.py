"""The Celery application. Messages carry ids only: the database is the truth, this is its doorbell."""

import os
import sys

from celery import Celery
from celery.signals import beat_init, task_postrun, task_prerun, worker_init, worker_ready, worker_shutting_down

from convsync.environment import BadEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convsync.settings")
# Celery runs Django's checks at a worker's start and throws the answers away. They load every screen and both APIs:
# 25 MiB and a second that a worker has no use for. `./run check` and `manage.py check` read the answers.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

# How long one thread computes while another wants to. A conversion asks PostgreSQL some sixty times on its way, and
# after each answer its thread may wait so long for one that works on a backlog: a third of a second by Python's 5 ms.
SWITCH_SECONDS = 0.0005

app = Celery("convsync")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Celery would close the database's connection before and after every task: 15 ms of two processors for each new one.
app.conf.update(CELERY_DB_REUSE_MAX=sys.maxsize)
app.autodiscover_tasks(["apps.pipeline", "apps.operating"])


@task_prerun.connect
@task_postrun.connect
def refresh_connections(**_: object) -> None:
    """Keep the thread's connection as a web process keeps its own: until it is too old (CONN_MAX_AGE) or broken."""
    from django.db import close_old_connections

    close_old_connections()


@worker_init.connect
@beat_init.connect
def refuse_eviction(**_: object) -> None:
    """Do not start on a Redis that throws bells away when it is full. One that is away may come back: the sweep looks.

    Raises BadEnvironment.
    """
    from apps.core.broker import Broker, broker_state

    if broker_state() is Broker.EVICTS:
        raise BadEnvironment(
            "The server behind REDIS_URL evicts keys when its memory is full, and would throw waiting work away. "
            "Set its maxmemory-policy to noeviction, then start again."
        )


@worker_shutting_down.connect
def hand_on(**_: object) -> None:
    """Told to stop: what is in a request gets its answer, the rest is given back for another worker."""
    from apps.core.stopping import stop

    stop()


@worker_ready.connect
def settle_in(**_: object) -> None:
    """All modules are there: from now on a worker makes rows, and its threads take turns."""
    from apps.core.garbage import collect_rarely

    collect_rarely()
    sys.setswitchinterval(SWITCH_SECONDS)
