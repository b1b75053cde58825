"""The product's settings with this design's addresses and a queue of its own."""

from convsync.settings import *  # noqa: F403 - Django reads a module's names

ROOT_URLCONF = "tools.bench.naive.urls"
CELERY_TASK_DEFAULT_QUEUE = "naive"
CELERY_TASK_QUEUES = []
CELERY_TASK_ROUTES = {}
CELERY_BEAT_SCHEDULE = {}
