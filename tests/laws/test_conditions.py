"""Conditions (COND-1 to 5, 9, EMG-8; law 9 of the workflow page): Kleene's logic, explanations, equality, holds."""

import copy
import enum
import itertools
import pickle
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pendulum
import pytest
from hypothesis import event, given, target
from hypothesis import strategies as st

from oracles import three_valued as oracle
from oracles.condition_sketches import LENGTHS, LETTER, NOON, ZONES, built, leaves, snapshots, trees, wild_leaves
from servicedesk.conditions import And, Comparison, Condition, Field, Held, Known, Membership, Not, Or

SKETCHES = trees(leaves())


# --- logic ------------------------------------------------------------------------------------------------------------


@given(SKETCHES, snapshots())
def test_truth_is_that_of_the_naive_interpreter(sketch, values):
    """Law 9, COND-4: compiled closures agree with truth tables walked afresh."""
    expected = oracle.truth(sketch, lambda leaf: oracle.leaf_truth(leaf, values))
    event(f"truth {expected}")
    target(len(oracle.leaves(sketch)), label="leaves")
    condition = built(sketch)
    assert LETTER[condition.truth(values)] == expected
    assert condition.holds(values) is (expected == "T")


@given(SKETCHES, snapshots(foreign=2))
def test_a_mixture_of_families_is_a_type_error_wherever_it_stands(sketch, values):
    """COND-3: a mixture is refused whatever the other parts say and in whatever order; without one there is a truth."""
    try:
        expected = oracle.truth(sketch, lambda leaf: oracle.leaf_truth(leaf, values))
    except oracle.Mixed:
        expected = "mixed"
    event(f"truth {expected}")
    if expected == "mixed":
        for question in (built(sketch).truth, built(sketch).holds, built(sketch).explain):
            with pytest.raises(TypeError):
                question(values)
    else:
        assert LETTER[built(sketch).truth(values)] == expected


@given(SKETCHES, snapshots())
def test_a_condition_and_its_opposite_never_hold_together(sketch, values):
    """COND-4: both may fail to hold, which is so exactly if the truth is unknown."""
    condition = built(sketch)
    both = (condition.holds(values), (~condition).holds(values))
    event(f"{both}")
    assert both != (True, True)
    assert (both == (False, False)) is (condition.truth(values) is None)


@pytest.mark.parametrize(("one", "other"), list(itertools.product([True, False, None], repeat=2)))
def test_joints_follow_the_truth_tables(one, other):
    """COND-4, law 9: all nine pairs of truths under ``&`` and ``|``, all three under ``~``, and De Morgan's laws."""
    a, b, values = Field("a") == True, Field("b") == True, {"a": one, "b": other}  # noqa: E712  # a condition, no test
    pair = LETTER[one] + LETTER[other]
    assert LETTER[(a & b).truth(values)] == oracle.AND[pair]
    assert LETTER[(a | b).truth(values)] == oracle.OR[pair]
    assert LETTER[(~a).truth(values)] == oracle.NOT[LETTER[one]]
    assert LETTER[(~(a & b)).truth(values)] == oracle.OR[oracle.NOT[LETTER[one]] + oracle.NOT[LETTER[other]]]
    assert LETTER[(~(a | b)).truth(values)] == oracle.AND[oracle.NOT[LETTER[one]] + oracle.NOT[LETTER[other]]]


@given(st.lists(SKETCHES, min_size=2, max_size=4), snapshots())
def test_de_morgan(sketches, values):
    """Law 9: the opposite of "all" is "any opposite", the opposite of "any" is "all opposites"."""
    parts = [built(sketch) for sketch in sketches]
    opposites = [~part for part in parts]
    event(f"{LETTER[And(parts).truth(values)]}{LETTER[Or(parts).truth(values)]}")
    assert (~And(parts)).truth(values) is Or(opposites).truth(values)
    assert (~Or(parts)).truth(values) is And(opposites).truth(values)


