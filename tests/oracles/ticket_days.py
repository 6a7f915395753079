"""Lives of tickets under the ready-made loops, drawn by chance: steps offered, and all that runs beside them."""

from __future__ import annotations

from random import Random

from servicedesk import tickets
from servicedesk.catalogue import Definitions
from servicedesk.tickets import (
    Accept,
    AnswerSupervision,
    Assign,
    Claim,
    Classify,
    Command,
    Note,
    Perform,
    Release,
    ReleaseSupervision,
    Renew,
    Reply,
    Steal,
    Supervise,
    Ticket,
    Urge,
)
from servicedesk.workflow import Actor, Workflow, library

__all__ = ["DESK", "MINUTE", "Life", "actor", "command"]

MINUTE = 60_000_000
LOOPS = tuple(loop() for loop in library.LOOPS)
DESK = Definitions(LOOPS)
ROLES = ("seat", "expert", "back", "leader", "reviewer", "caller", "approver", "centre", "dept")
_ENDS = ("cancel", "withdraw", "recall", "false_alarm")  # lives that end early tell little
VALUES = {"number": 1, "integer": 1, "flag": True}


def actor(chance: Random) -> Actor:
    """Return a person of one or two roles, a customer, or a system."""
    kind = chance.random()
    if kind < 0.12:
        return Actor.customer("c-17")
    if kind < 0.18:
        return Actor.system("nightly")
    return Actor(f"人员 {chance.randint(1, 3)}", chance.sample(ROLES, chance.choice((1, 2, 9, 9, 9))))


def command(chance: Random, flow: Workflow, ticket: Ticket, at: int) -> Command:
    """Return something asked of a ticket: mostly a step that is open to the actor, with what it needs."""
    who = actor(chance)
    common = {
        "ticket": ticket.id,
        "actor": who,
        "key": chance.choice((None, None, None, f"k{chance.randint(1, 20)}")),
        "expected_version": chance.choice((*[None] * 9, ticket.version)),
    }
    if chance.random() < 0.8:
        known = tickets.available(ticket, actor=who, definitions=DESK, at=at)
        offers = [offer for offer in known if offer.step not in _ENDS or chance.random() < 0.04]
        if offers:
            offer = chance.choice(offers)
            types = {field.name: field for field in flow.fields}
            data = {name: _value(types, name, at) for name in offer.still_needed if name in types}
            return Perform(**common, step=offer.step, data=data, reason=next(iter(offer.reasons), None))
    span = chance.choice((None, "1min", "30min"))
    beside = (
        lambda: Claim(**common, span=span),
        lambda: Claim(**common, span=span),
        lambda: Renew(**common, span=span),
        lambda: Release(**common),
        lambda: Steal(**common, reason="ill", span=span),
        lambda: Urge(**common),
        lambda: Supervise(**common, department="计量中心"),
        lambda: AnswerSupervision(**common),
        lambda: ReleaseSupervision(**common),
        lambda: Note(**common, text_ref="n/1"),
        lambda: Reply(**common),
        lambda: Assign(**common, group=chance.choice((None, "一线"))),
        lambda: Classify(**common, priority="high"),
        lambda: Perform(**common, step=chance.choice(flow.steps).name),
        lambda: Accept(**common, kind=flow.name),
    )
    return chance.choice(beside)()


def _value(types: dict[str, object], name: str, at: int) -> object:
    declared = types[name]
    if getattr(declared, "choices", ()):
        return declared.choices[0]  # type: ignore[attr-defined]
    kind = declared.type  # type: ignore[attr-defined]
    return at + 40 * MINUTE if kind == "instant" else VALUES.get(kind, f"{name} {at}")


class Life:
    """One ticket and its commands in turn; instants stand still, or come within a microsecond of a due one."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.flow = chance.choice(LOOPS)
        self.at = 0
        begin = Accept(
            ticket="工单-7", actor=Actor("a7", "seat"), kind=self.flow.name, group=chance.choice((None, "计量"))
        )
        self.first = tickets.decide(None, begin, definitions=DESK, at=0)
        self.ticket = self.first.ticket
        self.facts = list(self.first.facts)

    def later(self) -> int:
        """Return the next instant: now, soon, in hours, or around the instant that something falls due."""
        due = self.ticket.next_due
        if due is not None and due > self.at and self.chance.random() < 0.3:
            return due + self.chance.choice((-1, 0, 0, 1))
        return self.at + self.chance.choice((0, 0, 1, MINUTE, 25 * MINUTE, 5 * 60 * MINUTE, 30 * 60 * MINUTE))

    def step(self) -> tuple[int, Command, object]:
        """Draw a command, decide it, and return it with its instant and its answer."""
        self.at = max(self.later(), self.at)
        asked = command(self.chance, self.flow, self.ticket, self.at)
        answer = tickets.decide(self.ticket, asked, definitions=DESK, at=self.at)
        if isinstance(answer, tickets.Accepted):
            self.ticket = answer.ticket
            self.facts += answer.facts
        return self.at, asked, answer
