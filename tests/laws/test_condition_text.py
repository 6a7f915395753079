"""Conditions as text (COND-6, 8, 9; law 9 of the workflow page): what is printed is read back."""

from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from oracles.condition_sketches import LENGTHS, built, leaves, trees, wild_leaves
from servicedesk.conditions import Condition, Field
from servicedesk.errors import DefinitionInvalid

WILD_SKETCHES = trees(wild_leaves(), held=LENGTHS, size=6)


@given(WILD_SKETCHES)
def test_what_is_printed_is_read_back(sketch):
    """COND-6, 9, law 9: ``parse(str(c)) == c``; the text is canonical and one line, ``repr`` rebuilds too."""
    condition = built(sketch)
    text = str(condition)
    assume(len(text) <= 10_000)
    for node in condition.walk():
        event(type(node).__name__)
    read = Condition.parse(text)
    assert read == condition
    assert hash(read) == hash(condition)
    assert str(read) == text
    assert text.splitlines() == [text]
    assert text.encode()
    assert eval(repr(condition), {"Condition": Condition}) == condition


def freely(draw, sketch):
    """Write a sketch as a person might: words or signs, spare brackets and blanks, any spelling of a literal."""
    blank = draw(st.sampled_from([" ", "  ", "\n", "\t "]))
    kind = sketch[0]
    if kind in {"and", "or"}:
        sign = draw(st.sampled_from([kind, "&" if kind == "and" else "|"]))
        text = f"{blank}{sign}{blank}".join(f"({freely(draw, part)})" for part in sketch[1])
    elif kind == "not":
        text = f"{draw(st.sampled_from(['~', 'not ', '~ ']))}({freely(draw, sketch[1])})"
    elif kind == "held":
        text = f"held{blank}( {freely(draw, sketch[1])} ,{spelt(draw, sketch[2])} )"
    elif kind == "known":
        text = f"known( {quoted(sketch[1])} )"
    elif kind == "member":
        text = f"{quoted(sketch[1])} in {{ {' , '.join(spelt(draw, literal) for literal in sketch[2])}}}"
    else:
        right = quoted(sketch[3]) if kind == "fields" else spelt(draw, sketch[3])
        text = f"{quoted(sketch[1])}{draw(st.sampled_from(['', blank]))}{sketch[2]}{blank}{right}"
    return draw(st.sampled_from([text, f"({text})", f"{blank}{text}{blank}"]))


def quoted(name):
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def spelt(draw, literal):
    """Spell a literal in one of the ways the grammar offers, each worked out here."""
    if isinstance(literal, bool):
        return "true" if literal else "false"
    if isinstance(literal, str):
        return '"' + "".join(f"\\u{ord(letter):04X}" for letter in literal) + '"'
    if isinstance(literal, timedelta):
        total = literal.days * 86_400_000_000 + literal.seconds * 1_000_000 + literal.microseconds
        days, rest = divmod(abs(total), 86_400_000_000)
        minus = "-" if total < 0 else ""
        return minus + draw(st.sampled_from([f"{days}d{rest}us", f"{abs(total)}us", f"{days * 24}h{rest}us"]))
    if isinstance(literal, datetime):
        return literal.isoformat()
    number = Fraction(literal)
    ways = [f"{number.numerator}/{number.denominator}"]
    if 10_000 % number.denominator == 0:
        points = number.numerator * (10_000 // number.denominator)
        whole, rest = divmod(abs(points), 10_000)
        sign = "-" if points < 0 else ""
        ways += [f"{sign}{whole}.{rest:04}", f"{sign}{abs(points) // 100}.{abs(points) % 100:02}%"]
    return draw(st.sampled_from(ways))


@given(st.data(), trees(leaves(), held=st.integers(0, 3).map(lambda minutes: timedelta(minutes=minutes))))
def test_every_spelling_is_read(data, sketch):
    """COND-6: words for signs, spare brackets and blanks, percent, decimal or ratio, days or hours, offset or not."""
    text = freely(data.draw, sketch)
    event(f"{len(text) // 100}00 characters")
    assert Condition.parse(text) == built(sketch)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("a > 3 & b == 1 | c == 2", "((a > 3) & (b == 1)) | (c == 2)"),
        ("a > 3 | b == 1 & c == 2", "(a > 3) | ((b == 1) & (c == 2))"),
        ("not a > 3 and b == 1", "~(a > 3) & (b == 1)"),
        ("~a > 3 & b == 1", "~(a > 3) & (b == 1)"),
        ("~~known(a)", "~~known(a)"),
        ("(a > 3 & b == 1) & c == 2", "(a > 3) & (b == 1) & (c == 2)"),
        ("a > 3 | (b == 1 | c == 2)", "(a > 3) | (b == 1) | (c == 2)"),
        ('((waiting > 3) & (kind == "fault")) | ~known(agent)', '((waiting > 3) & (kind == "fault")) | ~known(agent)'),
        ('kind == "callback" & urgent == false', '(kind == "callback") & (urgent == false)'),
        ('kind in {"fault","alarm", "fault"}', 'kind in {"fault", "alarm"}'),
        ("x==0.06", "x == 6%"),
        ("x == 3/50", "x == 6%"),
        ("x == 0.5", "x == 50%"),
        ("x == 6.25%", "x == 6.25%"),
        ("x == -0.5%", "x == -0.5%"),
        ("x == 0.01%", "x == 0.01%"),
        ("x == 100%", "x == 1"),
        ("x == 150%", "x == 3/2"),
        ("x == 0.001%", "x == 1/100000"),
        ("x == 2/6", "x == 1/3"),
        ("x == -0", "x == 0"),
        ("x == 12.0", "x == 12"),
        ("x > 3d", "x > 72h"),
        ("x > -90s", "x > -1min30s"),
        ("x > 1h30m", "x > 1h30min"),
        ("x > 2026-03-02T10:00+08:00", "x > 2026-03-02T02:00:00Z"),
        ("x > 2026-03-02T02:00:00.000001Z", "x > 2026-03-02T02:00:00.000001Z"),
        ("held(waiting > 3, 180s)", "held(waiting > 3, 3min)"),
        ("held(held(a > 1, 0s) & b > 1, 2d)", "held(held(a > 1, 0s) & (b > 1), 48h)"),
        ("工单.等待 > `工单.等待`", "工单.等待 > 工单.等待"),
        ("é > `e 1`", "`é` > `e 1`"),
        ('x == "\\u4e8c\\n\\\\"', 'x == "二\\u000a\\\\"'),
        ("`in` > `held`", "`in` > `held`"),
    ],
)
def test_there_is_one_canonical_text(text, canonical):
    """COND-6: fully bracketed, order kept, ``& |`` flattened, one spelling of each literal and name."""
    assert str(Condition.parse(text)) == canonical
    assert str(Condition.parse(canonical)) == canonical


