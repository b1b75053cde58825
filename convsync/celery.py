"""The Celery application. Messages carry ids only: the database is the truth, this is its doorbell."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convsync.settings")
# Celery runs Django's checks at a worker's start and throws the answers away. They load every screen and both APIs:
# 25 MiB and a second that a worker has no use for. `./run check` and `manage.py check` read the answers.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("convsync")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["apps.pipeline"])
