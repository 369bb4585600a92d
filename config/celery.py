"""The Celery application; its settings stand in ``settings.CELERY``."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep

from contacts import processes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("retie")
app.add_defaults(lambda: settings.CELERY)
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()


@worker_process_init.connect
def end_with_worker(**_: Any) -> None:
    """Let no process of the pool outlive a worker that was killed."""
    processes.end_with_parent()
