"""What a worker needs of the judgements: the kinds of job, and who listens to them.

A job's message names the job alone (``contacts.tasks.work``); importing a module that
handles a kind of job makes the kind known.
"""

from audits import granting, listening, scanning
from audits.writes import previewing, sending

HANDLERS = (
    granting.import_grants,
    granting.import_restrictions,
    scanning.run,
    previewing.prepare_items,
    sending.send,
)

listening.listen()