def test_a_rate_of_nothing_holds_neither_way():
    """Example 9: 1/16 is 6.25 % and at least 6 %, 1/17 is not, and 0/0 is unknown."""
    condition = Condition.parse("(waiting > 3) & (loss >= 6%)")
    assert condition.holds({"waiting": 5, "loss": Fraction(1, 16)})
    assert not condition.holds({"waiting": 5, "loss": Fraction(1, 17)})
    assert (~condition).holds({"waiting": 5, "loss": Fraction(1, 17)})
    assert not condition.holds({"waiting": 5, "loss": None})
    assert not (~condition).holds({"waiting": 5})


def test_known_tells_apart_what_comparisons_cannot():
    """COND-1, EMG-11: a rule says whether missing data counts as met or as not met."""
    loss = Field("loss") > Fraction(6, 100)
    met, unmet = loss | ~Field("loss").is_known, loss & Field("loss").is_known
    assert (met.truth({}), unmet.truth({}), loss.truth({})) == (True, False, None)
    assert Field("loss").is_known.truth({"loss": False}) is True


# --- values -----------------------------------------------------------------------------------------------------------


class Kind(enum.StrEnum):
    FAULT = "fault"


class Line(enum.IntEnum):
    SECOND = 2


@pytest.mark.parametrize(
    ("condition", "value", "truth"),
    [
        (Field("x") == Kind.FAULT, "fault", True),
        (Field("x") == "fault", Kind.FAULT, True),
        (Field("x").is_in(Kind.FAULT), Kind.FAULT, True),
        (Field("x") >= Line.SECOND, 1, False),
        (Field("x") < 3, Line.SECOND, True),
        (Field("x").is_in(1, 2), Line.SECOND, True),
        (Field("x") == Decimal("0.06"), Fraction(6, 100), True),
        (Field("x") >= Fraction(6, 100), Decimal("0.06"), True),
        (Field("x").is_in(Fraction(1, 2)), Decimal("0.5"), True),
        (Field("x") == 2, Fraction(4, 2), True),
        (Field("x") <= timedelta(days=31), pendulum.datetime(2026, 4, 1) - pendulum.datetime(2026, 3, 1), True),
        (Field("x") > timedelta(minutes=3), pendulum.duration(minutes=3, microseconds=1), True),
        (Field("x").is_in(timedelta(minutes=3)), pendulum.duration(seconds=180), True),
        (Field("x") == 0, False, TypeError),
        (Field("x").is_in(0, 1), True, TypeError),
        (Field("x") == True, 1, TypeError),  # noqa: E712  # a condition, no test
    ],
)
def test_values_of_one_family_compare_whatever_their_type(condition, value, truth):
    """COND-2, 3: members of enums, decimals, pendulum's durations are plain values; a flag is no number."""
    if truth is TypeError:
        with pytest.raises(TypeError):
            condition.truth({"x": value})
    else:
        assert condition.truth({"x": value}) is truth


BERLIN = pendulum.timezone("Europe/Berlin")
TWICE = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)  # the clock shows 02:30 twice that night


def test_instants_compare_by_microseconds_never_by_wall_clock():
    """COND-3: in the night of the autumn change 02:30 is earlier than 02:30, though ``datetime`` says equal."""
    first, second = TWICE.replace(fold=0), TWICE.replace(fold=1)
    assert first == second
    assert (Field("at") < second).truth({"at": first}) is True
    assert (Field("at") == second).truth({"at": first}) is False
    assert Field("at").is_in(second).truth({"at": first}) is False
    assert (Field("at") < Field("due")).truth({"at": first, "due": second}) is True
    assert (Field("at") < second) != (Field("at") < first)


# --- explanations -----------------------------------------------------------------------------------------------------


@given(SKETCHES, snapshots())
def test_exactly_the_decisive_leaves_change_the_result_when_flipped_alone(sketch, values):
    """COND-5: checked by the oracle; an unknown leaf is decisive if one of its two answers would change the result."""
    found = {built(leaf): oracle.leaf_truth(leaf, values) for leaf in oracle.leaves(sketch)}
    result = oracle.truth(sketch, lambda leaf: found[built(leaf)])
    explanation = built(sketch).explain(values)
    assert LETTER[explanation.result] == result
    assert {leaf.condition: LETTER[leaf.result] for leaf in explanation.leaves} == found
    for leaf in explanation.leaves:
        assert dict(leaf.values) == {name: values.get(name) for name in leaf.condition.fields}
        flips = [
            oracle.truth(sketch, lambda other, leaf=leaf, letter=letter:
                         letter if built(other) == leaf.condition else found[built(other)])
            for letter in {"T": "F", "F": "T", "U": "TF"}[LETTER[leaf.result]]
        ]  # fmt: skip  # a table is read by its columns
        event(f"leaf {LETTER[leaf.result]} in {result} decisive {leaf.decisive}")
        assert leaf.decisive is any(flip != result for flip in flips)
    assert explanation.decisive == tuple(leaf for leaf in explanation.leaves if leaf.decisive)


