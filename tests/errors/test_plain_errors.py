"""What an author reads who got a definition wrong: every message, word by word (PLN-2, PLN-3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from fractions import Fraction
from typing import Any, Literal

import pytest
from attrs import field, frozen

from servicedesk.conditions import Condition
from servicedesk.errors import DefinitionInvalid
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.plain import from_plain, to_plain


class Kind(Enum):
    COMPLAINT = "complaint"
    FAULT = "fault"


class ServiceDay(Enum):
    MONDAY = 1


@frozen(kw_only=True)
class Rule:
    name: str
    kinds: tuple[Kind, ...] = ()
    hours: int | None = None
    calendar: str = ""


@frozen(kw_only=True)
class Catalogue:
    rules: tuple[Rule, ...]
    names: FrozenMap[str, str] = field(default=EMPTY, converter=freeze)


def told(cls: Any, data: Any, path: str = "") -> str:
    with pytest.raises(DefinitionInvalid) as caught:
        from_plain(cls, data, path)
    return str(caught.value)


def test_PLN_3_all_problems_of_a_definition_at_once():
    """Worked example 11."""
    data = {
        "rules": [
            {"name": "a", "kinds": ["fault", "complant"]},
            {"name": "b", "hours": "four", "calendr": "o"},
            {"kinds": []},
        ]
    }
    assert told(Catalogue, data) == "\n".join(
        (
            "catalogue: 4 problems",
            "  rules[0].kinds[1]  'complant' is not a kind; did you mean 'complaint'? allowed: complaint, fault",
            "  rules[1].hours     'four' is not a whole number",
            "  rules[1].calendr   unknown key; did you mean 'calendar'?",
            "  rules[2].name      missing",
        )
    )


@pytest.mark.parametrize(
    ("cls", "data", "message"),
    [
        (str, 5, "5 is not text"),
        (str, None, "null is not text"),
        (str, ["a"], "a list is not text"),
        (int, "4", "'4' is not a whole number"),
        (int, 4.7, "4.7 is not a whole number"),
        (int, True, "true is not a whole number"),
        (int, 2**63, f"{2**63} is not a number of 64 bits; allowed: {-(2**63)} to {2**63 - 1}"),
        (bool, 1, "1 is not true or false"),
        (bool, "true", "'true' is not true or false"),
        (Fraction, 0.06, "0.06 is not a fraction; write '3/50' or '2'"),
        (Fraction, "6%", "'6%' is not a fraction; write '3/50' or '2'"),
        (Fraction, "1/0", "'1/0' is not a fraction; write '3/50' or '2'"),
        (timedelta, 90, "90 is not a duration; write '15min', '1h30m' or 'PT4H'"),
        (timedelta, "P1Y", "'P1Y' is not a duration; write '15min', '1h30m' or 'PT4H'"),
        (datetime, "2026-03-02T10:00:00", "'2026-03-02T10:00:00' is not an instant; write '2026-03-02T10:00:00+08:00'"),
        (datetime, 1772416800000000, "1772416800000000 is not an instant; write '2026-03-02T10:00:00+08:00'"),
        (
            datetime,
            "2026-02-30T10:00:00Z",
            "'2026-02-30T10:00:00Z' is not an instant; write '2026-03-02T10:00:00+08:00'",
        ),
        (datetime, "0001-01-01T00:00:00+08:00", "'0001-01-01T00:00:00+08:00' is not an instant; write '2026-03-02T10:"),
        (
            datetime,
            datetime(2026, 3, 2),
            "datetime.datetime(2026, 3, 2, 0, 0) is not an instant; write '2026-03-02T10:",
        ),
        (Kind, "Fault", "'Fault' is not a kind; did you mean 'fault'? allowed: complaint, fault"),
        (Kind, 5, "5 is not a kind; allowed: complaint, fault"),
        (ServiceDay, "1", "'1' is not a service day; allowed: 1"),
        (ServiceDay, True, "true is not a service day; allowed: 1"),
        (
            Literal["strict", "inclusive"],
            "strikt",
            "'strikt' is not allowed here; did you mean 'strict'? allowed: strict, i",
        ),
        (tuple[int, ...], "12", "'12' is not a list"),
        (tuple[int, ...], [1, "2", 3.0], "[1]: '2' is not a whole number|[2]: 3.0 is not a whole number"),
        (FrozenMap[str, int], {"a": "1"}, "['a']: '1' is not a whole number"),
        (FrozenMap[str, int], [1], "a list is not a table"),
        (FrozenMap[str, int], {5: 1}, "[5]: 5 is not text"),
        (int | Fraction, "3/50", "'3/50' is not a whole number or a fraction"),
        (int | None, "x", "'x' is not a whole number"),
        (
            Any,
            0.5,
            "0.5 is not an exact value; a float is not exact: use a Fraction, or a whole number of a smaller unit",
        ),
        (Any, {"span": 5}, "5 is not a duration; write '15min', '1h30m' or 'PT4H'"),
        (Any, datetime(2026, 3, 2), "an instant stands here as whole microseconds: use to_us(...)"),
        (
            Any,
            b"x",
            "b'x' is not an exact value; allowed: text, whole numbers, true, false, null, fractions, durations,",
        ),
        (Rule, "x", "'x' is not a table"),
        (Rule, {"name": "x" * 100 + "\0"}, f"name: '{'x' * 58}… holds U+0000, which not every store can keep"),
        (Condition, 5, "5 is not text"),
        (Condition, "waiting > ", "expected"),
        (Condition, 'kind in {"a", 3}', "kind"),
    ],
)
def test_PLN_2_each_message_says_what_was_found_and_what_is_allowed(cls: Any, data: Any, message: str):
    with pytest.raises(DefinitionInvalid) as caught:
        from_plain(cls, data)
    text = "|".join(map(str, caught.value.problems))
    assert message in text
    for name in ("Error", "Exception", "ClassValidation", "cattrs", "While structuring"):
        assert name not in text


def test_the_path_of_the_caller_stands_before_every_path():
    assert told(Catalogue, {"rules": [{"name": 5}]}, "books[2]") == "catalogue: books[2].rules[0].name: 5 is not text"
    assert told(int, "x", "hours") == "int: hours: 'x' is not a whole number"


def test_an_unknown_key_is_told_with_the_nearest_name_if_there_is_one():
    assert told(Rule, {"name": "a", "zzz": 1}) == "rule: zzz: unknown key"
    assert told(Rule, {"name": "a", "kind": 1}) == "rule: kind: unknown key; did you mean 'kinds'?"
    assert told(Rule, {"name": "a", 5: 1}) == "rule: 5: unknown key"


def test_writing_tells_the_same_way():
    with pytest.raises(DefinitionInvalid) as caught:
        to_plain(Catalogue(rules=(Rule(name=5), "x", Rule(name="a", kinds=["fault"], hours=1.5))))
    assert str(caught.value) == "\n".join(
        (
            "catalogue: 4 problems",
            "  rules[0].name   5 is not text",
            "  rules[1]        'x' is not a rule",
            "  rules[2].hours  1.5 is not a whole number",
            "  rules[2].kinds  a list is not a tuple",
        )
    )
    with pytest.raises(DefinitionInvalid, match="it has no time zone"):
        to_plain(datetime(2026, 3, 2))
    with pytest.raises(TypeError, match="list has no exact plain form"):
        to_plain([1])


def test_a_bug_in_a_class_is_not_taken_for_a_fault_of_the_data():
    @frozen
    class Buggy:
        part: int

        def __attrs_post_init__(self) -> None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        from_plain(Buggy, {"part": 1})
