"""Generated sketches of conditions (see `three_valued`), the values they are asked about, and the conditions built."""

import functools
import operator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pendulum
from hypothesis import strategies as st

from servicedesk.conditions import Field

LETTER = {True: "T", False: "F", None: "U"}
OPERATIONS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def built(sketch):
    """Build the condition of an oracle's sketch through the public API alone."""
    match sketch:
        case "compare", name, symbol, literal:
            return OPERATIONS[symbol](Field(name), literal)
        case "fields", name, symbol, other:
            return OPERATIONS[symbol](Field(name), Field(other))
        case "member", name, literals:
            return Field(name).is_in(*literals)
        case "known", name:
            return Field(name).is_known
        case "not", part:
            return ~built(part)
        case "held", part, length:
            return built(part).held(length)
        case "and", parts:
            return functools.reduce(operator.and_, map(built, parts))
        case "or", parts:
            return functools.reduce(operator.or_, map(built, parts))
    raise AssertionError(sketch)


# Few values that lie close together, so that comparisons hang in the balance; each zone shows the same instants.
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ZONES = (UTC, timezone(timedelta(hours=8)), pendulum.timezone("Europe/Berlin"))
DENSE = {
    "flag": st.booleans(),
    "number": st.sampled_from([0, 1, 2, Fraction(1, 2), Fraction(3, 2), Decimal("0.5"), Decimal("1.0"), Decimal(2)]),
    "text": st.sampled_from(["fault", "alarm", ""]),
    "span": st.integers(-1, 2).map(lambda minutes: timedelta(minutes=minutes)),
    "instant": st.builds(lambda us, zone: (NOON + timedelta(microseconds=us)).astimezone(zone),
                         st.integers(0, 1), st.sampled_from(ZONES)),
}  # fmt: skip  # a table is read by its columns
FIELDS = {"flag": ("urgent", "night"), "number": ("waiting", "等待"), "text": ("kind", "first line"),
          "span": ("wait", "call.wait"), "instant": ("at", "due")}  # fmt: skip  # a table is read by its columns
ORDERED = ("number", "span", "instant")
NEVER = st.nothing()


@st.composite
def leaves(draw):
    family = draw(st.sampled_from(sorted(FIELDS)))
    name, other = draw(st.permutations(FIELDS[family]))
    symbol = draw(st.sampled_from(sorted(OPERATIONS) if family in ORDERED else ["==", "!="]))
    literals = tuple(draw(st.lists(DENSE[family], min_size=1, max_size=3)))
    return draw(
        st.sampled_from([
            ("compare", name, symbol, literals[0]),
            ("fields", name, symbol, other),
            ("member", name, literals),
            ("known", name),
        ])
    )  # fmt: skip  # a table is read by its columns


def trees(leaf, *, held=NEVER, size=8):
    def joined(part):
        parts = st.lists(part, min_size=2, max_size=3).map(tuple)
        return st.one_of(
            st.tuples(st.just("and"), parts),
            st.tuples(st.just("or"), parts),
            st.tuples(st.just("not"), part),
            st.tuples(st.just("held"), part, held),
        )

    return st.recursive(leaf, joined, max_leaves=size)


MISSING = object()


def snapshots(foreign=0):
    """Draw values for all fields: of ten, seven are known, ``foreign`` of these are of a wrong family."""

    def value(family):
        right = DENSE[family]
        wrong = st.one_of(*(DENSE[other] for other in sorted(DENSE) if other != family))
        chosen = [right] * (7 - foreign) + [wrong] * foreign + [st.none(), st.none(), st.just(MISSING)]
        return st.integers(0, 9).flatmap(chosen.__getitem__)

    drawn = st.fixed_dictionaries({name: value(family) for family, names in FIELDS.items() for name in names})
    return drawn.map(lambda values: {name: value for name, value in values.items() if value is not MISSING})


# --- the whole width: any name, any literal ---------------------------------------------------------------------------

NASTY = ["", " ", "in", "and", "NOT", "True", "known", "held", "`", "``", "\\", '"', "\n", "a b", "a.b", ".a", "a."]
NASTY += [
    "a..b",
    "1a",
    "a-b",
    "a.1",
    "é",
    "等待",
    "工单.等待",
    "等 待",
    "٣",
    "²",
    "\u200b",
    "\u202e",
    "\ud800",
    "𝔘",
    "3min",
]
NAMES = st.sampled_from([name for name in NASTY if name]) | st.text(min_size=1, max_size=6)
NUMBERS = st.one_of(
    st.integers(),
    st.fractions(),
    st.fractions(max_denominator=20),
    st.integers(-20_000, 20_000).map(lambda points: Fraction(points, 10_000)),
    st.decimals(allow_nan=False, allow_infinity=False, places=6),
)
INSTANTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.sampled_from(ZONES))
WILD = {
    "flag": st.booleans(),
    "number": NUMBERS,
    "text": st.sampled_from(NASTY) | st.text(),
    "span": st.timedeltas(),
    "instant": INSTANTS,
}
LENGTHS = st.timedeltas(min_value=timedelta(0))


@st.composite
def wild_leaves(draw):
    family = draw(st.sampled_from(sorted(WILD)))
    name, other = draw(NAMES), draw(NAMES)
    symbol = draw(st.sampled_from(sorted(OPERATIONS) if family in ORDERED else ["==", "!="]))
    literals = tuple(draw(st.lists(WILD[family], min_size=1, max_size=3)))
    return draw(
        st.sampled_from([
            ("compare", name, symbol, literals[0]),
            ("fields", name, draw(st.sampled_from(sorted(OPERATIONS))), other),
            ("member", name, literals),
            ("known", name),
        ])
    )  # fmt: skip  # a table is read by its columns