def test_an_unknown_leaf_is_decisive_if_one_answer_would_decide():
    """COND-5: of two unknown parts, "no" to either settles "both", "yes" to either settles "any"."""
    a, b = Field("a") > 3, Field("b") > 3
    assert [leaf.condition for leaf in (a & b).explain({}).decisive] == [a, b]
    assert [leaf.condition for leaf in (a | b).explain({}).decisive] == [a, b]
    assert [leaf.condition for leaf in (a & b).explain({"b": 0}).decisive] == [b]
    assert [leaf.condition for leaf in (a | a & b).explain({"b": 0}).decisive] == [a]


def test_an_explanation_reads_from_top_to_bottom():
    """COND-5: the text tells the result, then each distinct leaf once, in the order of the condition."""
    condition = Condition.parse('(waiting > 3 & kind == "fault") | (waiting > 3 & ~known(agent)) | a < b')
    assert str(condition.explain({"waiting": 5, "kind": "alarm", "agent": "a7", "a": 1})).splitlines() == [
        'unknown: ((waiting > 3) & (kind == "fault")) | ((waiting > 3) & ~known(agent)) | (a < b)',
        "  true: waiting > 3, waiting is 5",
        '  false: kind == "fault", kind is "alarm" (decisive)',
        '  true: known(agent), agent is "a7" (decisive)',
        "  unknown: a < b, a is 1, b is unknown (decisive)",
    ]


# --- structure --------------------------------------------------------------------------------------------------------


@given(trees(wild_leaves(), held=LENGTHS, size=6))
def test_conditions_survive_pickle_and_copies(sketch):
    """COND-1: a condition is a value: equal and equally hashed after pickling and copying, used before or not."""
    condition = built(sketch)
    for twin in (pickle.loads(pickle.dumps(condition)), copy.copy(condition), copy.deepcopy(condition)):
        assert twin == condition
        assert hash(twin) == hash(condition)


@given(SKETCHES, snapshots())
def test_a_used_condition_is_still_the_same_value(sketch, values):
    """COND-1: what is compiled on first use is no part of the value, and stays out of pickles."""
    used, fresh = built(sketch), built(sketch)
    result = used.truth(values)
    assert used == fresh
    assert hash(used) == hash(fresh)
    assert pickle.loads(pickle.dumps(used)).truth(values) is result


def test_conditions_cannot_be_changed():
    """COND-1: frozen."""
    with pytest.raises(AttributeError):
        (Field("a") > 3).literal = 4


def test_joints_are_flat_and_keep_their_order():
    """COND-6: brackets between equal joints do not matter, the order of the parts does."""
    a, b, c = Field("a") > 1, Field("b") > 1, Field("c") > 1
    assert (a & b) & c == a & (b & c) == And((a, b, c)) == And(part for part in (a, And((b, c))))
    assert (a | b) | c == a | (b | c) == Or((a, b, c))
    assert a & b != b & a
    assert (a & b) | c != a & (b | c)
    assert (a & (b | c)).children == (a, b | c)


def test_children_walk_and_fields_show_the_whole_tree():
    """COND-1: every node is reached, parents first; all names are listed, of both sides of a comparison."""
    a, b = Field("a") > Field("x"), Field("b").is_in(1)
    held = Held(~Known("c"), timedelta(minutes=3))
    condition = (a | b) & held
    assert list(condition.walk()) == [condition, a | b, a, b, held, ~Known("c"), Known("c")]
    assert condition.fields == {"a", "x", "b", "c"}
    assert a.children == b.children == ()


