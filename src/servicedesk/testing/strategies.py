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


# Strategies that depend on nothing drawn are built once, below: Hypothesis takes longer to check one that is built anew
# for each draw than to draw from it. What stands for a state is drawn as a number, and the state is looked up.
_NAMES = st.one_of(st.sampled_from(_WORDS), st.text("abc天地人", min_size=2, max_size=4))
_PEOPLE = st.builds(Actor, st.sampled_from(("a1", "a2")), st.frozensets(st.sampled_from(_ROLES)))
_ACTORS = st.one_of(_PEOPLE, st.just(Actor.system("nightly")), st.just(Actor.customer("c-17")))
_LEAVES = st.sampled_from(
    (
        Field("kind") == "fault",
        Field("kind").is_in("alarm", "defect"),
        Field("waiting") > 3,
        Field("solution").is_known,
    )
)
_CONDITIONS: st.SearchStrategy[Condition] = st.one_of(
    _LEAVES,
    _LEAVES.map(lambda part: ~part),
    st.tuples(_LEAVES, _LEAVES).map(lambda pair: pair[0] & pair[1]),
    st.tuples(_LEAVES, _LEAVES).map(lambda pair: pair[0] | ~pair[1]),
)
_VALUES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from((None, "", "fault", "alarm")),
        "waiting": st.sampled_from((None, 0, 3, 5)),
        "solution": st.sampled_from((None, "", "重新授权")),
        "due_at": st.sampled_from((None, 0, 7_200_000_000)),
    },
)


def names() -> st.SearchStrategy[str]:
    """Names as WF-1 allows them: any script, punctuation, words that mean something elsewhere."""
    return _NAMES


def actors() -> st.SearchStrategy[Actor]:
    """Persons with any of a few roles, none included, customers and systems."""
    return _ACTORS


def values() -> st.SearchStrategy[dict[str, Any]]:
    """Values of the fields that generated workflows name: known, unknown (``None``), empty, and missing altogether."""
    return _VALUES


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


_NUMBERS = st.integers(0, 59)  # of a state; 60 is divided evenly by as many states as there may be
_PLACES = st.lists(_NUMBERS, min_size=1, max_size=3)
_DECLARED = (
    DataField("kind", "choice", choices=("fault", "alarm"), read_only_in=(Category.WAITING, InGroup("desk"))),
    DataField("waiting", "integer"),
    DataField("solution", private=True),
    DataField("due_at", "instant"),
)
_TIMERS = ((), (), (Timer("take", after="1h"),), (Timer("hold", at_field="due_at"), Timer("hold", after="2h")))
_STATES = st.fixed_dictionaries(
    {
        "category": st.sampled_from(Category),
        "born": st.booleans(),
        "final": st.sampled_from((False, False, True)),
        "line": st.sampled_from((None, 1, 2)),
        "group": st.sampled_from(("", "desk")),
        "requires": st.sampled_from(((), (), (), (), ("solution",), (For("seat", "kind"), "waiting"))),
        "inherits": st.one_of(st.none(), _NUMBERS),
        "outcome": st.sampled_from((None, None, "duplicate")),
        "timers": st.sampled_from(_TIMERS),
    }
)
_SOURCES = st.one_of(_NUMBERS, st.sampled_from(Category), st.just(ANY), st.just(InGroup("desk")))
_FIXED = (_NUMBERS, _NUMBERS, st.sampled_from((SAME, STAY)))
_BACK = st.tuples(_PLACES, st.one_of(st.none(), _NUMBERS))
_COMPUTED = st.just(Computed("by_waiting", ("first", "last")))  # the names are filled in
_GUARDS = (
    counter_below("rounds", 2),
    not_same_actor("take"),
    has_mark("proof"),
    within("1h", "entered"),
    negate(has_mark("lasting")),
)
_MARKS = st.sampled_from(((), (), (), ("proof",), ("lasting", "proof")))
_STEPS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(("take", "hold", "归档")),
        "source": st.one_of(st.just(ANY), _SOURCES, st.lists(_SOURCES, min_size=1, max_size=3)),
        "by": st.lists(st.sampled_from((ANYONE, *_ROLES)), max_size=2),
        "when": st.one_of(st.none(), st.none(), _CONDITIONS),
        "requires": st.sampled_from(((), (), (), (), ("kind",), ("waiting", "solution"), (For("leader", "solution"),))),
        "waives": st.sampled_from(((), (), ("solution",))),
        "must_change": st.sampled_from(((), (), (), (), (), ("waiting",))),
        "reasons": st.sampled_from(((), (), (), (), _REASONS)),
        "needs": st.sampled_from(((), (), (), (), ("proof",), ("lasting", "proof"))),
        "guards": st.one_of(st.just(()), st.just(()), st.lists(st.sampled_from(_GUARDS), max_size=2)),
        "lock": st.sampled_from(("respects", "respects", "respects", "holder", "takes", "drops")),
        "gives": _MARKS,
        "voids": _MARKS,
        "sets": st.sampled_from(({}, {}, {"waiting": 4}, {"solution": FROM_ACTOR, "due_at": FROM_AT}, {"kind": CLEAR})),
        "counts": st.sampled_from(((), ("rounds",))),
        "outcome": st.sampled_from((None, "solved")),
    }
)
_RIGHTS = st.fixed_dictionaries(
    {
        "roles": st.lists(st.sampled_from((ANYONE, *_ROLES)), min_size=1, max_size=2),
        "step": st.sampled_from((ANY, "take", "hold")),
        "source": st.one_of(st.just(ANY), _NUMBERS),
        "target": st.one_of(st.just(ANY), _NUMBERS),
    }
)


