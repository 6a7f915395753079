"""A ticket on its way through one decision: facts folded in as they come, whatever falls due run in between (TM-2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from attrs import define, field

from servicedesk.catalogue import Definitions
from servicedesk.errors import Refused
from servicedesk.events import ClaimExpired, TicketAccepted, TicketFact, TicketMigrated, TimerLapsed
from servicedesk.instants import from_us
from servicedesk.tickets.attempt import Spawns, workflow_of
from servicedesk.tickets.commands import Command
from servicedesk.tickets.folding import begin, evolve, fold
from servicedesk.tickets.moves import moved
from servicedesk.tickets.spawning import spawned
from servicedesk.tickets.supervision import addressee_of, raised, too_soon_until, urged
from servicedesk.tickets.ticket import Ticket
from servicedesk.workflow import URGE, Actor, CompiledWorkflow

__all__ = ["Course"]

_TIMER = Actor.system("timer")
_MICROSECOND = timedelta(microseconds=1)


@define(eq=False)
class Course:
    """The ticket as it is by now, and all that came of it on the way."""

    ticket: Ticket
    flow: CompiledWorkflow
    """The workflow the ticket lives under by now."""
    definitions: Definitions
    facts: list[TicketFact] = field(factory=list)
    spawns: list[Command] = field(factory=list)

    @classmethod
    def begun(cls, first: TicketAccepted, flow: CompiledWorkflow, definitions: Definitions, actor: Actor) -> Course:
        """Return the course of a ticket that this fact begins."""
        course = cls(begin(first), flow, definitions, [first])
        course.spawns += spawned(first, course.ticket, None, flow, actor)
        return course

    def take(self, facts: Iterable[TicketFact], actor: Actor, spawns: Spawns = ()) -> None:
        """Fold facts in, and note what they ask of other tickets."""
        for fact in facts:
            before = self.ticket.category
            ticket = self.ticket = fold((fact,), self.ticket)
            self.facts.append(fact)
            if type(fact) is TicketMigrated:
                self.flow = workflow_of(ticket, self.definitions)
            self.spawns += spawned(fact, ticket, before, self.flow, actor)
        self.spawns += spawns

    def run_due(self, now: int) -> None:
        """Do what falls due up to an instant, each dated at its due, never before the last fact (TM-2).

        In order of due; among equals the claim first, then timers as declared, then supervision. A timer that is armed
        on the way joins. It ends: each round spends a timer, a claim or a level, and no circle of timers stands still.
        """
        while (due := self.ticket.next_due) is not None and due <= now:
            self.take(self._fallen_due(due, max(due, self.ticket.at)), _TIMER)

    def _fallen_due(self, due: int, at: int) -> Iterable[TicketFact]:
        ticket = self.ticket
        if ticket.claim is not None and ticket.claim.until == due:
            return self._claim_ends(ticket.claim.agent, due, at)
        for place, (step, timer_due) in enumerate(ticket.timers):
            if timer_due == due:
                return self._timer(place, step, due, at)
        return (
            ()
            if ticket.supervision is None
            else (raised(ticket.supervision, self.flow, {"ticket": ticket.id, "at": at}),)
        )

    def _claim_ends(self, agent: str, due: int, at: int) -> Iterator[TicketFact]:
        """End the claim; then its step, if one leads on from here (CL-1)."""
        expired = ClaimExpired(ticket=self.ticket.id, at=at, agent=agent)
        yield expired
        flow, then = self.flow, self.flow.definition.lease.then
        if then is not None and (self.ticket.state, then) in flow.table:
            free = evolve(self.ticket, expired) or self.ticket
            yield from self._stepped(free, then, due, at, free.timers)

    def _timer(self, place: int, step: str, due: int, at: int) -> Iterable[TicketFact]:
        left = (*self.ticket.timers[:place], *self.ticket.timers[place + 1 :])
        if step == URGE:
            return self._urge(due, at, left)
        return self._stepped(self.ticket, step, due, at, left)

    def _stepped(
        self, ticket: Ticket, step: str, due: int, at: int, left: tuple[tuple[str, int], ...]
    ) -> tuple[TicketFact, ...]:
        """Take a step by itself; a refusal is told once, and the timer runs no more (TM-3)."""
        answer = self.flow.decide(ticket, step, actor=_TIMER, at=at)
        if isinstance(answer, Refused):
            told = "; ".join(str(refusal) for refusal in answer.refusals)
            return (
                TimerLapsed(ticket=ticket.id, at=at, step=step, due=due, codes=answer.codes, told=told, timers=left),
            )
        return moved(ticket, answer.move, self.flow, actor=_TIMER, at=at)

    def _urge(self, due: int, at: int, left: tuple[tuple[str, int], ...]) -> tuple[TicketFact, ...]:
        ticket, addressee = self.ticket, addressee_of(self.ticket)
        free = too_soon_until(ticket, self.flow, addressee, at)
        told = "" if free is None else f"too_soon (next={from_us(free).isoformat()!r})"
        if not ticket.is_open:
            told = f"not_open (state={ticket.state!r})"
        if told:
            codes = (told.partition(" ")[0],)
            return (TimerLapsed(ticket=ticket.id, at=at, step=URGE, due=due, codes=codes, told=told, timers=left),)
        signed = {"ticket": ticket.id, "at": at, "actor": _TIMER.id}
        return urged(ticket, self.flow, signed, {"source": "system", "addressee": addressee, "timers": left})
