"""The Celery application; its settings stand in ``settings.CELERY``."""

import os

from celery import Celery
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("retie")
app.config_from_object("django.conf:settings.CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()
