"""What may happen to a ticket, as data: states, steps, and the workflow they make.

Nothing is derived from a name: logic keys on the `Category` of a state (WF-1). Names may be of any script.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from attrs import evolve, field, frozen

from servicedesk.conditions import Condition, Held
from servicedesk.errors import DefinitionInvalid, Problem, did_you_mean
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze

if TYPE_CHECKING:
    from servicedesk.workflow.compiled import CompiledWorkflow

__all__ = ["ANY", "ANYONE", "SAME", "STAY", "Category", "State", "Step", "Workflow"]

ANY: Final = "*"
"""As a source: every state that is not final."""
ANYONE: Final = "*"
"""As a role: everybody, said on purpose (ACT-2)."""
SAME: Final = "="
"""As a target: leave the state and enter it again."""
STAY: Final = "."
"""As a target: nothing moves, only data changes."""
_RESERVED = (ANY, SAME, STAY)


class Category(Enum):
    """The stage of a state, in the order of the closed loop 闭环; the first three together are *open*.

    No ``str`` subclass: a state may be called "new", and must not be taken for the category.
    """

    NEW = "new"
    ACTIVE = "active"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def is_open(self) -> bool:
        """Whether a ticket in this stage still waits for its solution."""
        return self in (Category.NEW, Category.ACTIVE, Category.WAITING)


T = TypeVar("T")
Source: TypeAlias = str | Category | tuple[str | Category, ...]


def _sources(value: Source | Iterable[str | Category]) -> Source:
    return value if isinstance(value, str | Category | tuple) or not isinstance(value, Iterable) else tuple(value)


def _condition(value: Condition | str | None) -> Condition | None:
    return Condition.parse(value) if isinstance(value, str) else value


def _texts(value: str | Iterable[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _category(value: str | Category) -> Any:
    """Keep an unknown category as it is: `Workflow.problems` will name it together with everything else."""
    try:
        return Category(value)
    except ValueError:
        return value


@frozen
class State:
    """A place in a ticket's life.

    Args:
        name: 1 to 100 characters of any script (WF-1).
        category: the stage it belongs to.
        born: a ticket may begin here; the first such state is the default (WF-2).
        final: nothing leaves this state, and that is meant (WF-3).
        line: 1, 2 or 3 where a support line holds the ticket.
        group: a name to select several states by, for people who read the definition.
        requires: names of values that must be known to enter.
        labels: what people read, by language: ``{"zh": "受理"}``.
    """

    name: str
    category: Category = field(converter=_category)
    born: bool = field(default=False, kw_only=True)
    final: bool = field(default=False, kw_only=True)
    line: int | None = field(default=None, kw_only=True)
    group: str = field(default="", kw_only=True)
    requires: tuple[str, ...] = field(default=(), converter=_texts, kw_only=True)
    labels: FrozenMap[str, str] = field(default=EMPTY, converter=freeze, kw_only=True)


@frozen
class Step:
    """A way from some states to a target. Several steps may share a name: they are candidates, in order (DEC-3).

    Args:
        name: what people call it.
        source: a state's name, a `Category`, a tuple of those, or `ANY` (WF-4).
        target: a state's name, `SAME` or `STAY`.
        by: roles, one of which suffices; empty is everybody only while no step of the workflow names a role (ACT-2).
        when: a condition, or its text, that selects this candidate; it never refuses.
        requires: names of values that must be known after the step's data (WF-6).
        reasons: a closed set of reason codes; exactly one must be given (WF-7).
        outcome: what the ticket came to: ``solved``, ``workaround``, ``withdrawn``, ``duplicate`` … (WF-9).
        labels: what people read, by language.
    """

    name: str
    source: Source = field(converter=_sources)
    target: str
    by: tuple[str, ...] = field(default=(), converter=_texts, kw_only=True)
    when: Condition | None = field(default=None, converter=_condition, kw_only=True)
    requires: tuple[str, ...] = field(default=(), converter=_texts, kw_only=True)
    reasons: tuple[str, ...] = field(default=(), converter=_texts, kw_only=True)
    outcome: str | None = field(default=None, kw_only=True)
    labels: FrozenMap[str, str] = field(default=EMPTY, converter=freeze, kw_only=True)

    @property
    def sources(self) -> tuple[str | Category, ...]:
        """The source as a tuple, whichever form it was written in."""
        return self.source if isinstance(self.source, tuple) else (self.source,)


def _states(value: Iterable[State]) -> tuple[State, ...]:
    return _all_of(State, value)


def _steps(value: Iterable[Step]) -> tuple[Step, ...]:
    return _all_of(Step, value)


def _all_of(cls: type[T], values: Iterable[T]) -> tuple[T, ...]:
    found = tuple(values)
    for index, value in enumerate(found):
        if not isinstance(value, cls):
            raise TypeError(f"item {index} is no {cls.__name__}, but {type(value).__name__} {value!r}")
    return found


@frozen
class Workflow:
    """A lifecycle as a value. Its identity is ``(name, version)`` (WF-11).

    >>> loop = Workflow(
    ...     "query",
    ...     1,
    ...     states=[State("open", "new", born=True), State("done", "closed", final=True)],
    ...     steps=[Step("answer", "open", "dome")],
    ... )
    >>> print(loop.problems()[0])
    steps[0].target: 'dome' is not a state; did you mean 'done'?
    """

    name: str
    version: int
    states: tuple[State, ...] = field(converter=_states, kw_only=True)
    steps: tuple[Step, ...] = field(converter=_steps, kw_only=True)

    @property
    def born(self) -> tuple[State, ...]:
        """The states a ticket may begin in, the default first."""
        return tuple(state for state in self.states if state.born)

    def state(self, name: str) -> State | None:
        """Return the state of that name, or ``None``."""
        return next((state for state in self.states if state.name == name), None)

    def sources_of(self, step: Step) -> tuple[str, ...]:
        """Return the names of the states a step leaves, in the order the states are declared (WF-4)."""
        wanted = step.sources
        anywhere = ANY in wanted
        return tuple(
            state.name
            for state in self.states
            if state.name in wanted or state.category in wanted or (anywhere and not state.final)
        )

    def extend(
        self, *, version: int, states: Iterable[State] = (), steps: Iterable[Step] = (), name: str | None = None
    ) -> Workflow:
        """Return a new version with states and steps added; a state of a known name replaces the old one."""
        added = {state.name: state for state in states}
        kept = tuple(added.pop(state.name, state) for state in self.states)
        return evolve(
            self,
            name=name or self.name,
            version=version,
            states=(*kept, *added.values()),
            steps=(*self.steps, *steps),
        )

    def problems(self) -> tuple[Problem, ...]:
        """List everything wrong with the definition, errors first, then the warnings of the proofs (CHK-1, CHK-2)."""
        errors = tuple(_errors(self))
        if errors:
            return errors
        from servicedesk.workflow import checks  # noqa: PLC0415  # loads networkx, which compiling never needs

        return checks.warnings(self)

    def compile(self) -> CompiledWorkflow:
        """Return the fast form.

        Raises:
            DefinitionInvalid: with every error at once.
        """
        from servicedesk.workflow.compiled import CompiledWorkflow  # noqa: PLC0415  # it imports this module

        errors = tuple(_errors(self))
        if errors:
            raise DefinitionInvalid(errors, f"workflow {self.name!r}")
        return CompiledWorkflow.of(self)


def _errors(flow: Workflow) -> Iterator[Problem]:
    yield from _identity_errors(flow)
    yield from _state_errors(flow)
    yield from _step_errors(flow)
    yield from _shadowed(flow)


def _identity_errors(flow: Workflow) -> Iterator[Problem]:
    yield from _name_errors("name", flow.name)
    if type(flow.version) is not int or flow.version < 1:
        yield Problem("version", f"{flow.version!r} is not a whole number from 1 on", code="bad_version")
    if not flow.born:
        yield Problem("states", "no state is born=True, so no ticket can begin", code="no_born_state")


def _name_errors(path: str, name: object) -> Iterator[Problem]:
    if not isinstance(name, str):
        yield Problem(path, f"{name!r} is not a text", code="bad_name")
    elif not 1 <= len(name) <= 100:
        yield Problem(path, f"a name has 1 to 100 characters, not {len(name)}", code="bad_name")
    elif name in _RESERVED:
        yield Problem(path, f"{name!r} has a meaning of its own ({', '.join(_RESERVED)})", code="bad_name")
    elif name != name.strip() or any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        yield Problem(path, f"{name!r} has outer blanks or control characters", code="bad_name")
    elif not unicodedata.is_normalized("NFC", name):
        yield Problem(path, f"{name!r} is not in Unicode normal form NFC", code="bad_name")


def _state_errors(flow: Workflow) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, state in enumerate(flow.states):
        path = f"states[{index}]"
        yield from _name_errors(f"{path}.name", state.name)
        if state.name in seen:
            yield Problem(
                f"{path}.name", f"{state.name!r} is states[{seen[state.name]}] already", code="duplicate_name"
            )
        seen.setdefault(state.name, index)
        if not isinstance(state.category, Category):
            allowed = [category.value for category in Category]
            message = f"{state.category!r} is not a category{did_you_mean(str(state.category), allowed)}"
            yield Problem(f"{path}.category", f"{message}; allowed: {', '.join(allowed)}", code="unknown_name")


def _step_errors(flow: Workflow) -> Iterator[Problem]:
    names = [state.name for state in flow.states]
    final = {state.name for state in flow.states if state.final}
    for index, step in enumerate(flow.steps):
        path = f"steps[{index}]"
        yield from _name_errors(f"{path}.name", step.name)
        for source in step.sources:
            if not isinstance(source, Category) and source != ANY and source not in names:
                yield _no_state(f"{path}.source", source, names)
        if step.target not in (SAME, STAY) and step.target not in names:
            yield _no_state(f"{path}.target", step.target, names)
        yield from _when_errors(f"{path}.when", step.when)
        for source in flow.sources_of(step):
            if source in final and step.target != STAY:
                message = f"{step.name!r} leaves {source!r}, which is final"
                yield Problem(f"{path}.source", message, code="final_with_exits")


def _when_errors(path: str, when: Condition | None) -> Iterator[Problem]:
    if when is None:
        return
    if not isinstance(when, Condition):
        yield Problem(
            path, f"{when!r} is no condition; write Field('kind') == 'fault', or its text", code="bad_condition"
        )
    elif any(isinstance(node, Held) for node in when.walk()):
        yield Problem(path, f"{when} holds over time, and a step sees one instant", code="bad_condition")


def _no_state(path: str, name: object, names: list[str]) -> Problem:
    hint = did_you_mean(name, names) or f"; states: {', '.join(names)}"
    if name in {category.value for category in Category}:
        hint = f"; write Category.{str(name).upper()} for all states of that category"
    return Problem(path, f"{name!r} is not a state{hint}", code="unknown_name")


def _shadowed(flow: Workflow) -> Iterator[Problem]:
    """Find candidates that can never be chosen: an earlier one of the same step takes everybody, always."""
    open_to_all = not any(step.by for step in flow.steps)
    earlier: dict[tuple[str, str], list[int]] = {}
    for index, step in enumerate(flow.steps):
        blockers: list[int | None] = []
        for source in flow.sources_of(step):
            rivals = earlier.setdefault((source, step.name), [])
            blocking = (at for at in rivals if _takes_all_of(flow.steps[at], step, open_to_all))
            blockers.append(next(blocking, None))
            rivals.append(index)
        if blockers and None not in blockers:
            message = f"{step.name!r} is never chosen: steps[{blockers[0]}] takes every case before it"
            yield Problem(f"steps[{index}]", message, code="shadowed_candidate")


def _takes_all_of(rival: Step, step: Step, open_to_all: bool) -> bool:
    if rival.when is not None and rival.when != step.when:
        return False
    if open_to_all or ANYONE in rival.by:
        return True
    return bool(step.by) and set(step.by) <= set(rival.by)
