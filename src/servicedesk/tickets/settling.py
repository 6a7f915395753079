"""One command and all that follows from it on other tickets: pure, over the tickets it is given."""

from __future__ import annotations

from collections import ChainMap, deque
from collections.abc import Mapping

from attrs import frozen

from servicedesk.catalogue import Definitions
from servicedesk.errors import Refused
from servicedesk.events import TicketFact
from servicedesk.frozenmap import FrozenMap
from servicedesk.instants import Instant
from servicedesk.tickets.commands import ChildRefused, Command, Perform
from servicedesk.tickets.deciding import decide
from servicedesk.tickets.ticket import Ticket

__all__ = ["Settled", "settle"]


@frozen
class Settled:
    """What one command came to: every fact in order, each ticket that changed, and the follow-ups that were refused.

    A refused follow-up undoes nothing (DRV-7); where it was a step on a child, its parent has it on record (REL-3).
    """

    facts: tuple[TicketFact, ...]
    tickets: FrozenMap[str, Ticket]
    refused: tuple[tuple[Command, Refused], ...] = ()


def settle(
    tickets: Mapping[str, Ticket | None], command: Command, *, definitions: Definitions, at: Instant
) -> Settled | Refused:
    """Decide a command, then what it asks of other tickets, and so on until nothing follows.

    ``tickets`` holds every ticket that may be concerned, by id; one that is not there does not exist. A refusal of the
    command itself is the answer; nothing has changed.

    Raises:
        the same as `decide`.
    """
    changed: dict[str, Ticket | None] = {}
    known = ChainMap(changed, _Known(tickets))
    first = decide(known[command.ticket], command, definitions=definitions, at=at, others=known)
    if isinstance(first, Refused):
        return first
    facts, refused, waiting = list(first.facts), [], deque(first.spawns)
    changed[command.ticket] = first.ticket
    while waiting:
        follow_up = waiting.popleft()
        answer = decide(known[follow_up.ticket], follow_up, definitions=definitions, at=at, others=known)
        if isinstance(answer, Refused):
            refused.append((follow_up, answer))
            waiting += _told(follow_up, answer)
            continue
        facts += answer.facts
        changed[follow_up.ticket] = answer.ticket
        waiting += answer.spawns
    after = {name: ticket for name, ticket in changed.items() if ticket is not None and ticket != tickets.get(name)}
    return Settled(tuple(facts), FrozenMap(after), tuple(refused))


class _Known(dict[str, "Ticket | None"]):
    """Tickets by id; one that is not there is known not to exist."""

    def __missing__(self, name: str) -> None:
        return None

    def __contains__(self, name: object) -> bool:
        return True


def _told(command: Command, answer: Refused) -> tuple[Command, ...]:
    """Return the command that tells a parent of its child's refusal (REL-3)."""
    if not isinstance(command, Perform) or command.cause is None:
        return ()
    told = "; ".join(str(refusal) for refusal in answer.refusals)
    key = f"{command.key}!"
    return (
        ChildRefused(
            ticket=command.cause,
            actor=command.actor,
            key=key,
            child=command.ticket,
            step=command.step,
            codes=answer.codes,
            told=told,
        ),
    )
