"""Tickets: commands in, facts out, and the state that is always the fold of the facts.

``decide`` turns a command into facts or a refusal, ``evolve`` folds one fact and cannot fail, ``replay`` folds many.
Nothing here reads a clock or a store: the instant arrives as ``at``, the ticket as the value that ``replay`` gave.
"""

from servicedesk.tickets.commands import Accept, Assign, Classify, Command, Note, Perform
from servicedesk.tickets.deciding import Accepted, available, decide
from servicedesk.tickets.ticket import Ticket, evolve, is_open, replay

__all__ = [
    "Accept",
    "Accepted",
    "Assign",
    "Classify",
    "Command",
    "Note",
    "Perform",
    "Ticket",
    "available",
    "decide",
    "evolve",
    "is_open",
    "replay",
]
