"""What a type checker sees at the public edge: mypy reads this file (``make types``), pytest runs it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, assert_type

import pendulum

from servicedesk.errors import Refusal, Refused
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.instants import Span, from_us, to_duration, to_us

START = pendulum.datetime(2026, 3, 2, 10, tz="Asia/Shanghai")


def test_instants_at_the_edge() -> None:
    """SLA-1, SLA-2: any aware datetime goes in, integers are inside, pendulum comes out."""
    aware: datetime = START
    assert assert_type(to_us(aware), int) == 1772416800000000
    assert assert_type(from_us(0, "Asia/Shanghai"), pendulum.DateTime).hour == 8
    assert assert_type(to_duration("90min"), timedelta) == timedelta(minutes=90)


def test_spans() -> None:
    """SLA-4: a common part may be missing, a remainder has no, one or two parts."""
    day = Span(START, START.add(days=1))
    assert assert_type(day & day, Span | None) == day
    assert assert_type(day - day, tuple[Span, ...]) == ()
    assert assert_type(START in day, bool)


def test_reasons_are_values() -> None:
    """A refusal is read by its code; its details are a frozen map."""
    refused = Refused.because("missing_field", details={"field": "solution"})
    assert assert_type(refused.codes, tuple[str, ...]) == ("missing_field",)
    assert assert_type(refused.refusals[0], Refusal)["field"] == "solution"
    assert assert_type(freeze({"a": 1}), FrozenMap[str, Any]) | EMPTY == {"a": 1}
