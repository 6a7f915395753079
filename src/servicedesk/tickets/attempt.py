"""One command on one ticket, with all that deciding it may look at; and how it is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from attrs import define

from servicedesk.catalogue import Definitions
from servicedesk.errors import Refusal, Refused, UnknownKind
from servicedesk.events import TicketFact
from servicedesk.tickets.commands import Command
from servicedesk.tickets.ticket import Ticket
from servicedesk.workflow import CompiledWorkflow

__all__ = ["Answer", "Attempt", "Decider", "Facts", "Possible", "Spawns", "other_ticket", "refused", "workflow_of"]

Facts: TypeAlias = tuple[TicketFact, ...]
Spawns: TypeAlias = tuple[Command, ...]
Possible: TypeAlias = Iterable[str] | Callable[[], Iterable[str]]
"""What could be done instead: told, or found out once somebody asks."""
Answer: TypeAlias = tuple[Facts, Spawns] | Refused
"""What a command comes to: facts of this ticket and commands for others, or a refusal."""


@define(eq=False)
class Attempt:
    """What a decision looks at: the ticket as it is ``at`` that instant, whatever fell due before it folded in."""

    ticket: Ticket
    flow: CompiledWorkflow
    command: Any
    definitions: Definitions
    at: int
    others: Mapping[str, Ticket | None]

    @property
    def signed(self) -> dict[str, Any]:
        """What every fact of a command carries: whose stream, when, by whom, under which key."""
        command = self.command
        return {"ticket": self.ticket.id, "at": self.at, "actor": command.actor.id, "key": command.key}

    def possible(self) -> Iterator[str]:
        """Yield the steps open to whoever asks."""
        return (offer.step for offer in self.flow.available(self.ticket, actor=self.command.actor, at=self.at))

    def refused(self, code: str, **details: Any) -> Refused:
        """Return the refusal of the command for one reason; it tells the steps that are open instead (DEC-7)."""
        return refused(self.command, code, possible=self.possible, **details)


Decider: TypeAlias = Callable[[Attempt], Answer]


def other_ticket(command: Command, others: Mapping[str, Ticket | None], name: str) -> Ticket | None:
    """Return another ticket that a command names, ``None`` if there is none of that id.

    Raises:
        ValueError: the host did not say.
    """
    if name not in others:
        raise ValueError(f"{type(command).__name__} on {command.ticket!r} needs others[{name!r}]: give it")
    return others[name]


def workflow_of(ticket: Ticket, definitions: Definitions) -> CompiledWorkflow:
    """Return the workflow a ticket lives under.

    Raises:
        UnknownKind: the workflow, its version, or the ticket's state is not among the definitions (MIG-1).
    """
    flow = definitions.known(ticket.workflow, ticket.workflow_version)
    if flow is not None and flow.has_state(ticket.state):
        return flow
    where = f"ticket {ticket.id}"
    flow = definitions.workflow(ticket.workflow, ticket.workflow_version, where=where)
    raise UnknownKind(ticket.state, where, (state.name for state in flow.definition.states))


def refused(command: Command, code: str, *, possible: Possible = (), **details: Any) -> Refused:
    """Return the refusal of a command for one reason."""
    verb = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in type(command).__name__)
    attempt = f"{verb.lstrip()} {command.ticket}"
    return Refused((Refusal(code, details),), possible, attempt=attempt)
