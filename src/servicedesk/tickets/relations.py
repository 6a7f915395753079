"""Commands between tickets: links, parents and children, merging, splitting (REL-1 to REL-5).

Parent, duplicate and merge are forests: whoever would close a circle is refused with its path. What another ticket
must know is a command for it (`Accepted.spawns`), and it is told only what stands in its own stream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import attrs

from servicedesk.errors import Refused
from servicedesk.events import (
    ChildAttached,
    ChildMoved,
    PropagationRefused,
    TicketAbsorbed,
    TicketFact,
    TicketLinked,
    TicketMerged,
    TicketSplit,
    TicketUnlinked,
    TicketUnmerged,
)
from servicedesk.tickets.attempt import Answer, Attempt, Decider, Possible, other_ticket, refused
from servicedesk.tickets.commands import (
    Absorb,
    Accept,
    Attach,
    ChildChanged,
    ChildRefused,
    Command,
    Link,
    Merge,
    Split,
    Unlink,
    Unmerge,
)
from servicedesk.tickets.ticket import Ticket

__all__ = ["BOOKKEEPING", "RELATIONS", "misplaced", "survivor"]

BOOKKEEPING = (Attach, ChildChanged, ChildRefused, Absorb)
"""What the desk alone sends: it tells what has happened elsewhere, so no state of the ticket refuses it."""

_FORESTS = ("child_of", "duplicate_of")


def survivor(ticket: Ticket, others: Mapping[str, Ticket | None]) -> str:
    """Return the id at the end of a ticket's chain of merges, as far as ``others`` tells it (REL-4).

    >>> from servicedesk.tickets import Ticket
    >>> survivor(Ticket("B", 1, "fault", 1, "accepted", "new", entered=0, accepted=0, at=0), {})
    'B'
    """
    return _chain(ticket, others, _into)[-1]


def _chain(
    ticket: Ticket, others: Mapping[str, Ticket | None], above: Callable[[Ticket], str | None]
) -> tuple[str, ...]:
    """Return the ids from a ticket upwards, to the end, to a ticket that is not known, or once round a circle."""
    found = [ticket.id]
    known: Ticket | None = ticket
    while known is not None and (name := above(known)) is not None and name not in found:
        found.append(name)
        known = others.get(name)
    return tuple(found)


def _into(ticket: Ticket) -> str | None:
    return ticket.merged_into


def _above(link: str) -> Callable[[Ticket], str | None]:
    return lambda ticket: next((other for known, other in ticket.links if known == link), None)


def _unfit(
    command: Command,
    name: str,
    others: Mapping[str, Ticket | None],
    *ways: Callable[[Ticket], str | None],
    possible: Possible = (),
) -> Refused | None:
    """Return why another ticket cannot be the one that this ticket goes under, if so: the forest stays one."""
    mine = command.ticket
    if name == mine:
        return refused(command, "cycle", possible=possible, path=(name, name))
    other = other_ticket(command, others, name)
    if other is None:
        return refused(command, "not_accepted", possible=possible, ticket=name)
    for above in ways:
        chain = _chain(other, others, above)
        if mine in chain:
            return refused(command, "cycle", possible=possible, path=(mine, *chain[: chain.index(mine) + 1]))
    if other.merged_into is not None:
        return refused(command, "merged", possible=possible, ticket=name, into=survivor(other, others))
    moves_over = isinstance(command, Link) and command.instead_of is not None
    closed = other.category == "closed" and not moves_over
    return refused(command, "target_closed", possible=possible, ticket=name) if closed else None


def misplaced(command: Accept, others: Mapping[str, Ticket | None]) -> Refused | None:
    """Return why a ticket cannot begin with the links it is to begin with, if so (REL-1)."""
    if command.ticket in (command.follows, command.caused_by):
        return refused(command, "cycle", path=(command.ticket, command.ticket))
    return None if command.parent is None else _unfit(command, command.parent, others, _above("child_of"))


def _link(attempt: Attempt) -> Answer:
    command: Link = attempt.command
    if command.instead_of is not None:
        return _moved_over(attempt)
    if (command.link, command.other) in attempt.ticket.links:
        return (), ()
    if command.link not in _FORESTS:
        if command.other == attempt.ticket.id:
            return attempt.refused("cycle", path=(command.other, command.other))
        return (TicketLinked(**attempt.signed, link=command.link, other=command.other),), ()
    return _put_under(attempt, command.link, command.other)


def _put_under(attempt: Attempt, link: str, name: str) -> Answer:
    no = _unfit(attempt.command, name, attempt.others, _above(link), possible=attempt.possible)
    if no is not None:
        return no
    before = _above(link)(attempt.ticket)
    gone = () if before is None else (TicketUnlinked(**attempt.signed, link=link, other=before),)
    return (*gone, TicketLinked(**attempt.signed, link=link, other=name)), ()


def _moved_over(attempt: Attempt) -> Answer:
    """Follow the other ticket of a merge, or come back from it; a child that went elsewhere stays there (REL-4)."""
    command, others = attempt.command, attempt.others
    left = other_ticket(command, others, command.instead_of)
    to = other_ticket(command, others, command.other)
    name = command.other if to is None else survivor(to, others)
    here = _above(command.link)(attempt.ticket)
    still_there = left is not None and here in _chain(left, others, _into)
    return _put_under(attempt, command.link, name) if still_there and here != name else ((), ())


def _unlink(attempt: Attempt) -> Answer:
    command: Unlink = attempt.command
    if (command.link, command.other) not in attempt.ticket.links:
        return attempt.refused("not_possible", links=attempt.ticket.links)
    return (TicketUnlinked(**attempt.signed, link=command.link, other=command.other),), ()


def _merge(attempt: Attempt) -> Answer:
    into: str = attempt.command.into
    no = _unfit(attempt.command, into, attempt.others, _into, _above("child_of"), possible=attempt.possible)
    return no or ((TicketMerged(**attempt.signed, into=into),), ())


def _unmerge(attempt: Attempt) -> Answer:
    into = attempt.ticket.merged_into
    if into is None:
        return attempt.refused("not_possible", merged_into=None)
    return (TicketUnmerged(**attempt.signed, parted_from=into),), ()


# --- splitting --------------------------------------------------------------------------------------------------------

_COPIED = ("service", "channel", "caller", "symptom", "priority", "domain", "region", "branch", "callback_urgency")


def _split(attempt: Attempt) -> Answer:
    command, ticket = attempt.command, attempt.ticket
    if not ticket.is_open:
        return attempt.refused("not_open", state=ticket.state)
    names = [part.ticket for part in command.into]
    for index, name in enumerate(names):
        if name == ticket.id or name in names[:index] or attempt.others.get(name) is not None:
            return attempt.refused("already_accepted", ticket=name)
    fact = TicketSplit(**attempt.signed, into=tuple(names))
    return (fact,), tuple(_part(ticket, part) for part in command.into)


def _part(ticket: Ticket, part: Accept) -> Accept:
    """Fill in what a part leaves open: what the demand was about, and when the customer was heard (REL-5)."""
    known = {name: getattr(ticket, name) for name in _COPIED if getattr(part, name) is None}
    related = part.parent or part.follows or part.caused_by
    heard = ticket.accepted if part.accepted is None else part.accepted
    return attrs.evolve(part, accepted=heard, caused_by=part.caused_by if related else ticket.id, **known)


# --- from the desk alone ----------------------------------------------------------------------------------------------


def _attach(attempt: Attempt) -> Answer:
    command: Attach = attempt.command
    known = attempt.ticket.children.get(command.child) == command.category
    if known and (not command.lead or attempt.ticket.lead == command.child):
        return (), ()
    fact = ChildAttached(**attempt.signed, child=command.child, category=command.category, lead=command.lead)
    return (fact,), ()


def _child_changed(attempt: Attempt) -> Answer:
    command: ChildChanged = attempt.command
    if attempt.ticket.children.get(command.child) == command.category:
        return (), ()
    return (ChildMoved(**attempt.signed, child=command.child, category=command.category),), ()


def _child_refused(attempt: Attempt) -> Answer:
    command: ChildRefused = attempt.command
    fact = PropagationRefused(
        **attempt.signed, child=command.child, step=command.step, codes=command.codes, told=command.told
    )
    return (fact,), ()


def _absorb(attempt: Attempt) -> Answer:
    command: Absorb = attempt.command
    return tuple(_absorbing(attempt, command)), ()


def _absorbing(attempt: Attempt, command: Absorb) -> Iterator[TicketFact]:
    known = attempt.ticket.absorbed.get(command.absorbed)
    if command.undone and known is None:
        return
    earliest, children = known or (command.earliest, command.children)
    if not command.undone and known is not None:
        if known[0] == command.earliest:
            return
        earliest = command.earliest  # it absorbed another itself, or gave one back; what it brought stays
    yield TicketAbsorbed(
        **attempt.signed, absorbed=command.absorbed, earliest=earliest, children=children, undone=command.undone
    )


RELATIONS: Mapping[type, Decider] = {
    Link: _link,
    Unlink: _unlink,
    Merge: _merge,
    Unmerge: _unmerge,
    Split: _split,
    Attach: _attach,
    ChildChanged: _child_changed,
    ChildRefused: _child_refused,
    Absorb: _absorb,
}
"""Command -> how it is decided."""
