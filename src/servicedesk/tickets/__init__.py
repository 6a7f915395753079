"""Tickets: commands in, facts out, and the state that is always the fold of the facts.

``decide`` turns a command into facts or a refusal, ``advance`` does what fell due, ``evolve`` folds one fact and cannot
fail, ``replay`` folds many; ``settle`` decides a command together with all it asks of other tickets.
Nothing here reads a clock or a store: the instant arrives as ``at``, the ticket as the value that ``replay`` gave.
"""

from servicedesk.tickets.commands import (
    LINKS,
    Absorb,
    Accept,
    AnswerSupervision,
    Assign,
    Attach,
    ChildChanged,
    ChildRefused,
    Claim,
    Classify,
    Command,
    Link,
    Merge,
    Migrate,
    Note,
    Perform,
    Release,
    ReleaseSupervision,
    Renew,
    Reply,
    Split,
    Steal,
    Supervise,
    Unlink,
    Unmerge,
    Urge,
)
from servicedesk.tickets.deciding import Accepted, advance, available, decide
from servicedesk.tickets.folding import evolve, replay
from servicedesk.tickets.relations import survivor
from servicedesk.tickets.settling import Settled, settle
from servicedesk.tickets.ticket import Claimed, Supervision, Ticket, Urged, is_open
from servicedesk.tickets.why_open import Onward, WhyOpen, why_open

__all__ = [
    "LINKS",
    "Absorb",
    "Accept",
    "Accepted",
    "AnswerSupervision",
    "Assign",
    "Attach",
    "ChildChanged",
    "ChildRefused",
    "Claim",
    "Claimed",
    "Classify",
    "Command",
    "Link",
    "Merge",
    "Migrate",
    "Note",
    "Onward",
    "Perform",
    "Release",
    "ReleaseSupervision",
    "Renew",
    "Reply",
    "Settled",
    "Split",
    "Steal",
    "Supervise",
    "Supervision",
    "Ticket",
    "Unlink",
    "Unmerge",
    "Urge",
    "Urged",
    "WhyOpen",
    "advance",
    "available",
    "decide",
    "evolve",
    "is_open",
    "replay",
    "settle",
    "survivor",
    "why_open",
]
