"""Laws of tickets: state is the fold of facts, refusals change nothing, a repeated command adds nothing."""

from hypothesis import event, given
from hypothesis import strategies as st

from servicedesk import tickets
from servicedesk.catalogue import Definitions
from servicedesk.errors import Refused
from servicedesk.events import from_json, to_json
from servicedesk.testing import actors, values, workflows
from servicedesk.tickets import Accept, Assign, Classify, Note, Perform
from servicedesk.workflow import ANY, STAY, Actor, Category, State, Step, Workflow

GROUPS = st.sampled_from((None, "一线", "专家坐席"))
MAYBE = st.sampled_from((None, "高", "x"))


LOOP = Workflow(
    "loop",
    3,
    states=[State("in", "new", born=True), State("work", "active"), State("done", "resolved"), State("gone", "closed")],
    steps=[
        Step("go", "in", "work"),
        Step("done", Category.ACTIVE, "done", outcome="solved"),
        Step("close", "done", "gone"),
        Step("back", ("done", "gone"), "work"),
        Step("touch", ANY, STAY),
    ],
)


@st.composite
def commands(draw, flow, ticket):
    """Commands of every class, mostly steps that are offered now; keys repeat, versions are seldom stale."""
    actor = draw(actors())
    common = {
        "ticket": "T-7",
        "actor": actor,
        "key": draw(st.sampled_from((None, None, *"abcde"))),
        "expected_version": draw(st.sampled_from((*[None] * 11, 1))),
    }
    choice = draw(st.sampled_from((*["offered"] * 6, "perform", "assign", "classify", "note", "accept")))
    if choice == "assign":
        return Assign(**common, group=draw(GROUPS), assignee=draw(MAYBE))
    if choice == "classify":
        return Classify(**common, priority=draw(MAYBE), service=draw(MAYBE))
    if choice == "note":
        return Note(**common, text_ref="话务/1")
    if choice == "accept":
        return Accept(**common, kind=flow.name)
    offers = tickets.available(ticket, actor=actor, definitions=Definitions([flow])) if choice == "offered" else ()
    names = [offer.step for offer in offers] or [step.name for step in flow.steps] or ["none"]
    reason = draw(st.sampled_from((None, "no_permission")))
    return Perform(**common, step=draw(st.sampled_from(names)), data=draw(values()), reason=reason)


@st.composite
def lives(draw):
    """A workflow and a life under it, as (ticket before, command, at, outcome); instants stand still or go back."""
    flow = draw(st.one_of(workflows(), st.just(LOOP)))
    definitions = Definitions([flow])
    born = draw(st.sampled_from([state.name for state in flow.born]))
    command = Accept(ticket="T-7", actor=Actor("a1"), kind=flow.name, state=born, fields=draw(values()))
    ticket, at, played = None, 1_000, []
    for step in (0, *draw(st.lists(st.sampled_from((0, 0, 1, 3, -1)), max_size=12))):
        at += step
        outcome = tickets.decide(ticket, command, definitions=definitions, at=at)
        played.append((ticket, command, at, outcome))
        if not isinstance(outcome, Refused):
            ticket, at = outcome.ticket, max(at, outcome.ticket.at)
        if ticket is None:
            break
        at = max(at, ticket.at)
        command = draw(commands(flow, ticket))
    return flow, played


@given(lives())
def test_law_1_the_ticket_is_always_the_fold_of_its_facts(life):
    """Law 1: live state = bulk replay = one by one, at every prefix, also after JSON; version = number of facts."""
    facts = []
    for _, _, _, outcome in life[1]:
        if isinstance(outcome, Refused):
            event("refused")
            continue
        facts.extend(outcome.facts)
        event(f"{len(outcome.facts)} facts of {type(outcome).__name__}")
        assert outcome.ticket == tickets.replay(facts)
        assert outcome.ticket.version == len(facts)
    one_by_one = None
    for fact in facts:
        one_by_one = tickets.evolve(one_by_one, fact)
    assert one_by_one == tickets.replay(facts) == tickets.replay([from_json(to_json(fact)) for fact in facts])
    for cut in range(len(facts)):
        assert tickets.replay(facts[cut:], tickets.replay(facts[:cut])) == one_by_one
    assert [fact.at for fact in facts] == sorted(fact.at for fact in facts)


@given(lives())
def test_a_refusal_changes_nothing_and_has_a_reason(life):
    """DEC-5, DEC-7: the ticket a refused command was given is the ticket the next one finds."""
    folded = None
    for ticket, command, at, outcome in life[1]:
        assert ticket == folded
        if isinstance(outcome, Refused):
            event(outcome.codes[0])
            assert outcome.refusals
            assert command.ticket in str(outcome)
            if outcome.codes == ("time_went_back",):
                assert at < ticket.at
            if outcome.codes == ("stale_version",):
                assert command.expected_version != ticket.version
        else:
            folded = tickets.replay(outcome.facts, folded)


@given(lives())
def test_law_7_a_repeated_key_adds_nothing(life):
    """Law 7, DEC-4: a double click is harmless, whatever has become of the ticket, even at an earlier instant."""
    flow, played = life
    for _, command, at, outcome in played:
        if command.key is not None and not isinstance(outcome, Refused) and outcome.facts:
            again = tickets.decide(outcome.ticket, command, definitions=Definitions([flow]), at=at - 5)
            event("repeated")
            assert again.facts == ()
            assert again.ticket == outcome.ticket


@given(lives())
def test_rounds_count_the_ways_back_into_the_loop(life):
    """CB-4, §2: a round begins each time a ticket leaves resolved or closed for an open state, and only then."""
    done = {"resolved", "closed"}
    for ticket, _, _, outcome in life[1]:
        if ticket is None or isinstance(outcome, Refused):
            continue
        back = ticket.category in done and outcome.ticket.category not in done
        event("back into the loop" if back else "on")
        assert outcome.ticket.round == ticket.round + back
        if back:
            assert outcome.ticket.outcome is None
