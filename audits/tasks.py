"""What a worker needs of the judgements: the kinds of job, and who listens to them.

A job's message names the job alone (``contacts.tasks.work``); importing a module that
handles a kind of job makes the kind known.
"""

from audits import (
    batch_seconding,
    batching,
    exceptions,
    granting,
    listening,
    scanning,
    seconding,
)
from audits.writes import previewing, sending
from contacts import chores

HANDLERS = (
    batching.decide_batch,
    batching.undo_batch,
    batch_seconding.look_at_batch,
    granting.import_grants,
    granting.import_restrictions,
    scanning.run,
    previewing.prepare_items,
    sending.send,
)

listening.listen()
chores.register("second looks past their day", seconding.escalate)
chores.register("exceptions that ended", exceptions.reopen_ended)
