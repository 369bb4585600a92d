"""What a worker is told: ids in, one call, done.

The queue of each task stands in the setting ``task_routes``.
"""

from celery import shared_task

from contacts import chores, importing, jobs, mail_importing, working

HANDLERS = (
    importing.import_legacy,
    importing.import_legacy_api,
    importing.import_current,
    mail_importing.import_mail_legacy,
    mail_importing.import_mail_legacy_api,
    mail_importing.import_mail_current,
    mail_importing.import_mail_crosswalk,
    mail_importing.import_mail_lists,
)


@shared_task(acks_late=True)
def work(*, job_id: int) -> None:
    """Do one slice of a job."""
    working.work(job_id)


@shared_task
def sweep() -> None:
    """Hint at jobs whose message was lost, and do what is due."""
    jobs.sweep()
    chores.do_all()


jobs.hint_with(lambda job_id: work.delay(job_id=job_id))
