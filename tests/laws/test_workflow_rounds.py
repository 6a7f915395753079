"""Rounds of open work that nothing counts or ends: the law against a plain walk, and the cases either way (CHK-2)."""

from itertools import permutations

import pytest
from attrs import evolve
from hypothesis import event, given
from hypothesis import strategies as st

from servicedesk.workflow import (
    SAME,
    STAY,
    Return,
    State,
    Step,
    Workflow,
    all_of,
    any_of,
    counter_below,
    has_mark,
    library,
    negate,
)

LIMIT = counter_below("rounds", 2)


def found(flow):
    """Severity and states of each such problem."""
    return [(p.severity, p.witness) for p in flow.problems() if p.code == "unbounded_loop"]


# --- law --------------------------------------------------------------------------------------------------------------


@st.composite
def busy(draw):
    """A workflow of three to five states, mostly open, and steps between them that count and are limited at random."""
    kinds = draw(st.lists(st.sampled_from(("active", "new", "waiting", "active", "resolved")), min_size=3, max_size=5))
    names = [f"s{number}" for number in range(len(kinds))]
    states = [State(name, kind, born=name == "s0") for name, kind in zip(names, kinds, strict=True)]
    place = st.sampled_from(names)
    back = st.lists(place, min_size=1, max_size=2).map(lambda among: Return(*among))
    step = st.builds(
        Step,
        st.just("step"),
        st.lists(place, min_size=1, max_size=2, unique=True),
        st.one_of(place, place, place, back, st.sampled_from((SAME, STAY))),
        guards=st.sampled_from(((), (), (LIMIT,))),
        counts=st.sampled_from(((), (), ("rounds",))),
    )
    raised = Step("raise", "s0", STAY, counts="rounds")  # a limit on what nothing raises would be unknown
    extra = draw(st.lists(step, max_size=6))
    ring = [evolve(draw(step), source=a, target=b) for a, b in zip(names, (*names[1:], names[0]), strict=True)]
    steps = [evolve(each, name=f"t{number}") for number, each in enumerate((*ring, *extra))]
    return Workflow("x", 1, states=states, steps=[*steps, raised])


def hand_overs(flow, steps):
    """Every way from one open state to another; a way out of a pause leads to whoever paused it."""
    kinds = {state.name: state.category.value for state in flow.states}
    names = [name for name, kind in kinds.items() if kind in ("new", "active", "waiting")]
    for step in steps:
        for source in set(names) & {*step.source}:
            if isinstance(step.target, Return):
                targets = set() if kinds[source] == "waiting" else {*step.target.among}
            else:
                targets = {step.target} - {SAME, STAY}
            yield from ((source, target) for target in targets & {*names})


def reached(ways, start):
    """Walk until nothing new is met."""
    seen, more = set(), {start}
    while more:
        more = {target for source, target in ways if source in more} - seen
        seen |= more
    return seen


def partners(flow, steps):
    """Every two states that are no waits and can hand work to each other and back."""
    ways = set(hand_overs(flow, steps))
    names = [state.name for state in flow.states if state.category.value != "waiting"]
    return {(a, b) for a, b in permutations(names, 2) if b in reached(ways, a) and a in reached(ways, b)}


@given(busy())
def test_a_round_is_told_iff_a_walk_finds_one(flow):
    """CHK-2, decision 0008: warned of where nothing counts the round, told where it is counted and not limited."""
    free = [step for step in flow.steps if not step.guards]
    unseen, endless = partners(flow, [step for step in free if not step.counts]), partners(flow, free)
    groups = found(flow)
    event("warned" if unseen else "told" if endless else "nothing")
    busy_names = {state.name for state in flow.states if state.category.value != "waiting"}
    warned = {pair for kind, names in groups if kind == "warning" for pair in permutations(busy_names & {*names}, 2)}
    told = {pair for _, names in groups for pair in permutations(busy_names & {*names}, 2)}
    assert warned == unseen
    assert told == endless


# --- cases ------------------------------------------------------------------------------------------------------------


def ring(*back_guards, counts=(), middle="active"):
    """Work goes to a second desk, perhaps by way of a third place, and comes back."""
    return Workflow(
        "x",
        1,
        states=[
            State("desk", "active", born=True),
            State("between", middle),
            State("back", "active"),
            State("done", "closed", final=True),
        ],
        steps=[
            Step("pass_on", "desk", "between"),
            Step("take", "between", "back"),
            Step("return", "back", "desk", guards=back_guards, counts=counts),
            Step("close", "back", "done"),
            Step("note", "desk", STAY, counts="rounds", requires="note"),
        ],
    )


WAY = ("desk", "between", "back")


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        (ring(), [("warning", WAY)]),
        (ring(middle="waiting"), [("warning", WAY)]),
        (ring(middle="resolved"), []),
        (ring(counts="rounds"), [("info", WAY)]),
        (ring(LIMIT, counts="rounds"), []),
        (ring(all_of(has_mark("m"), LIMIT), counts="rounds"), []),
        (ring(any_of(LIMIT, LIMIT), counts="rounds"), []),
        (ring(any_of(has_mark("m"), LIMIT), counts="rounds"), [("info", WAY)]),
        (ring(negate(LIMIT), counts="rounds"), [("info", WAY)]),
        (ring(negate(LIMIT)), [("warning", WAY)]),
    ],
    ids=str.split(
        "nothing by_a_wait by_a_solution counted limited limited_among_others limited_either_way "
        "limited_or_not only_after_the_limit only_after_the_limit_uncounted"
    ),
)
def test_what_counts_and_what_ends_a_round(flow, expected):
    """CHK-2, decision 0008: a count makes it seen, a limit that always refuses in the end makes it finite."""
    flow = evolve(flow, marks=[*flow.marks], steps=[*flow.steps, Step("prove", "done", STAY, gives="m")])
    assert found(flow) == expected


def test_a_pause_is_no_round():
    """CHK-2, WF-8: held and resumed where it was, by name or by ``Return``, work is not handed on."""
    flow = Workflow(
        "x",
        1,
        states=[State("one", "active", born=True), State("two", "active"), State("held", "waiting")],
        steps=[Step("hold", ("one", "two"), "held"), Step("resume", "held", Return("one", "two"))],
    )
    assert found(flow) == []
    assert found(flow.extend(version=2, steps=[Step("to_one", "held", "one"), Step("to_two", "held", "two")])) == [
        ("warning", ("one", "two", "held"))
    ]


def test_the_library_is_told_what_is_true_of_it():
    """CHK-2: of fourteen loops, at most three pass open work round unseen; the telephone loops of a desk do not."""
    warned = {loop().name for loop in library.LOOPS for kind, _ in found(loop()) if kind == "warning"}
    assert warned <= {"self_service", "business_expansion", "alarm"}
