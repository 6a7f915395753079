"""Hypothesis strategies for the library's values: valid by construction, and made to reach the corners.

They are written out, because ``st.from_type`` ignores the validators of attrs (TOOL-5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen
from hypothesis import strategies as st

from servicedesk.conditions import Condition, Field
from servicedesk.frozenmap import EMPTY
from servicedesk.workflow import (
    ANY,
    ANYONE,
    CLEAR,
    FROM_ACTOR,
    FROM_AT,
    SAME,
    STAY,
    Actor,
    Category,
    Computed,
    DataField,
    For,
    InGroup,
    Mark,
    Request,
    Return,
    Right,
    State,
    Step,
    Subject,
    Timer,
    Workflow,
    counter_below,
    has_mark,
    negate,
    not_same_actor,
    within,
)
from servicedesk.workflow.validation import errors

__all__ = ["Standing", "actors", "names", "resolvers", "standings", "values", "workflows"]

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
    """The least a decision needs of a ticket: an id, a state, values, and what a fresh ticket holds of the rest."""

    id: str
    state: str
    values: Mapping[str, Any] = EMPTY
    entered: int = field(default=0, kw_only=True)
    accepted: int = field(default=0, kw_only=True)
    round: int = field(default=1, kw_only=True)
    line: int | None = field(default=None, kw_only=True)
    reason: str | None = field(default=None, kw_only=True)
    outcome: str | None = field(default=None, kw_only=True)
    marks: tuple[str, ...] = field(default=(), kw_only=True)
    counters: Mapping[str, int] = field(default=EMPTY, kw_only=True)
    timers: tuple[tuple[str, int], ...] = field(default=(), kw_only=True)
    taken: Mapping[str, str] = field(default=EMPTY, kw_only=True)
    last_active: str | None = field(default=None, kw_only=True)
    claim: Any = field(default=None, kw_only=True)
    children: Mapping[str, str] = field(default=EMPTY, kw_only=True)
    supervision: Any = field(default=None, kw_only=True)


@st.composite
def workflows(draw: st.DrawFn, *, computed: bool = False) -> Workflow:
    """Workflows without errors: every form of source and target, candidates, roles or rights, fields, marks, timers.

    With ``computed``, some targets ask the resolver ``by_waiting``: give it to ``compile(resolvers=resolvers(flow))``.
    """
    state_names = draw(st.lists(names(), min_size=1, max_size=5, unique=True))
    states = tuple(draw(_state(state_names, index)) for index in range(len(state_names)))
    with_roles = draw(st.booleans())
    steps = draw(st.lists(_step(states, with_roles=with_roles, computed=computed), min_size=1, max_size=8))
    flow = Workflow(
        "generated",
        1,
        states=states,
        steps=steps,
        fields=draw(st.sampled_from(((), (), _DECLARED))),
        marks=(Mark("proof"), Mark("lasting", "ticket")),
        rights=tuple(draw(st.lists(_right(states), max_size=3))) if with_roles else (),
    )
    return _without_errors(flow)


_DECLARED = (
    DataField("kind", "choice", choices=("fault", "alarm"), read_only_in=(Category.WAITING, InGroup("desk"))),
    DataField("waiting", "integer"),
    DataField("solution", private=True),
    DataField("due_at", "instant"),
)


_TIMERS = ((), (), (Timer("take", after="1h"),), (Timer("hold", at_field="due_at"), Timer("hold", after="2h")))


@st.composite
def _state(draw: st.DrawFn, places: Sequence[str], index: int) -> State:
    return State(
        places[index],
        draw(st.sampled_from(Category)),
        born=index == 0 or draw(st.booleans()),
        final=draw(st.sampled_from((False, False, True))),
        line=draw(st.sampled_from((None, 1, 2))),
        group=draw(st.sampled_from(("", "desk"))),
        requires=draw(st.sampled_from(((), (), ("solution",), (For("seat", "kind"), "waiting")))),
        inherits=draw(st.sampled_from((None, None, None, *places))),
        outcome=draw(st.sampled_from((None, None, "duplicate"))),
        timers=draw(st.sampled_from(_TIMERS)),
    )


@st.composite
def _target(draw: st.DrawFn, places: Sequence[str], *, computed: bool) -> str | Return | Computed:
    some = st.lists(st.sampled_from(places), min_size=1, max_size=3, unique=True)
    back = st.builds(lambda among, default: Return(*among, default=default), some, st.sampled_from((None, *places)))
    fixed = st.sampled_from((*places, SAME, STAY))
    resolved = [st.just(Computed("by_waiting", (places[0], places[-1])))] if computed else []
    found: str | Return | Computed = draw(st.one_of(fixed, fixed, back, *resolved))
    return found


def resolvers(flow: Workflow) -> Mapping[str, Callable[[Subject, Request], str]]:
    """Return what ``compile(resolvers=...)`` of a generated workflow needs: the last state while many wait."""
    first, last = flow.states[0].name, flow.states[-1].name

    def by_waiting(_: Subject, request: Request) -> str:
        return last if (request.known.get("waiting") or 0) > 3 else first

    return {"by_waiting": by_waiting}


_GUARDS = (
    counter_below("rounds", 2),
    not_same_actor("take"),
    has_mark("proof"),
    within("1h", "entered"),
    negate(has_mark("lasting")),
)
_MARKS = ((), (), (), ("proof",), ("lasting", "proof"))


@st.composite
def _step(draw: st.DrawFn, states: tuple[State, ...], *, with_roles: bool, computed: bool) -> Step:
    places = [state.name for state in states]
    one: st.SearchStrategy[Any] = st.one_of(
        st.sampled_from(places), st.sampled_from(Category), st.just(ANY), st.just(InGroup("desk"))
    )
    return Step(
        draw(st.sampled_from(("take", "hold", "归档"))),
        draw(st.one_of(one, st.lists(one, min_size=1, max_size=3))),
        draw(_target(places, computed=computed)),
        by=draw(st.lists(st.sampled_from((*_ROLES, ANYONE)), max_size=2)) if with_roles else (),
        when=draw(st.one_of(st.none(), _conditions())),
        requires=draw(st.sampled_from(((), (), ("kind",), ("waiting", "solution"), (For("leader", "solution"),)))),
        waives=draw(st.sampled_from(((), (), ("solution",)))),
        must_change=draw(st.sampled_from(((), (), (), ("waiting",)))),
        reasons=draw(st.sampled_from(((), (), _REASONS))),
        needs=draw(st.sampled_from(_MARKS)),
        guards=draw(st.lists(st.sampled_from(_GUARDS), max_size=2)) if draw(st.booleans()) else (),
        lock=draw(st.sampled_from(("respects", "respects", "respects", "holder", "takes", "drops"))),
        gives=draw(st.sampled_from(_MARKS)),
        voids=draw(st.sampled_from(_MARKS)),
        sets=draw(
            st.sampled_from(({}, {}, {"waiting": 4}, {"solution": FROM_ACTOR, "due_at": FROM_AT}, {"kind": CLEAR}))
        ),
        counts=draw(st.sampled_from(((), ("rounds",)))),
        outcome=draw(st.sampled_from((None, "solved"))),
    )


@st.composite
def _right(draw: st.DrawFn, states: tuple[State, ...]) -> Right:
    places = [state.name for state in states]
    return Right(
        roles=draw(st.lists(st.sampled_from((*_ROLES, ANYONE)), min_size=1, max_size=2)),
        step=draw(st.sampled_from((ANY, "take", "hold"))),
        source=draw(st.sampled_from((ANY, *places))),
        target=draw(st.sampled_from((ANY, *places))),
    )


def _without_errors(flow: Workflow) -> Workflow:
    """Drop what is in error: mended, not rejected, so that Hypothesis spends no draws on invalid ones."""
    while found := errors(flow):
        part, _, rest = found[0].path.partition("[")
        index = int(rest.split("]")[0])
        values = getattr(flow, part)
        bare = (evolve(values[index], inherits=None, timers=(), requires=()),) if part == "states" else ()
        if found[0].code == "ambiguous_right":
            part, values, index = "rights", flow.rights, len(flow.rights) - 1
        mended: Any = {part: (*values[:index], *bare, *values[index + 1 :])}
        flow = evolve(flow, **mended)
    return flow


def values() -> st.SearchStrategy[dict[str, Any]]:
    """Values of the fields that generated workflows name: known, unknown (``None``), empty, and missing altogether."""
    return st.fixed_dictionaries(
        {},
        optional={
            "kind": st.sampled_from((None, "", "fault", "alarm")),
            "waiting": st.sampled_from((None, 0, 3, 5)),
            "solution": st.sampled_from((None, "", "重新授权")),
            "due_at": st.sampled_from((None, 0, 7_200_000_000)),
        },
    )


@frozen
class _Claim:
    agent: str
    until: int


@st.composite
def standings(draw: st.DrawFn, flow: Workflow, at: int) -> Standing:
    """A ticket of a generated workflow amid its life, seen at an instant: marks, counters, timers, a claim."""
    hour = 3_600_000_000
    known = {name: value for name, value in draw(values()).items() if value is not None}
    return Standing(
        "T-7",
        draw(st.sampled_from(flow.states)).name,
        known,
        entered=at - draw(st.sampled_from((0, 1, hour, hour + 1))),
        round=draw(st.sampled_from((1, 2))),
        line=draw(st.sampled_from((None, 1, 2))),
        reason=draw(st.sampled_from((None, "第三方"))),
        outcome=draw(st.sampled_from((None, "solved"))),
        marks=draw(st.sampled_from(((), ("proof",), ("lasting",), ("lasting", "proof")))),
        counters=draw(st.sampled_from((EMPTY, {"rounds": 1}, {"rounds": 2}))),
        timers=draw(st.sampled_from(((), (("hold", at + 5),), (("hold", at), ("take", at + hour))))),
        taken=draw(st.sampled_from((EMPTY, {"take": "a1"}, {"take": "a2"}))),
        last_active=draw(st.sampled_from((None, *(state.name for state in flow.states)))),
        claim=draw(st.sampled_from((None, None, None, _Claim("a1", at + 1), _Claim("a2", at + 1), _Claim("a2", at)))),
    )
