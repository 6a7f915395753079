"""Laws of tickets in time: replay, polling, due instants, claims, promises kept on every way (workflow §6, 1 to 7)."""

from random import Random

from hypothesis import event, given
from hypothesis import strategies as st

from oracles.ticket_days import DESK, Life
from servicedesk import tickets
from servicedesk.errors import Conflict, Refused
from servicedesk.events import from_json, to_json
from servicedesk.ports import Append, Commit
from servicedesk.stores import MemoryLog
from servicedesk.tickets import Accept, Claim, Release, Renew
from servicedesk.workflow import Actor

CHANCE = st.integers(0, 2**32 - 1).map(Random)
LENGTH = st.sampled_from((2, 10, 40, 80, 120))
"""A life that fails is shortened to its first commands; its chance is told by the seed."""


@given(CHANCE, LENGTH)
def test_law_1_and_2_a_life_is_the_fold_of_its_facts_and_a_refusal_changes_nothing(chance, length):
    """Laws 1, 2, EV-1, EV-6, EV-8: at every prefix, also from a store; facts are past, ordered, and of this stream."""
    life = Life(chance)
    for _ in range(length):
        before = life.ticket
        _, _, answer = life.step()
        if isinstance(answer, Refused):
            event(f"refused {answer.codes[0]}")
            assert answer.refusals
            assert life.ticket is before
        else:
            assert answer.ticket == tickets.replay(answer.facts, before)
    for fact in life.facts:
        event(fact.kind)
        assert fact.ticket == life.ticket.id
    assert life.ticket == tickets.replay([from_json(to_json(fact)) for fact in life.facts])
    assert life.ticket.version == len(life.facts)
    assert [fact.at for fact in life.facts] == sorted(fact.at for fact in life.facts)


@given(CHANCE, LENGTH)
def test_law_6_polling_changes_no_fact(chance, length):
    """Law 6, DEC-5, TM-2: who advances at any instants before a command gets the same facts, only sooner."""
    life = Life(chance)
    other, polled = life.ticket, list(life.facts)
    for _ in range(length):
        before = life.at
        at, command, answer = life.step()
        for poll in sorted(chance.randint(before, at) for _ in range(chance.choice((0, 1, 3)))):
            step = tickets.advance(other, definitions=DESK, at=poll)
            other = step.ticket
            polled += step.facts
        again = tickets.decide(other, command, definitions=DESK, at=at)
        assert getattr(again, "codes", None) == getattr(answer, "codes", None)
        if not isinstance(again, Refused):
            other = again.ticket
            polled += again.facts
    end = life.at + 10**12
    last = tickets.advance(life.ticket, definitions=DESK, at=end)
    rest = tickets.advance(other, definitions=DESK, at=end)
    assert [*polled, *rest.facts] == [*life.facts, *last.facts]
    assert rest.ticket == last.ticket


@given(CHANCE, LENGTH)
def test_law_6_next_due_is_the_next_instant_at_which_something_happens(chance, length):
    """TM-1, TM-2: nothing a microsecond earlier, something then, and all of it dated at its due."""
    life = Life(chance)
    for _ in range(length):
        life.step()
        due = life.ticket.next_due
        if due is None:
            event("nothing will happen")
            continue
        if due > life.ticket.at:
            early = tickets.advance(life.ticket, definitions=DESK, at=due - 1)
            assert (early.facts, early.ticket) == ((), life.ticket)
        facts = tickets.advance(life.ticket, definitions=DESK, at=due).facts
        event(f"due: {facts[0].kind}")
        assert facts
        assert {fact.at for fact in facts} == {max(due, life.ticket.at)}


@given(CHANCE, LENGTH)
def test_law_7_a_repeated_key_adds_nothing(chance, length):
    """Law 7, DEC-4: whatever the command was, and whatever runs beside the state."""
    life = Life(chance)
    for _ in range(length):
        at, command, answer = life.step()
        if command.key is not None and not isinstance(answer, Refused) and answer.facts:
            again = tickets.decide(life.ticket, command, definitions=DESK, at=at)
            event(type(command).__name__)
            assert (again.facts, again.ticket) == ((), life.ticket)


@given(CHANCE, LENGTH)
def test_law_5_whoever_enters_a_promised_place_holds_its_marks(chance, length):
    """Law 5, LIB-1, CB-4: on real lives; after a rework or a reopening, what was given before counts no more."""
    life = Life(chance)
    promised = {}
    for promise in life.flow.promises:
        promised.setdefault(promise.before, set()).update(promise.marks)
    for _ in range(3 * length):
        life.step()
    held, number, called_back = set(), 1, False
    for fact in life.facts:
        if fact.kind == "ticket.called_back":
            called_back = called_back or fact.result not in ("objected", "unreachable")
        if fact.kind == "ticket.urged":
            held = set(fact.marks)
        if fact.kind != "ticket.moved":
            continue
        if fact.round != number:
            number, called_back = fact.round, False
        there = promised.get(fact.target, set())
        if there:
            event(f"a promised place in round {min(fact.round, 2)}")
        assert promised.get(fact.step, set()) <= held
        assert there <= set(fact.marks)
        assert called_back or "callback" not in there
        held = set(fact.marks)


def racing(chance):
    """Yield commands of two agents for one ticket, at instants that stand still or reach the end of a lease."""
    at = 0
    while True:
        at += chance.choice((0, 0, 1, 10**6, 60 * 10**6, 29 * 60 * 10**6, 30 * 60 * 10**6))
        who = Actor(chance.choice(("e1", "e2")), "expert")
        what = chance.choice((Claim, Claim, Renew, Release))
        span = {} if what is Release else {"span": chance.choice((None, "1min", "30min"))}
        yield at, what(ticket="T-7", actor=who, **span)


@given(CHANCE, st.sampled_from((2, 10, 30)))
def test_law_7_at_most_one_holds_a_ticket_however_two_race(chance, length):
    """Law 7, CL-1, CL-3: both decide on what they saw; one append succeeds, the other decides again."""
    log = MemoryLog()
    begin = Accept(ticket="T-7", actor=Actor("a7", "seat"), kind="fault")
    first = tickets.decide(None, begin, definitions=DESK, at=0)
    log.commit(Commit([Append("T-7", first.facts, expected_version=0)]))
    stale = first.ticket
    for (at, command), _ in zip(racing(chance), range(length), strict=False):
        seen = stale if chance.random() < 0.5 else tickets.replay(log.read("T-7"))
        for ticket in (seen, tickets.replay(log.read("T-7"))):
            answer = tickets.decide(ticket, command, definitions=DESK, at=at)
            if isinstance(answer, Refused) or not answer.facts:
                break
            try:
                log.commit(Commit([Append("T-7", answer.facts, expected_version=ticket.version)]))
                break
            except Conflict:
                event("lost the race")
        stale = chance.choice((stale, tickets.replay(log.read("T-7"))))
    holder, until = None, None
    for fact in log.read("T-7"):
        if fact.kind in ("ticket.claimed", "ticket.claim_renewed"):
            event(fact.kind)
            if fact.kind == "ticket.claimed":
                assert holder is None  # nobody was allowed to steal here
            assert holder in (None, fact.agent)
            holder, until = fact.agent, fact.until
        elif fact.kind in ("ticket.claim_released", "ticket.claim_expired"):
            assert holder is not None
            if fact.kind == "ticket.claim_expired":
                assert fact.at == until
            holder = until = None
        assert until is None or fact.at < until
