"""Law 20 of routing: every value that hosts draw comes back from plain data, JSON and TOML, equal, with its hash."""

from __future__ import annotations

import json
import tomllib
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from servicedesk.plain import from_plain, to_plain, toml_text
from servicedesk.routing import Requirement
from servicedesk.testing import (
    agents,
    capacities,
    overrides,
    queues,
    relaxations,
    requirements,
    routing_policies,
    skill_graphs,
    works,
)

NEEDS = requirements()
VALUES: st.SearchStrategy[Any] = st.one_of(
    *(skill_graphs(), NEEDS, NEEDS.flatmap(relaxations), capacities(), agents(), queues(), works(), overrides()),
    routing_policies(),
)


@given(VALUES)
def test_L20_every_value_comes_back_from_its_plain_form(value: Any) -> None:
    """L20: through JSON always, through TOML where nothing in it is ``None``, which TOML cannot say."""
    data = to_plain(value)
    text = json.dumps(data, ensure_ascii=False)
    event(type(value).__name__)
    for again in (from_plain(type(value), data), from_plain(type(value), json.loads(text))):
        assert again == value
        assert hash(again) == hash(value)
    if isinstance(data, dict) and "null" not in text:
        event(f"{type(value).__name__} as TOML")
        assert from_plain(type(value), tomllib.loads(toml_text(data))) == value


@given(NEEDS)
def test_L20_a_requirement_is_its_text(need: Requirement) -> None:
    """L20, ROU-6, ROU-7: the text is read back, and the plain form is the text."""
    event("anyone" if str(need) == "anyone" else "somebody")
    assert Requirement.parse(str(need)) == need
    assert to_plain(need) == str(need)
