"""The tables of judgements."""

from audits.models.batch import Batch, SituationTally
from audits.models.decision import Decision
from audits.models.event import Event, TrailHead
from audits.models.finding import Finding
from audits.models.grant import Grant, StagedGrant
from audits.models.loss import Loss, LossDecision
from audits.models.policy import PolicyVersion
from audits.models.restriction import Restriction, StagedRestriction
from audits.models.scan import JudgedSituation, Scan
from audits.models.write import WriteItem, WriteRun

__all__ = [
    "Batch",
    "Decision",
    "Event",
    "Finding",
    "Grant",
    "JudgedSituation",
    "Loss",
    "LossDecision",
    "PolicyVersion",
    "Restriction",
    "Scan",
    "SituationTally",
    "StagedGrant",
    "StagedRestriction",
    "TrailHead",
    "WriteItem",
    "WriteRun",
]
