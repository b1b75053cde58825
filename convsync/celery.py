"""The Celery application. Messages carry ids only: the database is the truth, this is its doorbell."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convsync.settings")

app = Celery("convsync")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["apps.pipeline"])
