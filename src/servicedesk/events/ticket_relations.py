"""Facts between tickets: parents and children, links, merging, splitting (EV-8, REL-1 to REL-5)."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from servicedesk.events.ticket_life import OfTicket

__all__ = [
    "ChildAttached",
    "ChildMoved",
    "PropagationRefused",
    "TicketAbsorbed",
    "TicketLinked",
    "TicketMerged",
    "TicketSplit",
    "TicketUnlinked",
    "TicketUnmerged",
]


@frozen(kw_only=True)
class ChildAttached(OfTicket):
    """A part of the work became a ticket of its own; its ``category`` is kept here (REL-2). ``lead``: it leads."""

    kind: ClassVar[str] = "ticket.child_attached"
    ticket: str
    at: int
    actor: str
    child: str
    category: str
    lead: bool = False
    key: str | None = None


@frozen(kw_only=True)
class ChildMoved(OfTicket):
    """A child came to another category; ``None``: it is no child any more, or part of another ticket."""

    kind: ClassVar[str] = "ticket.child_moved"
    ticket: str
    at: int
    actor: str
    child: str
    category: str | None
    key: str | None = None


@frozen(kw_only=True)
class PropagationRefused(OfTicket):
    """A step that should have followed on a child was refused there; ``codes`` and ``told`` say why (REL-3)."""

    kind: ClassVar[str] = "ticket.propagation_refused"
    ticket: str
    at: int
    actor: str
    child: str
    step: str
    codes: tuple[str, ...]
    told: str
    key: str | None = None


@frozen(kw_only=True)
class TicketLinked(OfTicket):
    """The ticket points at another: ``child_of``, ``duplicate_of``, or a free link (REL-1)."""

    kind: ClassVar[str] = "ticket.linked"
    ticket: str
    at: int
    actor: str
    link: str
    other: str
    key: str | None = None


@frozen(kw_only=True)
class TicketUnlinked(OfTicket):
    """The ticket points at another no more."""

    kind: ClassVar[str] = "ticket.unlinked"
    ticket: str
    at: int
    actor: str
    link: str
    other: str
    key: str | None = None


@frozen(kw_only=True)
class TicketMerged(OfTicket):
    """The ticket became part of another and takes no more commands; its state stays as it was (REL-4)."""

    kind: ClassVar[str] = "ticket.merged"
    ticket: str
    at: int
    actor: str
    into: str
    key: str | None = None


@frozen(kw_only=True)
class TicketUnmerged(OfTicket):
    """The merge was taken back."""

    kind: ClassVar[str] = "ticket.unmerged"
    ticket: str
    at: int
    actor: str
    parted_from: str
    key: str | None = None


@frozen(kw_only=True)
class TicketAbsorbed(OfTicket):
    """Another ticket became part of this one; ``earliest`` is its earliest acceptance, ``children`` its children.

    ``undone``: it is a ticket of its own again.
    """

    kind: ClassVar[str] = "ticket.absorbed"
    ticket: str
    at: int
    actor: str
    absorbed: str
    earliest: int
    children: tuple[str, ...] = ()
    undone: bool = False
    key: str | None = None


@frozen(kw_only=True)
class TicketSplit(OfTicket):
    """Part of the demand became tickets of their own, named in ``into`` (REL-5)."""

    kind: ClassVar[str] = "ticket.split"
    ticket: str
    at: int
    actor: str
    into: tuple[str, ...]
    key: str | None = None
