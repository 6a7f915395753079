"""What is wrong with the steps of a definition (CHK-1)."""

from __future__ import annotations

from collections.abc import Iterator

from servicedesk.conditions import Condition, Held
from servicedesk.errors import DefinitionInvalid, Problem, did_you_mean
from servicedesk.workflow.declared import RECORDS, TYPES, rights_for
from servicedesk.workflow.definition import Workflow
from servicedesk.workflow.edges import roles_of
from servicedesk.workflow.guards import BUILT_IN, CODES, Guard
from servicedesk.workflow.names import Names, name_errors, unknown
from servicedesk.workflow.step import LOCKS, Step
from servicedesk.workflow.words import SAME, STAY, Computed, Return, Setting

__all__ = ["step_errors"]


def step_errors(flow: Workflow, names: Names) -> Iterator[Problem]:
    """Yield the errors of all steps, in their order."""
    final = {state.name for state in flow.states if state.final}
    for index, step in enumerate(flow.steps):
        path = f"steps[{index}]"
        yield from name_errors(f"{path}.name", step.name)
        yield from names.sources(f"{path}.source", step.source)
        yield from _target_errors(step, f"{path}.target", names)
        yield from _when_errors(f"{path}.when", step.when, names)
        yield from _check_errors(step, path, names)
        yield from _effect_errors(flow, step, path, names)
        for place, guard in enumerate(step.guards):
            yield from _guard_errors(guard, f"{path}.guards[{place}]", names)
        for source in flow.sources_of(step):
            if source in final and step.target != STAY:
                message = f"{step.name!r} leaves {source!r}, which is final"
                yield Problem(f"{path}.source", message, code="final_with_exits")
        yield from _ambiguous(flow, step, f"{path}.by", names)
    yield from _shadowed(flow)


def _target_errors(step: Step, path: str, names: Names) -> Iterator[Problem]:
    target = step.target
    if isinstance(target, Return | Computed):
        if not target.among:
            yield Problem(path, f"{type(target).__name__} needs at least one state", code="bad_target")
        for name in target.states if target.among else ():
            yield from names.state(path, name)
        if isinstance(target, Computed) and names.resolvers is not None and target.name not in names.resolvers:
            yield unknown(path, target.name, "resolver", names.resolvers)
    elif target not in (SAME, STAY):
        yield from names.state(path, target)


def _when_errors(path: str, when: object, names: Names) -> Iterator[Problem]:
    if when is None:
        return
    if not isinstance(when, Condition):
        message = f"{when!r} is no condition; write Field('kind') == 'fault', or its text"
        yield Problem(path, message, code="bad_condition")
    elif any(isinstance(node, Held) for node in when.walk()):
        yield Problem(path, f"{when} holds over time, and a step sees one instant", code="bad_condition")
    else:
        for name in sorted(when.fields):
            yield from names.field(path, name)


def _check_errors(step: Step, path: str, names: Names) -> Iterator[Problem]:
    yield from names.roles_known(f"{path}.by", step.by)
    yield from names.needed(f"{path}.requires", step.requires, step.records)
    for key in ("waives", "must_change"):
        for name in getattr(step, key):
            yield from names.field(f"{path}.{key}", name)
    yield from names.marks_known(f"{path}.needs", step.needs)
    if step.lock not in LOCKS:
        hint = did_you_mean(step.lock, LOCKS) or f"; locks: {', '.join(LOCKS)}"
        yield Problem(f"{path}.lock", f"{step.lock!r} is not a lock{hint}", code="unknown_name")
    if step.records is not None and step.records not in RECORDS:
        yield unknown(f"{path}.records", step.records, "record", tuple(RECORDS))


def _effect_errors(flow: Workflow, step: Step, path: str, names: Names) -> Iterator[Problem]:
    yield from names.marks_known(f"{path}.voids", step.voids)
    yield from names.outcome(f"{path}.outcome", step.outcome)
    record = {known.name: known for known in RECORDS.get(step.records or "", ())}
    types = {known.name: known for known in flow.fields} | record
    for name, value in step.sets.items():
        where = f"{path}.sets[{name!r}]"
        yield from names.field(where, name, record)
        declared = types.get(name)
        if declared is None or isinstance(value, Setting) or declared.type not in TYPES:
            continue
        if not TYPES[declared.type](value) or (declared.choices and value not in declared.choices):
            yield Problem(where, f"{value!r} is no value of {name!r}, a {declared.type}", code="bad_setting")


def _guard_errors(guard: object, path: str, names: Names) -> Iterator[Problem]:
    if not isinstance(guard, Guard):
        yield Problem(path, f"{guard!r} is no guard; write counter_below('returns', 2)", code="bad_guard")
        return
    for part in guard.walk():
        if part.name in BUILT_IN:
            yield from _built_in_errors(part, path, names)
        elif names.guards is not None and part.name not in names.guards:
            yield unknown(path, part.name, "guard", (*BUILT_IN, *names.guards))


def _built_in_errors(guard: Guard, path: str, names: Names) -> Iterator[Problem]:
    known = {"mark": names.marks, "counter": names.counters, "step": names.steps, "code": CODES}
    for key, wanted in known.items():
        name = guard.arguments.get(key)
        if name is not None and name not in wanted:
            yield unknown(path, name, key, wanted)
    try:
        BUILT_IN[guard.name](**guard.arguments)
    except (TypeError, ValueError, DefinitionInvalid) as error:
        yield Problem(path, f"{guard!r}: {error}", code="bad_guard")


def _ambiguous(flow: Workflow, step: Step, path: str, names: Names) -> Iterator[Problem]:
    if step.by or not flow.rights:
        return
    for source in flow.sources_of(step):
        for target in (name for name in flow.targets_of(step, source) if name in names.states):
            ruling = rights_for(flow.rights, step.name, source, target)
            if len({right.roles for right in ruling}) > 1:
                at = " and ".join(f"rights[{flow.rights.index(right)}]" for right in ruling)
                message = f"{at} rule {step.name!r} from {source!r} to {target!r} alike, with different roles"
                yield Problem(path, message, code="ambiguous_right")


def _shadowed(flow: Workflow) -> Iterator[Problem]:
    """Find candidates that can never be chosen: an earlier one of the same step takes everybody, always."""
    earlier: dict[tuple[str, str], list[int]] = {}
    for index, step in enumerate(flow.steps):
        blockers: list[int | None] = []
        for source in flow.sources_of(step):
            rivals = earlier.setdefault((source, step.name), [])
            blocking = (at for at in rivals if _takes_all_of(flow, source, flow.steps[at], step))
            blockers.append(next(blocking, None))
            rivals.append(index)
        if blockers and None not in blockers:
            message = f"{step.name!r} is never chosen: steps[{blockers[0]}] takes every case before it"
            yield Problem(f"steps[{index}]", message, code="shadowed_candidate")


def _takes_all_of(flow: Workflow, source: str, rival: Step, step: Step) -> bool:
    if rival.when is not None and rival.when != step.when:
        return False
    theirs = [roles_of(flow, rival, source, target) for target in flow.targets_of(rival, source)]
    if all(roles is None for roles in theirs):
        return True
    ours = [roles_of(flow, step, source, target) for target in flow.targets_of(step, source)]
    wanted: set[str] = set()
    for roles in ours:
        if roles is None:
            return False
        wanted |= roles
    return bool(wanted) and all(roles is None or wanted <= roles for roles in theirs)
