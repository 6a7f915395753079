"""What a ticket's facts ask of other tickets: commands for their streams, each cause once (REL-2 to REL-5).

The key of each is made of the ticket and its version at that fact, so that a cause told twice acts once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen

from servicedesk.events import (
    ChildAttached,
    TicketAbsorbed,
    TicketAccepted,
    TicketFact,
    TicketLinked,
    TicketMerged,
    TicketMigrated,
    TicketMoved,
    TicketUnlinked,
    TicketUnmerged,
)
from servicedesk.tickets.commands import Absorb, Accept, Attach, ChildChanged, Command, Link, Perform
from servicedesk.tickets.ticket import Ticket
from servicedesk.workflow import Actor, CompiledWorkflow, Propagation

__all__ = ["spawned"]


@frozen(eq=False)
class _Cause:
    """A fact that may ask for something, the ticket after it, its category before it, and who acted."""

    ticket: Ticket
    before: str | None
    flow: CompiledWorkflow
    actor: Actor

    def to(self, other: str, what: str = "") -> dict[str, Any]:
        """Return what a command for another ticket carries; ``what`` tells those of one fact for one ticket apart."""
        return {"ticket": other, "actor": self.actor, "key": f"{self.ticket.id}#{self.ticket.version}>{other}{what}"}


def spawned(
    fact: TicketFact, ticket: Ticket, before: str | None, flow: CompiledWorkflow, actor: Actor
) -> Iterable[Command]:
    """Return the commands that a fact asks for; ``ticket`` is the one after it, ``before`` its category before it."""
    if type(fact) is TicketMoved and not ticket.beside.links and fact.step not in flow.definition.reaching:
        return ()  # it concerns nobody else: nearly always
    spawn = _SPAWNS.get(type(fact))
    return () if spawn is None else spawn(fact, _Cause(ticket, before, flow, actor))


def _accepted(fact: TicketAccepted, cause: _Cause) -> Iterator[Command]:
    if fact.parent is not None:
        yield Attach(**cause.to(fact.parent), child=fact.ticket, category=fact.category, lead=fact.lead)


def _changed(_: TicketFact, cause: _Cause) -> Iterator[Command]:
    ticket = cause.ticket
    if ticket.parent is not None and ticket.category != cause.before:
        yield ChildChanged(**cause.to(ticket.parent), child=ticket.id, category=ticket.category)


def _moved(fact: TicketMoved, cause: _Cause) -> Iterator[Command]:
    yield from _changed(fact, cause)
    definition = cause.flow.definition
    for propagation in definition.propagations:
        if _fits(propagation, fact, cause.actor):
            yield from _propagated(propagation, cause)
    for kind in dict.fromkeys(step.opens for step in definition.steps if step.name == fact.step and step.opens):
        yield _opened(kind, cause)


def _fits(propagation: Propagation, fact: TicketMoved, actor: Actor) -> bool:
    by = not propagation.actor_roles or not actor.roles.isdisjoint(propagation.actor_roles)
    return propagation.on == fact.step and by and (not propagation.reasons or fact.reason in propagation.reasons)


def _propagated(propagation: Propagation, cause: _Cause) -> Iterator[Command]:
    for child, category in sorted(cause.ticket.children.items()):
        if category in propagation.child_in:
            yield Perform(**cause.to(child, f":{propagation.do}"), step=propagation.do, cause=cause.ticket.id)


_TOLD = ("service", "channel", "caller", "symptom", "priority", "domain", "region", "branch")


def _opened(kind: str, cause: _Cause) -> Accept:
    ticket = cause.ticket
    about = {name: getattr(ticket, name) for name in _TOLD}
    return Accept(**cause.to(f"{ticket.id}/{ticket.version}"), kind=kind, caused_by=ticket.id, **about)


def _linked(fact: TicketLinked, cause: _Cause) -> Iterator[Command]:
    if fact.link == "child_of":
        yield Attach(**cause.to(fact.other), child=fact.ticket, category=cause.ticket.category)


def _unlinked(fact: TicketUnlinked, cause: _Cause) -> Iterator[Command]:
    if fact.link == "child_of":
        yield ChildChanged(**cause.to(fact.other), child=fact.ticket, category=None)


def _merged(fact: TicketMerged, cause: _Cause) -> Iterator[Command]:
    """Hand itself and its children over to the survivor (REL-4); its own parent waits for it no more."""
    ticket = cause.ticket
    children = tuple(sorted(ticket.children))
    yield Absorb(**cause.to(fact.into), absorbed=ticket.id, earliest=ticket.earliest, children=children)
    yield from (_moves(child, fact.into, cause) for child in children)
    if ticket.parent is not None:
        yield ChildChanged(**cause.to(ticket.parent, ":child"), child=ticket.id, category=None)


def _moves(child: str, to: str, cause: _Cause) -> Link:
    return Link(**cause.to(child), link="child_of", other=to, instead_of=cause.ticket.id)


def _attached(fact: ChildAttached, cause: _Cause) -> Iterator[Command]:
    """Send on to the survivor who came to a ticket that is part of another by now."""
    if cause.ticket.merged_into is not None:
        yield _moves(fact.child, cause.ticket.merged_into, cause)


def _unmerged(fact: TicketUnmerged, cause: _Cause) -> Iterator[Command]:
    ticket = cause.ticket
    yield Absorb(**cause.to(fact.parted_from), absorbed=ticket.id, earliest=ticket.earliest, undone=True)
    if ticket.parent is not None:
        yield Attach(**cause.to(ticket.parent, ":child"), child=ticket.id, category=ticket.category)


def _absorbed(fact: TicketAbsorbed, cause: _Cause) -> Iterator[Command]:
    """Give the children back to whom they came with; whoever absorbed this ticket learns of its new earliest."""
    ticket = cause.ticket
    yield from (_moves(child, fact.absorbed, cause) for child in (fact.children if fact.undone else ()))
    if ticket.merged_into is not None:
        yield Absorb(**cause.to(ticket.merged_into), absorbed=ticket.id, earliest=ticket.earliest)


_SPAWNS: Mapping[type, Callable[[Any, _Cause], Iterator[Command]]] = {
    TicketAccepted: _accepted,
    TicketMoved: _moved,
    TicketMigrated: _changed,
    TicketLinked: _linked,
    TicketUnlinked: _unlinked,
    TicketMerged: _merged,
    TicketUnmerged: _unmerged,
    TicketAbsorbed: _absorbed,
    ChildAttached: _attached,
}