TOKENS = [
    *'(){},~&|<=\\"`²',
    "and",
    "or",
    "not",
    "in",
    "==",
    ">=",
    "known",
    "held",
    "known(a)",
    "held(",
    "3min",
    "a",
    "b.c",
    "`x`",
]
TOKENS += [
    "等待",
    '"t"',
    "true",
    "True",
    "3",
    "6%",
    "3/0",
    "-1",
    "2026-03-02T10:00:00Z",
    "2026-02-30T10:00:00Z",
    "a > 3",
]
TOKENS += ["k == k", 'k in {"x"}', "__import__('os')", "\ud800", "d.1"]
TOKENS += ["9" * 5000, "`x y`", '"\\q"', "9" * 20 + "d"]


@st.composite
def damaged(draw):
    """Draw the text of a condition in which one stretch, perhaps an empty one, is replaced by another."""
    text = str(built(draw(trees(leaves(), held=LENGTHS))))
    start = draw(st.integers(0, len(text)))
    end = draw(st.sampled_from([start, start + 1, start + 2, start + 5]))
    return text[:start] + draw(st.sampled_from(["", " ", *TOKENS])) + text[end:]


@given(damaged() | st.lists(st.sampled_from(TOKENS), max_size=8).map(" ".join) | st.text(max_size=20))
def test_any_text_is_read_or_refused_at_a_position(text):
    """COND-8: nothing but a condition or `DefinitionInvalid` comes out, and the position lies within the text."""
    try:
        condition = Condition.parse(text)
    except DefinitionInvalid as error:
        event("refused")
        (problem,) = error.problems
        position = int(problem.path.removeprefix("condition[").removesuffix("]"))
        assert 0 <= position <= len(text)
    else:
        event("read")
        assert Condition.parse(str(condition)) == condition


def test_limits_of_text_are_met_exactly():
    """COND-8: 10,000 characters and 100 levels are read, one more is refused."""
    longest = "a > 3" + " " * 9_995
    assert Condition.parse(longest) == (Field("a") > 3)
    with pytest.raises(DefinitionInvalid, match="10001 characters"):
        Condition.parse(longest + " ")
    beside = "(a > 3) & " * 120  # levels are counted downwards, not in all
    for before, after in (("(", ")"), ("~", ""), ("held(", ", 1s)"), ("~(", ")")):
        levels = 100 // len(before.replace("held", ""))
        Condition.parse(beside + before * levels + "a > 3" + after * levels)
        with pytest.raises(DefinitionInvalid, match="more than 100 levels"):
            Condition.parse(beside + before * (levels + 1) + "a > 3" + after * (levels + 1))


def test_a_tree_of_a_hundred_levels_is_read_back():
    """COND-6, 8: printing adds no levels: what is at most 100 nodes deep prints as text of at most 100 levels."""
    condition, b = Field("a") > 3, Field("b").is_known
    for level in range(99):
        condition = (~condition, condition & b, condition.held(minutes=1), condition | b)[level % 4]
    assert Condition.parse(str(condition)) == condition
