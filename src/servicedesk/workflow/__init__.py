"""What may happen to a ticket, why not, and how well a log of what did happen fits."""

from servicedesk.workflow.actor import Actor
from servicedesk.workflow.alignment import Alignment
from servicedesk.workflow.beside import FollowUp, Lease, Propagation, Urging
from servicedesk.workflow.compiled import Accepted, CompiledWorkflow, Offer
from servicedesk.workflow.conformance import Conformance, Deviation, Variant, conformance
from servicedesk.workflow.declared import DataField, Mark, Promise, Right
from servicedesk.workflow.definition import Workflow
from servicedesk.workflow.edge import Edge, Move
from servicedesk.workflow.guards import (
    Guard,
    all_of,
    any_of,
    attempted,
    children_are,
    counter_below,
    has_mark,
    holds,
    negate,
    not_same_actor,
    supervision_answered,
    within,
)
from servicedesk.workflow.migration import Migrated, Migration
from servicedesk.workflow.request import Request, Subject, missing_fields
from servicedesk.workflow.state import State, Timer
from servicedesk.workflow.step import Step
from servicedesk.workflow.words import (
    ANY,
    ANYONE,
    CLEAR,
    FROM_ACTOR,
    FROM_AT,
    SAME,
    STAY,
    TICKET_WORDS,
    URGE,
    Category,
    Computed,
    For,
    InGroup,
    Return,
)

__all__ = [
    "ANY",
    "ANYONE",
    "CLEAR",
    "FROM_ACTOR",
    "FROM_AT",
    "SAME",
    "STAY",
    "TICKET_WORDS",
    "URGE",
    "Accepted",
    "Actor",
    "Alignment",
    "Category",
    "CompiledWorkflow",
    "Computed",
    "Conformance",
    "DataField",
    "Deviation",
    "Edge",
    "FollowUp",
    "For",
    "Guard",
    "InGroup",
    "Lease",
    "Mark",
    "Migrated",
    "Migration",
    "Move",
    "Offer",
    "Promise",
    "Propagation",
    "Request",
    "Return",
    "Right",
    "State",
    "Step",
    "Subject",
    "Timer",
    "Urging",
    "Variant",
    "Workflow",
    "all_of",
    "any_of",
    "attempted",
    "children_are",
    "conformance",
    "counter_below",
    "has_mark",
    "holds",
    "missing_fields",
    "negate",
    "not_same_actor",
    "supervision_answered",
    "within",
]
