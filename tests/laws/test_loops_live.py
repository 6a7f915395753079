"""No ticket of a ready-made loop can get stuck: found by walking every situation that real decisions lead to."""

from __future__ import annotations

import pytest
from attrs import evolve

from servicedesk import Actor, Definitions, Refused, tickets
from servicedesk.tickets import Accept, AnswerSupervision, Perform, Urge
from servicedesk.workflow import library

MINUTE = 60_000_000
DAY = 24 * 60 * MINUTE
KINDS = {"customer": Actor.customer, "system": Actor.system}
LIMITED = ("returns", "declines")  # counters that a guard looks at
VALUES = {"instant": 99 * DAY, "number": 1, "integer": 1, "flag": True}
CASES = [
    *((name, {}, "") for name in ("consultation", "fault", "defect", "complaint", "alarm", "work_order", "report")),
    *((name, {}, "") for name in ("incident", "request", "problem", "change")),
    ("self_service", {}, "responded"),  # archived in the instant of the response: nobody ever finds it there
    ("data_maintenance", {"operation": "extract"}, "in_check"),
    ("data_maintenance", {"operation": "execute"}, ""),
    ("business_expansion", {"voltage": "low"}, "design_review mid_inspection completion_check"),
    ("business_expansion", {"voltage": "high"}, ""),
]


def situation(ticket):
    """Return what decides what can happen next; of a counter, whether a third time is too often."""
    counters = tuple(sorted((name, min(count, 2)) for name, count in ticket.counters.items() if name in LIMITED))
    attempted = len({at // DAY for at in ticket.attempts}) > 1 and len(ticket.attempts) > 2
    answered = ticket.supervision is not None and ticket.supervision.answered
    return ticket.state, ticket.marks, counters, ticket.last_active, attempted, answered


def commands(ticket, flow):
    """Yield one command for each way a step can be taken: by each of its roles, another person for each step."""
    signed = {"ticket": ticket.id}
    yield Urge(**signed, actor=Actor.customer("c-17"))
    if ticket.supervision is not None:
        yield AnswerSupervision(**signed, actor=Actor("d5", "dept"))
    types = {field.name: field for field in flow.fields}
    for step in flow.steps:
        if ticket.state not in flow.sources_of(step):
            continue
        given = [*step.requires, *step.must_change]
        data = {name: VALUES.get(types[name].type, f"{name} {ticket.version}") for name in given if name in types}
        for role in step.by:
            holder = () if ticket.claim is None else (ticket.claim.agent,)
            for name in (f"{role} of {step.name}", *holder):
                actor = KINDS[role](name) if role in KINDS else Actor(name, role)
                yield Perform(**signed, actor=actor, step=step.name, data=data, reason=next(iter(step.reasons), None))


def answers(ticket, flow, desk):
    """Yield the ticket after each command, soon and half a day later, and after time itself."""
    if ticket.next_due is not None:
        yield tickets.advance(ticket, definitions=desk, at=ticket.next_due).ticket
    for command in commands(ticket, flow):
        for later in (MINUTE, 13 * 60 * MINUTE):
            answer = tickets.decide(ticket, command, definitions=desk, at=ticket.at + later)
            if not isinstance(answer, Refused):
                yield answer.ticket


def walk(flow, fields):
    """Return the situations from which no way leads to a closed state, and every state that was reached."""
    desk = Definitions([flow])
    accept = Accept(ticket="T-7", actor=Actor("a7", "seat"), kind=flow.name, fields=fields, group="north")
    begun = tickets.decide(None, accept, definitions=desk, at=0).ticket
    leads, waiting, good = {situation(begun): set()}, [begun], set()
    while waiting:
        ticket = waiting.pop()
        here = situation(ticket)
        if ticket.category == "closed":
            good.add(here)
        for after in answers(ticket, flow, desk):
            there = situation(after)
            leads[here].add(there)
            if there not in leads:
                leads[there] = set()
                waiting.append(after)
    while more := {here for here, theirs in leads.items() if here not in good and theirs & good}:
        good |= more
    return set(leads) - good, {here[0] for here in leads}


def test_every_loop_is_walked():
    """LIB-1: none is left out."""
    assert {case[0] for case in CASES} == {loop.__name__ for loop in library.LOOPS}


@pytest.mark.parametrize(("loop", "fields", "unused"), CASES)
def test_from_every_situation_a_loop_can_be_closed(loop, fields, unused):
    """LIB-1, LIB-2, CHK-2: guards, conditions and limits counted in, through which no check of a definition can see."""
    flow = getattr(library, loop)()
    stuck, reached = walk(flow, fields)
    assert stuck == set()
    assert {state.name for state in flow.states} - reached == set(unused.split())


def test_a_way_into_a_dead_end_is_found():
    """TOOL-17, LIB-4: passed on without an approval, a change could neither be executed nor go back."""
    flow = library.data_maintenance()
    steps = tuple(evolve(step, when=None) if step.name == "pass_on" else step for step in flow.steps)
    stuck, _ = walk(evolve(flow, steps=steps), {"operation": "execute"})
    assert {here[:2] for here in stuck} == {("at_expert", ())}
