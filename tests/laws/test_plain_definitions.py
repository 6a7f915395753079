"""Definitions as plain data, JSON and TOML: law 7, PLN-1, PLN-3 and PLN-7."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import attrs
import pendulum
import pytest
from attrs import field, frozen
from hypothesis import event, given
from hypothesis import strategies as st

from oracles.plain_facts import Colour, maps
from oracles.store_facts import integers, keys_of_maps, texts
from servicedesk.conditions import Condition, Field
from servicedesk.errors import DefinitionInvalid, Problem
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.instants import from_us
from servicedesk.plain import from_plain, to_plain, toml_text

# --- definitions ------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Temperature:
    """A class with a plain form of its own."""

    degrees: int

    def __plain__(self) -> Any:
        return {"unit": "C", "degrees": self.degrees, "history": [None, True, "x"]}

    @classmethod
    def __from_plain__(cls, data: Any) -> Temperature:
        if not isinstance(data, dict) or data.get("unit") != "C":
            raise ValueError("a temperature has a unit: C")
        return cls(degrees=from_plain(int, data["degrees"], "degrees"))


@frozen(kw_only=True)
class Rule:
    """One field of each form that only a definition may have."""

    name: str
    since: datetime
    when: Condition
    colour: Colour = Colour.RED
    weather: Temperature | None = None
    extra: FrozenMap[str, Any] = field(default=EMPTY, converter=freeze)

    def problems(self) -> tuple[Problem, ...]:
        """What a definition says of itself."""
        if self.name == "nameless":
            return (
                Problem("name", "'nameless' says nothing"),
                Problem("colour", "is a matter of taste", severity="info"),
            )
        return (Problem("colour", "is a matter of taste", severity="warning"),)


@frozen(kw_only=True)
class Book:
    title: str
    rules: tuple[Rule, ...] = ()
    limits: FrozenMap[str, Fraction] = field(default=EMPTY, converter=freeze)
    first: Rule | None = None

    def __attrs_post_init__(self) -> None:
        if len(self.limits) > 3:
            raise ValueError(f"a book has at most 3 limits, not {len(self.limits)}")


conditions = st.sampled_from(
    [
        (Field("waiting") > 3) & (Field("kind") == "fault"),
        ~Field("agent").is_known | (Field("loss") >= Fraction(6, 100)),
        (Field("waiting") > 3).held(minutes=3),
        Field("工单") == '"quoted" \\ 中文',
    ]
)
zones = st.sampled_from(
    ["UTC", "Asia/Shanghai", "Europe/London", "Australia/Lord_Howe", "Etc/GMT+7", "Europe/Amsterdam", "+05:45"]
)
instants = st.one_of(
    st.builds(from_us, st.integers(-(5 * 10**16), 5 * 10**16), zones),
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-11, minutes=-30))])),
)
rules = st.builds(
    Rule,
    name=texts.filter(lambda name: name != "nameless"),
    since=instants,
    when=conditions,
    colour=st.sampled_from(Colour),
    weather=st.none() | st.integers(-50, 50).map(lambda degrees: Temperature(degrees=degrees)),
    extra=maps,
)
books = st.builds(
    Book,
    title=texts,
    rules=st.lists(rules, max_size=3).map(tuple),
    limits=st.dictionaries(texts, st.fractions(), max_size=3).map(FrozenMap),
    first=st.none() | rules,
)


@given(books)
def test_PLN_1_a_definition_comes_back_from_plain_data_and_from_json(book: Book):
    """Law 7 for definitions; plain data is dict, list, str, int, bool and None only."""
    data = to_plain(book)
    assert only_plain(data)
    assert from_plain(Book, data) == book
    assert from_plain(Book, json.loads(json.dumps(data))) == book
    assert from_plain(FrozenMap[str, Any], to_plain(FrozenMap(book=1, x=(Fraction(1, 3),)))) == {
        "book": 1,
        "x": (Fraction(1, 3),),
    }


def only_plain(data: Any) -> bool:
    if type(data) is dict:
        return all(type(key) is str and only_plain(value) for key, value in data.items())
    return all(map(only_plain, data)) if type(data) is list else type(data) in (str, int, bool, type(None))


@given(books)
def test_PLN_7_a_definition_comes_back_from_toml(book: Book):
    """Law 7 through TOML; null is all that TOML cannot say."""
    data = without_null(to_plain(book))
    text = toml_text(data)
    event(f"{text.count('[[')} lists of tables")
    assert tomllib.loads(text) == data
    if data == to_plain(book):
        event("a whole book")
        assert from_plain(Book, tomllib.loads(text)) == book


def without_null(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: without_null(value) for key, value in data.items() if value is not None}
    return [without_null(item) for item in data if item is not None] if isinstance(data, list) else data


toml_values = st.recursive(
    st.booleans() | integers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys_of_maps, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(keys_of_maps, toml_values, max_size=4))
def test_PLN_7_tomllib_reads_what_the_writer_wrote(data: dict[str, Any]):
    """Tables in tables, lists of tables, mixed lists, empty ones, keys and texts of any character."""
    event("lists of tables" if "[[" in toml_text(data) else "none")
    assert tomllib.loads(toml_text(data)) == data


def test_PLN_7_null_cannot_be_written_and_its_place_is_told():
    with pytest.raises(DefinitionInvalid, match=r"tier\.\"a b\"\[1\]: TOML has no null; leave the key out"):
        toml_text({"tier": {"a b": [1, None]}})


def test_PLN_7_the_text_of_a_small_definition():
    data = {"name": "III", "signals": ["waiting"], "tier": {"rank": 1, "measures": [{"name": "a"}, {"name": "b"}]}}
    assert toml_text(data) == (
        'name = "III"\nsignals = ["waiting"]\n\n[tier]\nrank = 1\n\n'
        '[[tier.measures]]\nname = "a"\n\n[[tier.measures]]\nname = "b"\n'
    )
    assert toml_text({}) == "\n"


FAULTS: dict[str, tuple[Any, str]] = {
    "name": (5, "5 is not text"),
    "since": ("2026-03-02", "'2026-03-02' is not an instant; write '2026-03-02T10:00:00+08:00'"),
    "when": ("waiting >", ""),
    "colour": ("rde", "'rde' is not a colour; did you mean 'red'? allowed: red, dark blue, 7"),
    "weather": ({"degrees": 5}, "a temperature has a unit: C"),
    "extra": ([], "a list is not a table"),
    "wehn": ("x", "unknown key; did you mean 'when'?"),
}


@given(
    rows=st.lists(rules, min_size=1, max_size=3),
    faults=st.sets(st.tuples(st.integers(0, 2), st.sampled_from(sorted(FAULTS))), min_size=1, max_size=8),
)
def test_PLN_3_every_fault_of_a_definition_is_told_and_no_other(rows: list[Rule], faults: set[tuple[int, str]]):
    """As many problems as faults, each at its path, in the order of the definition, unknown keys last."""
    data = {"title": "t", "rules": [to_plain(rule) for rule in rows]}
    put = {(index % len(rows), name) for index, name in faults}
    for index, name in put:
        data["rules"][index][name] = FAULTS[name][0]
    event(f"{len(put)} faults")
    with pytest.raises(DefinitionInvalid) as caught:
        from_plain(Book, data, "book")
    order = sorted(put, key=lambda fault: (fault[0], list(FAULTS).index(fault[1])))
    found = [(problem.path, problem.message) for problem in caught.value.problems]
    assert [path.split("].")[0] + "]." + path.split("].")[1].split(".")[0] for path, _ in found] == [
        f"book.rules[{index}].{name}" for index, name in order
    ]
    assert all(FAULTS[name][1] in message for (_, name), (_, message) in zip(order, found, strict=True))


def test_PLN_3_what_a_value_says_of_itself_stands_in_the_same_list():
    """``problems()`` of a value and faults of structure, together; warnings alone do not refuse."""
    rule = to_plain(Rule(name="x", since=pendulum.datetime(2026, 3, 2), when=Field("a") > 1))
    assert from_plain(Rule, rule).problems()[0].severity == "warning"
    data = {"rules": [rule | {"name": "nameless"}, rule | {"colour": "green"}], "title": "t"}
    with pytest.raises(DefinitionInvalid) as caught:
        from_plain(Book, data)
    assert [(problem.path, problem.severity) for problem in caught.value.problems] == [
        ("rules[0].name", "error"),
        ("rules[0].colour", "info"),
        ("rules[1].colour", "error"),
    ]


def test_PLN_1_toml_may_give_an_instant_of_its_own():
    book = from_plain(Rule, tomllib.loads("name = 'x'\nsince = 2026-03-02T10:00:00+08:00\nwhen = '(a > 1)'"))
    assert book.since == pendulum.datetime(2026, 3, 2, 10, tz="Asia/Shanghai")
    assert to_plain(book)["since"] == "2026-03-02T10:00:00+08:00"


@pytest.mark.parametrize(
    ("text", "value"), [("15min", 15), ("PT15M", 15), ("1h30m", 90), ("1d", 1_440), ("-15min", -15)]
)
def test_PLN_1_durations_are_read_in_each_form_and_written_in_one(text: str, value: int):
    found = from_plain(timedelta, text)
    assert found == timedelta(minutes=value)
    assert from_plain(timedelta, to_plain(found)) == found


def test_plain_data_is_not_loaded_before_it_is_used():
    """TOOL-7: cattrs costs 0.1 s that only readers of plain data shall pay."""
    probe = (
        "import sys, servicedesk.plain; print('cattrs' in sys.modules); "
        "servicedesk.plain.FactCodec([]); print('cattrs' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "True"]


def test_a_class_with_a_form_of_its_own_is_written_from_itself_and_in_plain_data_only():
    rule = Rule(name="x", since=pendulum.datetime(2026, 3, 2), when=Field("a") > 1)
    with pytest.raises(DefinitionInvalid, match="weather: 'warm' is not a temperature"):
        to_plain(attrs.evolve(rule, weather="warm"))
    with pytest.raises(DefinitionInvalid, match=r"weather: 0\.5 is not plain data; allowed: dict, list, str, int"):
        to_plain(attrs.evolve(rule, weather=Temperature(degrees=0.5)))
    with pytest.raises(DefinitionInvalid, match="weather: a temperature has a unit: C"):
        from_plain(Rule, to_plain(rule) | {"weather": {"unit": "K"}})
