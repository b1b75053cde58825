"""Its Celery application, which keeps the database's connections as the product's own does."""

import os

from celery import Celery

from convsync.celery import app as product

os.environ["DJANGO_SETTINGS_MODULE"] = "tools.bench.naive.settings"

app = Celery("naive")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(CELERY_DB_REUSE_MAX=product.conf["CELERY_DB_REUSE_MAX"])
app.autodiscover_tasks(["tools.bench.naive"])
