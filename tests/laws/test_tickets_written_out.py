"""Laws of what the hot path writes out by hand: it says the same as the long form it stands for."""

import attrs
import pytest
from attrs.exceptions import FrozenInstanceError
from hypothesis import event, given
from test_tickets import lives

from servicedesk import tickets
from servicedesk.catalogue import Definitions
from servicedesk.errors import Refused
from servicedesk.events import NoteAdded, TicketMoved
from servicedesk.frozenmap import FrozenMap
from servicedesk.tickets import Accept, Attach, Perform, Ticket
from servicedesk.tickets.ticket import Beside
from servicedesk.workflow import TICKET_WORDS, Actor, Propagation, State, Step, Workflow, library


def linked(ticket, links=(("caused_by", "T-0"),)):
    """Return the ticket with a link that asks nothing of anybody: with it, a step takes the long way."""
    return attrs.evolve(ticket, beside=attrs.evolve(ticket.beside, links=links))


@given(lives())
def test_a_step_on_a_ticket_that_stands_alone_is_decided_as_on_any_other(life):
    """DEC-2: the straight way and the whole ladder give the same facts, ticket, spawns, or refusal."""
    flow, played = life
    definitions = Definitions([flow])
    for ticket, command, at, outcome in played:
        if ticket is None or not isinstance(command, Perform):
            continue
        other = tickets.decide(linked(ticket), command, definitions=definitions, at=at)
        if isinstance(outcome, Refused):
            event(f"refused: {outcome.codes[0]}")
            assert other == outcome
        else:
            event(f"{len(outcome.facts)} facts")
            assert (other.facts, other.spawns) == (outcome.facts, outcome.spawns)
            assert linked(other.ticket, ()) == outcome.ticket


def test_what_falls_due_is_not_passed_over_on_the_straight_way():
    """TM-2: around the due instants of a work order, its levels of supervision among them, alone or not, all is one."""
    definitions, actor = Definitions([library.work_order()]), Actor("a7", {"centre", "dept"})
    order = tickets.decide(None, Accept(ticket="W-1", actor=actor, kind="work_order"), definitions=definitions, at=0)
    ticket, ways = order.ticket, set()
    for _ in range(4):
        due = ticket.next_due
        if due is None:
            break
        for at in (due - 1, due, due + 1):
            for offer in tickets.available(ticket, actor=actor, definitions=definitions, at=at):
                reason = offer.reasons[0] if offer.reasons else None
                command = Perform(ticket="W-1", actor=actor, step=offer.step, reason=reason)
                alone = tickets.decide(ticket, command, definitions=definitions, at=at)
                other = tickets.decide(linked(ticket), command, definitions=definitions, at=at)
                ways.add((at < due, isinstance(alone, Refused)))
                if isinstance(alone, Refused):
                    assert alone.refusals == other.refusals
                else:
                    assert alone.facts == other.facts
                    assert (alone.facts[0].at == due < at) or at <= due
        ticket = tickets.advance(ticket, definitions=definitions, at=due).ticket
    assert {(True, False), (False, False)} <= ways


def test_a_step_that_reaches_other_tickets_says_so_though_its_ticket_has_no_links():
    """REL-3: what a step opens, and what it asks of the children, follows from it alone."""
    flow = Workflow(
        "parent",
        1,
        states=[State("in", "new", born=True), State("work", "active"), State("done", "resolved")],
        steps=[Step("go", "in", "work", opens="parent"), Step("stop", "work", "done"), Step("skip", "in", "done")],
        propagations=[Propagation(on="stop", do="cancel")],
    )
    definitions, actor = Definitions([flow]), Actor("a7")
    ticket = tickets.decide(None, Accept(ticket="P", actor=actor, kind="parent"), definitions=definitions, at=0).ticket
    child = Attach(ticket="P", actor=actor, child="C", category="new")
    ticket = tickets.decide(ticket, child, definitions=definitions, at=1).ticket
    assert not ticket.links
    skipped = tickets.decide(ticket, Perform(ticket="P", actor=actor, step="skip"), definitions=definitions, at=2)
    assert not skipped.spawns
    gone = tickets.decide(ticket, Perform(ticket="P", actor=actor, step="go"), definitions=definitions, at=2)
    assert [(type(spawn), spawn.kind, spawn.caused_by) for spawn in gone.spawns] == [(Accept, "parent", "P")]
    stop = Perform(ticket="P", actor=actor, step="stop")
    stopped = tickets.decide(gone.ticket, stop, definitions=definitions, at=3)
    assert [(type(spawn), spawn.ticket, spawn.step) for spawn in stopped.spawns] == [(Perform, "C", "cancel")]


def distinct():
    """Return a ticket no two values of which are the same."""
    beside = Beside(**{field.name: f"beside {field.name}" for field in attrs.fields(Beside)})
    told = {field.name: f"the {field.name}" for field in attrs.fields(Ticket)}
    return Ticket(**told | {"version": 7, "at": 1, "keys": (), "fields": FrozenMap(size=2), "beside": beside})


def test_a_fact_that_changes_nothing_leaves_every_slot_as_it_is():
    """EV-6: no slot is forgotten when a ticket is copied to fold a fact."""
    before = distinct()
    after = tickets.evolve(before, NoteAdded(ticket=before.id, at=5, actor="a7", text_ref="话务/1"))
    assert after == attrs.evolve(before, version=8, at=5)
    assert before == distinct()


def test_values_are_the_words_of_the_ticket_and_the_fields_of_the_host():
    """WF-5: every word, in its order, with the value that the ticket shows under that name."""
    ticket = distinct()
    assert [*ticket.values] == [*TICKET_WORDS, "size"]
    assert all(ticket.values[word] == getattr(ticket, word) for word in TICKET_WORDS)


def test_what_was_frozen_by_its_class_is_like_what_was_constructed():
    """EV-3: an answer, its fact and its ticket refuse every change, and equal what their constructors make."""
    definitions, seat = Definitions([library.fault()]), Actor("a7", "seat")
    begun = tickets.decide(None, Accept(ticket="T-7", actor=seat, kind="fault"), definitions=definitions, at=0)
    step = Perform(ticket="T-7", actor=seat, step="take", key="k")
    answer = tickets.decide(begun.ticket, step, definitions=definitions, at=6)
    fact = answer.facts[0]
    for value in (answer, answer.ticket, fact):
        names = [field.name for field in attrs.fields(type(value))]
        made = type(value)(**{name: getattr(value, name) for name in names})
        assert (made, hash(made), repr(made)) == (value, hash(value), repr(value))
        with pytest.raises(FrozenInstanceError):
            setattr(value, names[0], None)
    assert type(fact) is TicketMoved
    assert (fact.key, fact.repeated, fact.deviation, fact.category) == ("k", 1, False, "active")
