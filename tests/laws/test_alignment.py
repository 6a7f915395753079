"""Laws of alignments: as few repairs as brute force finds, told so that they can be done (IMP-9, law 11)."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from oracles.demo_log import FLOW
from oracles.repairs import fewest_repairs, is_run
from servicedesk.errors import UnknownKind
from servicedesk.workflow import State, Step, Workflow, conformance

NAMES = ("a", "b", "c")
CATEGORIES = ("new", "active", "closed")


@st.composite
def nets(draw):
    """Small workflows of any shape: several born states, loops, dead ends, no way to the end at all."""
    born = draw(st.sets(st.sampled_from(NAMES), min_size=1))
    states = [State(name, draw(st.sampled_from(CATEGORIES)), born=name in born) for name in NAMES]
    moves = draw(st.sets(st.sampled_from([(a, b) for a in NAMES for b in NAMES if a != b])))
    return Workflow("net", 1, states=states, steps=[Step(f"{a}{b}", a, b) for a, b in sorted(moves)])


def without_neighbours(states):
    return tuple(states[:1]) + tuple(b for a, b in pairwise(states) if a != b)


RUNS = st.lists(st.sampled_from(NAMES), max_size=6).map(without_neighbours)
SIDES = {"start": st.sampled_from(("born", "any")), "end": st.sampled_from(("closed", "any"))}


@given(nets(), RUNS, SIDES["start"], SIDES["end"])
def test_law_11_no_alignment_needs_more_repairs_than_brute_force(flow, states, start, end):
    """IMP-9, law 11: the cost is the fewest repairs; doing them gives a run, and undoing them the case."""
    fit = conformance(flow, [("T-1", states)], start=start, end=end)
    edges = {(source, step.target) for step in flow.steps for source in step.source}
    starts = {state.name for state in flow.states if start == "any" or state.born}
    ends = {state.name for state in flow.states if end == "any" or state.category.value == "closed"}
    shortest = fewest_repairs((), NAMES, edges, starts, ends, limit=3)
    alignment = fit.variants[0].alignment
    if shortest is None:
        event("no run at all")
        assert (fit.shortest, alignment, fit.log_fitness) == (None, None, None)
        return
    assert len(fit.shortest) == shortest
    assert is_run(fit.shortest, edges, starts, ends)
    assert alignment.cost == fewest_repairs(states, NAMES, edges, starts, ends, limit=len(states) + shortest)
    assert is_run(alignment.run, edges, starts, ends)
    assert tuple(state for repair, state in alignment.moves if repair != "inserted") == states
    assert alignment.cost == len(alignment.inserted) + len(alignment.skipped)
    assert fit.log_fitness == 1 - Fraction(alignment.cost, len(states) + shortest)
    event(f"{len(alignment.inserted)} inserted, {len(alignment.skipped)} skipped")


@given(nets(), st.lists(st.tuples(st.integers(1, 3), RUNS), max_size=4), SIDES["start"], SIDES["end"])
def test_a_log_is_the_sum_of_its_cases(flow, weighted, start, end):
    """IMP-9: counts and fitness of a log are those of its cases one by one, whatever variants they share."""
    runs = [(f"T-{index}-{copy}", states) for index, (n, states) in enumerate(weighted) for copy in range(n)]
    whole = conformance(flow, runs, start=start, end=end)
    singles = [conformance(flow, [run], start=start, end=end) for run in runs]
    for count in ("cases", "conforming", "moves", "allowed", "mid_life"):
        assert getattr(whole, count) == sum(getattr(single, count) for single in singles)
    assert sum(variant.cases for variant in whole.variants) == len(runs)
    event(f"{len(whole.variants)} variants, {'a' if whole.shortest else 'no'} run")
    if whole.shortest and runs:
        lengths = [len(states) + len(whole.shortest) for _, states in runs]
        costs = [(1 - single.log_fitness) * length for single, length in zip(singles, lengths, strict=True)]
        assert whole.log_fitness == 1 - Fraction(sum(costs), sum(lengths))


def test_of_equal_repairs_those_that_believe_more_of_the_log_are_told():
    """IMP-9: Active → Closed is one repair either way: Resolved is inserted, nothing is skipped."""
    fit = conformance(FLOW, [("A2", ("Active", "Closed"))], start="any")
    assert str(fit.variants[0].alignment) == "Active, +Resolved, Closed"
    assert fit.state_fitness == {"Active": 1, "Resolved": 0, "Closed": 1}
    unlike = conformance(FLOW, [("A3", ("Closed", "New", "Resolved", "Closed"))])
    assert str(unlike.variants[0].alignment) == "−Closed, New, Resolved, Closed"
    assert unlike.state_fitness["Closed"] == Fraction(1, 2)
    assert repr(unlike.variants[0]) == (
        "<Variant Closed → New → Resolved → Closed: 1 cases, −Closed, New, Resolved, Closed>"
    )


def test_edges_of_a_log():
    """IMP-9: no log, no moves, no states: 0/0 is no number; equal neighbours are no move."""
    empty = conformance(FLOW, [])
    assert (empty.conforming_share, empty.move_fitness, empty.log_fitness) == (None, None, None)
    assert empty.shortest == ("New", "Resolved", "Closed")
    nothing = conformance(FLOW, [("T-1", ()), ("T-2", ("New", "New"))])
    assert [variant.states for variant in nothing.variants] == [(), ("New",)]
    assert (nothing.moves, nothing.move_fitness, nothing.conforming_share) == (0, None, 1)
    assert [nothing.case_fitness(variant) for variant in nothing.variants] == [0, Fraction(2, 4)]
    with pytest.raises(UnknownKind, match="case T-3: 'Nwe' is not known here; did you mean 'New'"):
        conformance(FLOW, [("T-3", ("Nwe",))])
    with pytest.raises(ValueError, match="start is 'born' or 'any', end is 'closed' or 'any', not 'new' and 'closed'"):
        conformance(FLOW, [], start="new")


def test_variants_and_deviations_are_in_a_total_order():
    """IMP-9: most cases first, then as they were met; deviations by moves, then by name; each with its first case."""
    odd = ("New", "Closed", "New", "Closed")
    fit = conformance(FLOW, [("T-1", odd), ("T-2", ("New", "Closed")), ("T-3", ("New", "Active")), ("T-4", odd)])
    assert [(variant.first, variant.cases) for variant in fit.variants] == [("T-1", 2), ("T-2", 1), ("T-3", 1)]
    assert [str(deviation) for deviation in fit.deviations] == [
        "New → Closed: 5 moves in 3 cases, first T-1",
        "Closed → New: 2 moves in 2 cases, first T-1",
    ]
    assert fit.unused == (
        ("Active", "Resolved"),
        ("New", "Resolved"),
        ("Resolved", "Active"),
        ("Resolved", "Closed"),
    )