def test_nodes_are_public_and_take_apart():
    """COND-1: each node is a class with named parts, for readers such as the compiler of the emergency room."""
    assert (Field("a") > 3) == Comparison("a", ">", 3)
    assert Field("a").is_in("x", "y") == Membership("a", ("x", "y")) == Membership("a", ["x", "y", "x"])
    assert Field("a").is_known == Known("a")
    assert ~Known("a") == Not(Known("a"))
    match Field("a") < Field("b"):
        case Comparison(name, symbol, Field(other)):
            assert (name, symbol, other) == ("a", "<", "b")
        case _:
            pytest.fail("a comparison of fields is a Comparison with a Field")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Field("x") == 2, Field("x") == Fraction(4, 2)),
        (Field("x") == Fraction(6, 100), Field("x") == Decimal("0.06")),
        (Field("x") == "fault", Field("x") == Kind.FAULT),
        (Field("x") == 2, Field("x") == Line.SECOND),
        (Field("x") > NOON, Field("x") > NOON.astimezone(ZONES[1])),
        (Field("x") > timedelta(minutes=3), Field("x") > pendulum.duration(seconds=180)),
        (Field("x") < 3, 3 > Field("x")),  # noqa: SIM300  # the mirrored form is the case
        (Field("x") >= NOON, NOON <= Field("x")),  # noqa: SIM300  # the mirrored form is the case
        (Field("x") == Field("y"), Comparison("x", "==", Field("y"))),
    ],
)
def test_equal_meaning_is_equal_structure(one, other):
    """COND-1, 2: literals are kept exact and plain, instants in UTC, so equal literals make equal conditions."""
    assert one == other
    assert hash(one) == hash(other)
    assert str(one) == str(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Field("x") == True, Field("x") == 1),  # noqa: E712  # a condition, no test
        (Membership("x", (True,)), Membership("x", (1,))),
        (Field("x") == "y", Field("x") == Field("y")),
        (Field("x") == Field("y"), Field("x") == Field("z")),
        (Field("x") == "1", Field("x") == 1),
        (Field("x") == 0, Field("x") == timedelta(0)),
        (Field("x") > 3, Field("x") >= 3),
        (Field("x") > 3, Field("y") > 3),
        (Field("x").is_in(1, 2), Field("x").is_in(2, 1)),
        (Field("x") == 1, Field("x").is_in(1)),
        ((Field("x") > 3).held(minutes=3), (Field("x") > 3).held(minutes=4)),
        (And((Known("x"), Known("y"))), Or((Known("x"), Known("y")))),
        (~~Known("x"), Known("x")),
    ],
)
def test_other_meaning_is_other_structure(one, other):
    """COND-1, 3: ``True`` is not ``1``, a name is not a text, order and operator count."""
    assert one != other
    assert len({one, other}) == 2


# --- holds ------------------------------------------------------------------------------------------------------------


def test_all_ways_to_say_how_long_are_one():
    """COND-9, EMG-8: numbers, text and timedelta build the same `Held`."""
    condition = Field("waiting") > 3
    ways = [
        condition.held(minutes=3),
        condition.held(seconds=180),
        condition.held("3min"),
        condition.held("2min", seconds=60),
        condition.held(for_=timedelta(minutes=3)),
        Held(condition, pendulum.duration(minutes=3)),
        Condition.parse("held(waiting > 3, 3min)"),
    ]
    assert len(set(ways)) == 1
    assert ways[0].for_ == timedelta(minutes=3)
    assert condition.held(hours=1).for_ == timedelta(hours=1)
    assert condition.held(seconds=0).for_ == timedelta(0)


@given(trees(leaves(), held=LENGTHS), snapshots())
def test_a_hold_is_refused_on_one_snapshot(sketch, values):
    """COND-9: wherever it stands and whatever the other parts say; the rest can still be asked without it."""
    condition = built(sketch)
    held = any(isinstance(node, Held) for node in condition.walk())
    event(f"held {held}")
    for question in (condition.truth, condition.holds, condition.explain):
        if held:
            with pytest.raises(TypeError, match="a hold needs a Watch"):
                question(values)
        else:
            question(values)
