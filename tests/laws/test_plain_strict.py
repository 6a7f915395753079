"""Nothing is coerced, in either direction, and every fault is named (PLN-2 to PLN-4)."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import attrs
import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracles.plain_facts import CODEC, Colour, Everything, Lone, Reason, everything, plain_everything
from servicedesk.errors import DefinitionInvalid, StoreDamaged
from servicedesk.frozenmap import FrozenMap
from servicedesk.plain.scalars import shown

WRONG: dict[str, list[Any]] = {
    "ticket": [5, True, None, 0.5, ["a"], {"a": 1}],
    "at": ["4", 4.0, 4.7, True, None, [4], 2**63],
    "flag": [1, 0, "true", None],
    "ratio": [3, 0.06, "0.06", "3/0", "3 / 50", " 3/50", "3/-50", "+3", "٣", "", None, "1" * 5_000],
    "span": [90, "90", "1h ", "4 h", "-", "P1M", "", None, "99999999999d"],
    "maybe": ["4", True, 4.0],
    "either": [0.5, ["a"], {"a": 1}, {"fraction": 3}, {"fraction": "x"}, {"span": "x"}, {"span": 4}],
    "anything": [0.5, [0.5], {"a": 0.5}, {"fraction": "x"}, {"map": 5}, {"map": [1]}],
    "word": ["maybe", "YES", 1, None, True, ["yes"]],
    "colour": ["RED", "Red", 7.0, "7", None, True, "dark"],
    "numbers": [5, "12", {"0": 1}, [1, "2"], [True], None, [None]],
    "pairs": [["ab"], [[1]], "ab", [["a"], None]],
    "reasons": [[{}], [{"name": 5}], {"name": "a"}, [["name", "a"]], [None], [{"name": "a", "since": "1"}]],
    "lone": [{}, "1h", {"only": 5}, {"_only": "1h"}],
    "fields": [[], "x", None, {"a": 0.5}, [["a", 1]]],
    "counts": [{"a": "1"}, {"a": True}, {"a": None}, []],
    "rest": ["ab", {"a": 1}, None, [0.5]],
    "note": [None, 5],
    "rank": [None, False, "0"],
}


EXAMPLE = Everything(
    ticket="T-7",
    at=1,
    flag=True,
    ratio=Fraction(3, 50),
    span=timedelta(minutes=15),
    maybe=None,
    either=Fraction(1, 3),
    anything=(1, "a"),
    word="yes",
    colour=Colour.SEVEN,
    numbers=(1, 2),
    pairs=(("a",),),
    reasons=(Reason(name="a"), Reason(name="b", since=2)),
    lone=Lone(timedelta(0)),
    fields={"x": None},
    counts=FrozenMap(a=1),
    rest=(),
)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_PLN_2_nothing_is_coerced_in_any_place(name: str, value: Any):
    """What is not exactly of the type is refused under the path of its field, and nothing else is complained of."""
    data = plain_everything(EXAMPLE) | {name: value}
    with pytest.raises(StoreDamaged) as caught:
        CODEC.decode(json.dumps(data))
    assert re.match(rf"{name}(\[.*\]|\.\w+)*: ", caught.value.reason)
    assert [part for part in WRONG if f"; {part}" in caught.value.reason] == []


@given(fact=everything, first=st.sampled_from(sorted(WRONG)), second=st.sampled_from(sorted(WRONG)), data=st.data())
def test_PLN_2_each_of_two_wrong_fields_is_named(fact: Everything, first: str, second: str, data: st.DataObject):
    plain = plain_everything(fact)
    for name in (first, second):
        plain[name] = data.draw(st.sampled_from(WRONG[name]))
    with pytest.raises(StoreDamaged) as caught:
        CODEC.decode(json.dumps(plain))
    assert all(f"; {name}" in f"; {caught.value.reason}" for name in (first, second))


@given(fact=everything, missing=st.sampled_from(sorted(plain for plain in WRONG if plain not in ("note", "rank"))))
def test_PLN_4_a_missing_field_without_default_is_damage(fact: Everything, missing: str):
    data = plain_everything(fact)
    del data[missing]
    with pytest.raises(StoreDamaged, match=f"{missing}: missing"):
        CODEC.decode(json.dumps(data))


class Text(str):
    """A text that is more than its characters."""


BAD_VALUES = [
    *(0.5, float("nan"), [1], {"a": 1}, {1}, b"x", 2**63, -(2**63) - 1, "\0", "\ud800", len),
    *(datetime(2026, 3, 2), Colour.RED, Reason(name="x"), pendulum.duration(hours=1), 10**5_000),
    *(Fraction(10**5_000, 3),),
]


@pytest.mark.parametrize("value", BAD_VALUES, ids=shown)
def test_PLN_2_writing_is_as_strict_as_reading(value: Any):
    """G14 and EV-4: what could not come back exactly is not written, wherever it hides."""
    fact = EXAMPLE
    for broken, path in (
        (attrs.evolve(fact, anything=value), "anything"),
        (attrs.evolve(fact, anything=(1, FrozenMap(a=value))), "anything[1]['a']"),
        (attrs.evolve(fact, fields=FrozenMap(x=value)), "fields['x']"),
        (attrs.evolve(fact, ticket=value if not isinstance(value, str) else value + "x"), "ticket"),
        (attrs.evolve(fact, reasons=(Reason(name="a"), Reason(name=value))), "reasons[1].name"),
        (attrs.evolve(fact, either=value), "either"),
    ):
        with pytest.raises(DefinitionInvalid) as caught:
            CODEC.encode(broken)
        assert [problem.path for problem in caught.value.problems] == [path]


NOT_OF_THE_TYPE: dict[str, list[Any]] = {
    "ticket": [5, None, Colour.RED, Text("x")],
    "at": [True, 1.0, "1", None],
    "flag": [1, 0, None],
    "ratio": [1, "3/50", 0.5, None],
    "span": [pendulum.duration(hours=1), "1h", 5, None],
    "maybe": [True, "1"],
    "either": [0.5, (1,), FrozenMap(a=1), Colour.RED],
    "word": ["maybe", ["yes"], Colour.RED, None],
    "colour": ["red", 7, None, ["red"]],
    "numbers": [[1], (True,), (1, None), None],
    "pairs": [("ab",), ((1,),)],
    "reasons": [(Lone(timedelta(0)),), ({"name": "a"},)],
    "lone": [Reason(name="x"), timedelta(0)],
    "counts": [{"a": 1}, FrozenMap(a=True), FrozenMap({1: 1}), FrozenMap({"\0": 1}), None],
    "rest": [[1], None],
    "note": [None, 0],
    "rank": [False, 0.0, None],
    "share": [None, "1/2"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in NOT_OF_THE_TYPE.items() for value in values], ids=shown
)
def test_PLN_2_a_field_is_written_only_from_a_value_of_its_very_type(name: str, value: Any):
    """Equal is not enough: what is written must come back as what it was."""
    with pytest.raises(DefinitionInvalid) as caught:
        CODEC.encode(attrs.evolve(EXAMPLE, **{name: value}))
    assert re.match(rf"{name}(\[.*\])?$", caught.value.problems[0].path)


def test_PLN_3_all_that_is_wrong_with_a_fact_is_told_at_once():
    bad = Everything(
        **{part.name: None for part in attrs.fields(Everything) if part.name not in ("fields", "more")}, fields={}
    )
    with pytest.raises(DefinitionInvalid) as caught:
        CODEC.encode(bad)
    wrong = {problem.path for problem in caught.value.problems}
    assert wrong == set(plain_everything_names()) - {"maybe", "either", "anything", "lone", "fields", "more"}


def plain_everything_names() -> list[str]:
    return [part.name for part in attrs.fields(Everything)]
