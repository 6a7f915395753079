"""What may happen to a ticket, why not, and how well a log of what did happen fits."""

from servicedesk.workflow.actor import Actor
from servicedesk.workflow.compiled import Accepted, CompiledWorkflow, Edge, Move, Offer, Subject, missing_fields
from servicedesk.workflow.conformance import Conformance, Deviation, conformance
from servicedesk.workflow.definition import ANY, ANYONE, SAME, STAY, Category, State, Step, Workflow

__all__ = [
    "ANY",
    "ANYONE",
    "SAME",
    "STAY",
    "Accepted",
    "Actor",
    "Category",
    "CompiledWorkflow",
    "Conformance",
    "Deviation",
    "Edge",
    "Move",
    "Offer",
    "State",
    "Step",
    "Subject",
    "Workflow",
    "conformance",
    "missing_fields",
]