def _sketches(*targets: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "states": st.lists(st.tuples(_NAMES, _STATES), min_size=1, max_size=5, unique_by=lambda pair: pair[0]),
            "with_roles": st.booleans(),
            "steps": st.lists(st.tuples(_STEPS, st.one_of(*targets)), min_size=1, max_size=8),
            "fields": st.sampled_from(((), (), _DECLARED)),
            "rights": st.lists(_RIGHTS, max_size=3),
        }
    )


_PLAIN_SKETCHES, _COMPUTED_SKETCHES = _sketches(*_FIXED, _BACK), _sketches(*_FIXED, _BACK, _COMPUTED)


def workflows(*, computed: bool = False) -> st.SearchStrategy[Workflow]:
    """Workflows without errors: every form of source and target, candidates, roles or rights, fields, marks, timers.

    With ``computed``, some targets ask the resolver ``by_waiting``: give it to ``compile(resolvers=resolvers(flow))``.
    """
    return (_COMPUTED_SKETCHES if computed else _PLAIN_SKETCHES).map(_workflow)


def _workflow(sketch: dict[str, Any]) -> Workflow:
    places = [name for name, _ in sketch["states"]]
    rights = (Right(**{name: _placed(told, places) for name, told in right.items()}) for right in sketch["rights"])
    flow = Workflow(
        "generated",
        1,
        states=[_state(place, told, places) for place, told in sketch["states"]],
        steps=[_step(told, target, places, with_roles=sketch["with_roles"]) for told, target in sketch["steps"]],
        fields=sketch["fields"],
        marks=(Mark("proof"), Mark("lasting", "ticket")),
        rights=tuple(rights) if sketch["with_roles"] else (),
    )
    return _without_errors(flow)


def _placed(told: Any, places: Sequence[str]) -> Any:
    """Return what a sketch says of states with their names for the numbers."""
    if isinstance(told, list):
        return [_placed(part, places) for part in told]
    return places[told % len(places)] if isinstance(told, int) else told


def _state(place: str, told: dict[str, Any], places: Sequence[str]) -> State:
    born, inherits = told["born"] or place == places[0], _placed(told["inherits"], places)
    return State(place, **told | {"born": born, "inherits": inherits})


def _step(told: dict[str, Any], target: Any, places: Sequence[str], *, with_roles: bool) -> Step:
    source, by = _placed(told["source"], places), told["by"] if with_roles else ()
    return Step(**told | {"source": source, "target": _target(target, places), "by": by})


def _target(told: Any, places: Sequence[str]) -> str | Return | Computed:
    if isinstance(told, Computed):
        return evolve(told, among=(places[0], places[-1]))
    if isinstance(told, tuple):
        among, default = (_placed(part, places) for part in told)
        return Return(*dict.fromkeys(among), default=default)
    found: str = _placed(told, places)
    return found


def resolvers(flow: Workflow) -> Mapping[str, Callable[[Subject, Request], str]]:
    """Return what ``compile(resolvers=...)`` of a generated workflow needs: the last state while many wait."""
    first, last = flow.states[0].name, flow.states[-1].name

    def by_waiting(_: Subject, request: Request) -> str:
        return last if (request.known.get("waiting") or 0) > 3 else first

    return {"by_waiting": by_waiting}


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


@frozen
class _Claim:
    agent: str
    until: int


_HOUR = 3_600_000_000
_STANDINGS = st.fixed_dictionaries(
    {
        "values": _VALUES,
        "state": _NUMBERS,
        "entered": st.sampled_from((0, -1, -_HOUR, -_HOUR - 1)),
        "round": st.sampled_from((1, 2)),
        "line": st.sampled_from((None, 1, 2)),
        "reason": st.sampled_from((None, "第三方")),
        "outcome": st.sampled_from((None, "solved")),
        "marks": st.sampled_from(((), ("proof",), ("lasting",), ("lasting", "proof"))),
        "counters": st.sampled_from((EMPTY, {"rounds": 1}, {"rounds": 2})),
        "timers": st.sampled_from(((), (("hold", 5),), (("hold", 0), ("take", _HOUR)))),
        "taken": st.sampled_from((EMPTY, {"take": "a1"}, {"take": "a2"})),
        "last_active": st.one_of(st.none(), _NUMBERS),
        "claim": st.sampled_from((None, None, None, ("a1", 1), ("a2", 1), ("a2", 0))),
    }
)


def standings(flow: Workflow, at: int) -> st.SearchStrategy[Standing]:
    """A ticket of a generated workflow amid its life, seen at an instant: marks, counters, timers, a claim."""
    places = [state.name for state in flow.states]

    def standing(told: dict[str, Any]) -> Standing:
        claim = told["claim"]
        own: dict[str, Any] = {
            "values": {name: value for name, value in told["values"].items() if value is not None},
            "state": _placed(told["state"], places),
            "last_active": _placed(told["last_active"], places),
            "entered": at + told["entered"],
            "timers": tuple((step, at + after) for step, after in told["timers"]),
            "claim": claim and _Claim(claim[0], at + claim[1]),
        }
        return Standing("T-7", **told | own)

    return _STANDINGS.map(standing)
