"""Settings, URLs and the processes; importing it makes Celery's application known."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
