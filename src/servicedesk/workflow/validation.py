"""What is wrong with a definition: every error at once, each with its path (CHK-1). Plain code, no networkx (CHK-4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from servicedesk.errors import Problem, did_you_mean
from servicedesk.workflow.beside_errors import beside_errors
from servicedesk.workflow.declared import TYPES, DataField
from servicedesk.workflow.definition import Workflow
from servicedesk.workflow.edges import Kit
from servicedesk.workflow.names import Names, name_errors, unknown
from servicedesk.workflow.product import broken_promises, too_many_marks
from servicedesk.workflow.state import State, Timer
from servicedesk.workflow.step_errors import step_errors
from servicedesk.workflow.words import ANY, STAY, TICKET_WORDS, URGE, Category

__all__ = ["errors"]


def errors(flow: Workflow, kit: Kit | None = None) -> tuple[Problem, ...]:
    """Return every error of a definition, in its order; proofs run only where there is none.

    Without ``kit``, what only a host can bring is taken as given.
    """
    names = Names.of(flow, kit)
    found = (
        *_identity_errors(flow),
        *_state_errors(flow, names),
        *_declared_errors(flow, names),
        *step_errors(flow, names),
        *_right_errors(flow, names),
    )
    return found or (*_timer_cycles(flow), *(too_many_marks(flow) or broken_promises(flow)))


def _identity_errors(flow: Workflow) -> Iterator[Problem]:
    yield from name_errors("name", flow.name)
    if type(flow.version) is not int or flow.version < 1:
        yield Problem("version", f"{flow.version!r} is not a whole number from 1 on", code="bad_version")
    if not flow.born:
        yield Problem("states", "no state is born=True, so no ticket can begin", code="no_born_state")


def _once(what: str, names: Iterable[object]) -> Iterator[Problem]:
    """Check a list of names: each is one, and stands there once."""
    seen: dict[object, int] = {}
    for index, name in enumerate(names):
        path = f"{what}[{index}].name"
        yield from name_errors(path, name)
        if name in seen:
            yield Problem(path, f"{name!r} is {what}[{seen[name]}] already", code="duplicate_name")
        seen.setdefault(name, index)


def _state_errors(flow: Workflow, names: Names) -> Iterator[Problem]:
    named = list(_once("states", (state.name for state in flow.states)))
    for index, state in enumerate(flow.states):
        path = f"states[{index}]"
        yield from (problem for problem in named if problem.path == f"{path}.name")
        if not isinstance(state.category, Category):
            allowed = [category.value for category in Category]
            message = f"{state.category!r} is not a category{did_you_mean(str(state.category), allowed)}"
            yield Problem(f"{path}.category", f"{message}; allowed: {', '.join(allowed)}", code="unknown_name")
        yield from names.needed(f"{path}.requires", state.requires)
        yield from names.outcome(f"{path}.outcome", state.outcome)
        if state.inherits is not None:
            yield from _inherits_errors(flow, state, f"{path}.inherits", names)
        for place, timer in enumerate(state.timers):
            yield from _timer_errors(flow, state, timer, f"{path}.timers[{place}]", names)


def _inherits_errors(flow: Workflow, state: State, path: str, names: Names) -> Iterator[Problem]:
    chain, above = [state.name], state.inherits
    while above is not None and above not in chain:
        found = flow.state(above)
        if found is None:
            if len(chain) == 1:
                yield unknown(path, above, "state", names.states)
            return
        chain.append(above)
        above = found.inherits
    if above == state.name:
        way = (*chain, state.name)
        yield Problem(path, f"{' inherits '.join(map(repr, way))}", code="inherits_cycle", witness=way)


def _timer_errors(flow: Workflow, state: State, timer: object, path: str, names: Names) -> Iterator[Problem]:
    if not isinstance(timer, Timer):
        yield Problem(path, f"{timer!r} is no Timer", code="bad_timer")
        return
    if (timer.after is None) == (timer.at_field is None):
        yield Problem(path, "a timer has either after= or at_field=", code="bad_timer")
    if timer.calendar is not None and timer.at_field is not None:
        yield Problem(f"{path}.calendar", "a timer of a field counts no working time", code="bad_timer")
    if timer.step == URGE:
        pass
    elif timer.step not in names.steps:
        yield unknown(f"{path}.step", timer.step, "step", names.steps)
    elif not any(step.name == timer.step and state.name in flow.sources_of(step) for step in flow.steps):
        yield Problem(f"{path}.step", f"{timer.step!r} does not leave {state.name!r}", code="bad_timer")
    if timer.at_field is not None:
        yield from names.field(f"{path}.at_field", timer.at_field)
        kind = next((known.type for known in flow.fields if known.name == timer.at_field), "instant")
        if kind != "instant":
            yield Problem(f"{path}.at_field", f"{timer.at_field!r} is a field of type {kind}", code="bad_timer")
    if names.calendars is not None and timer.calendar is not None and timer.calendar not in names.calendars:
        yield unknown(f"{path}.calendar", timer.calendar, "calendar", names.calendars)


def _declared_errors(flow: Workflow, names: Names) -> Iterator[Problem]:
    yield from _once("fields", (known.name for known in flow.fields))
    for index, known in enumerate(flow.fields):
        yield from _field_errors(known, f"fields[{index}]", names)
    yield from _once("marks", (mark.name for mark in flow.marks))
    for index, mark in enumerate(flow.marks):
        if mark.scope not in ("round", "ticket"):
            message = f"{mark.scope!r} is no scope; allowed: round, ticket"
            yield Problem(f"marks[{index}].scope", message, code="unknown_name")
    for index, promise in enumerate(flow.promises):
        path = f"promises[{index}]"
        if promise.before not in (*names.states, *names.steps):
            yield unknown(f"{path}.before", promise.before, "state or step", (*names.states, *names.steps))
        yield from names.marks_known(f"{path}.marks", promise.marks)
    yield from beside_errors(flow, names)


def _field_errors(known: DataField, path: str, names: Names) -> Iterator[Problem]:
    if known.name in TICKET_WORDS:
        yield Problem(f"{path}.name", f"{known.name!r} is a word of the ticket itself", code="bad_name")
    if known.type not in TYPES:
        hint = did_you_mean(known.type, TYPES) or f"; types: {', '.join(TYPES)}"
        yield Problem(f"{path}.type", f"{known.type!r} is not a type{hint}", code="unknown_name")
    if (known.type == "choice") != bool(known.choices):
        message = "a choice has choices" if known.type == "choice" else f"a field of type {known.type} has no choices"
        yield Problem(f"{path}.choices", message, code="bad_field")
    yield from names.sources(f"{path}.read_only_in", known.read_only_in)


def _right_errors(flow: Workflow, names: Names) -> Iterator[Problem]:
    for index, right in enumerate(flow.rights):
        path = f"rights[{index}]"
        for key, known in (("step", names.steps), ("source", names.states), ("target", names.states)):
            name = getattr(right, key)
            if name != ANY and name not in known:
                yield unknown(f"{path}.{key}", name, "step" if key == "step" else "state", known)
        yield from names.roles_known(f"{path}.roles", right.roles)


def _timer_cycles(flow: Workflow) -> Iterator[Problem]:
    """Find states that timers may lead round without any time passing (TM-3): spans of 0, and fields in the past."""
    states = {state.name: state for state in flow.states}
    ways = {name: list(_at_once(flow, state)) for name, state in states.items()}
    settled: set[str] = set()
    for start in states:
        cycle = _cycle(ways, start, [], settled)
        if cycle:
            path = f"states[{list(states).index(cycle[0])}].timers"
            message = f"timers lead from {' to '.join(map(repr, cycle))} without time passing"
            yield Problem(path, message, code="timer_cycle", witness=cycle)


def _at_once(flow: Workflow, state: State) -> Iterator[str]:
    for timer in state.timers:
        if not timer.after:
            for step in flow.steps:
                if step.name == timer.step and state.name in flow.sources_of(step) and step.target != STAY:
                    yield from flow.targets_of(step, state.name)


def _cycle(ways: dict[str, list[str]], name: str, path: list[str], settled: set[str]) -> tuple[str, ...]:
    if name in path:
        return (*path[path.index(name) :], name)
    if name in settled:
        return ()
    for target in ways[name]:
        found = _cycle(ways, target, [*path, name], settled)
        if found:
            settled.update(path)
            settled.add(name)
            return found
    settled.add(name)
    return ()
