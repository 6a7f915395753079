"""Hypothesis strategies for the library's values: valid by construction, and made to reach the corners.

They are written out, because ``st.from_type`` ignores the validators of attrs (TOOL-5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, frozen
from hypothesis import strategies as st

from servicedesk.conditions import Condition, Field
from servicedesk.errors import DefinitionInvalid
from servicedesk.frozenmap import EMPTY
from servicedesk.workflow import ANY, ANYONE, SAME, STAY, Actor, Category, State, Step, Workflow

__all__ = ["Standing", "actors", "names", "values", "workflows"]

_WORDS = (
    "受理",
    "处理",
    "回访",
    "归档",
    "new",
    "closed",
    "a-b",
    "a+b",
    "on hold",
    "état",
    "x" * 100,
    "to_x",
    "state",
    "'",
    '"',
)
_ROLES = ("seat", "expert", "leader")
_FIELDS = ("kind", "waiting", "solution")
_REASONS = ("no_permission", "code_defect", "第三方")


def names() -> st.SearchStrategy[str]:
    """Names as WF-1 allows them: any script, punctuation, words that mean something elsewhere."""
    return st.one_of(st.sampled_from(_WORDS), st.text("abc天地人", min_size=2, max_size=4))


def actors() -> st.SearchStrategy[Actor]:
    """Persons with any of a few roles, none included, customers and systems."""
    people = st.builds(Actor, st.sampled_from(("a1", "a2")), st.frozensets(st.sampled_from(_ROLES)))
    return st.one_of(people, st.just(Actor.system("nightly")), st.just(Actor.customer("c-17")))


def _conditions() -> st.SearchStrategy[Condition]:
    leaves: Sequence[Condition] = (
        Field("kind") == "fault",
        Field("kind").is_in("alarm", "defect"),
        Field("waiting") > 3,
        Field("solution").is_known,
    )
    leaf = st.sampled_from(leaves)
    return st.one_of(
        leaf,
        leaf.map(lambda part: ~part),
        st.tuples(leaf, leaf).map(lambda pair: pair[0] & pair[1]),
        st.tuples(leaf, leaf).map(lambda pair: pair[0] | ~pair[1]),
    )


@frozen
class Standing:
    """The least a decision needs of a ticket: an id, a state, and values."""

    id: str
    state: str
    values: Mapping[str, Any] = EMPTY


@st.composite
def workflows(draw: st.DrawFn) -> Workflow:
    """Workflows without errors: every form of source and target, several candidates a step, roles or none at all."""
    state_names = draw(st.lists(names(), min_size=1, max_size=5, unique=True))
    states = tuple(draw(_state(name, first=index == 0)) for index, name in enumerate(state_names))
    with_roles = draw(st.booleans())
    steps = draw(st.lists(_step(states, with_roles=with_roles), min_size=1, max_size=8))
    return _without_errors(Workflow("generated", 1, states=states, steps=steps))


@st.composite
def _state(draw: st.DrawFn, name: str, *, first: bool) -> State:
    return State(
        name,
        draw(st.sampled_from(Category)),
        born=first or draw(st.booleans()),
        final=draw(st.booleans()),
        line=draw(st.sampled_from((None, 1, 2))),
        requires=draw(st.sampled_from(((), (), ("solution",)))),
    )


@st.composite
def _step(draw: st.DrawFn, states: tuple[State, ...], *, with_roles: bool) -> Step:
    places = [state.name for state in states]
    one = st.one_of(st.sampled_from(places), st.sampled_from(Category), st.just(ANY))
    return Step(
        draw(st.sampled_from(("take", "hold", "归档"))),
        draw(st.one_of(one, st.lists(one, min_size=1, max_size=3).map(tuple))),
        draw(st.sampled_from((*places, SAME, STAY))),
        by=draw(st.lists(st.sampled_from((*_ROLES, ANYONE)), max_size=2)) if with_roles else (),
        when=draw(st.one_of(st.none(), _conditions())),
        requires=draw(st.sampled_from(((), (), ("kind",), ("waiting", "solution")))),
        reasons=draw(st.sampled_from(((), (), _REASONS))),
        outcome=draw(st.sampled_from((None, "solved"))),
    )


def _without_errors(flow: Workflow) -> Workflow:
    """Drop the steps that are in error: mended, not rejected, so that Hypothesis spends no draws on invalid ones."""
    while True:
        try:
            flow.compile()
        except DefinitionInvalid as invalid:
            index = int(invalid.problems[0].path.removeprefix("steps[").split("]")[0])
            flow = evolve(flow, steps=flow.steps[:index] + flow.steps[index + 1 :])
        else:
            return flow


def values() -> st.SearchStrategy[dict[str, Any]]:
    """Values of the fields that generated workflows name: known, unknown (``None``), empty, and missing altogether."""
    return st.fixed_dictionaries(
        {},
        optional={
            "kind": st.sampled_from((None, "", "fault", "alarm")),
            "waiting": st.sampled_from((None, 0, 3, 5)),
            "solution": st.sampled_from((None, "", "重新授权")),
        },
    )
