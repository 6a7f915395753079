"""A workflow decided by walking its definition, written from DEC-2, DEC-3, DEC-6, WF-4, WF-6 and ACT-2 alone."""

from servicedesk.workflow import ANY, ANYONE, SAME, STAY, Category


def leaves(flow, step, state):
    """Does the step leave this state? (WF-4)."""
    sources = step.source if isinstance(step.source, tuple) else (step.source,)
    for source in sources:
        if isinstance(source, Category):
            if state.category is source:
                return True
        elif source == ANY:
            if not state.final:
                return True
        elif source == state.name:
            return True
    return False


def may(flow, step, actor):
    """May this actor take the step? (ACT-1, ACT-2)."""
    if all(other.by == () for other in flow.steps):
        return True
    return any(role == ANYONE or role in actor.roles for role in step.by)


def decide(flow, subject, name, actor, data, reason):
    """Return ``("moved", target, stays, reason)`` or ``("refused", codes)``."""
    if name not in [step.name for step in flow.steps]:
        return ("refused", ("unknown_step",))
    here = next(state for state in flow.states if state.name == subject.state)
    candidates = [step for step in flow.steps if step.name == name and leaves(flow, step, here)]
    if not candidates:
        return ("refused", ("not_possible",))
    known = dict(subject.values)
    known.update(data)
    for step in candidates:
        if may(flow, step, actor) and (step.when is None or step.when.truth(known) is True):
            return _check(flow, step, here, known, reason)
    blamed = "condition" if any(may(flow, step, actor) for step in candidates) else "forbidden"
    return ("refused", (blamed,))


def _check(flow, step, here, known, reason):
    if step.target == STAY:
        target, needed = here, list(step.requires)
    else:
        wanted = here.name if step.target == SAME else step.target
        target = next(state for state in flow.states if state.name == wanted)
        needed = list(step.requires) + list(target.requires)
    codes = []
    for position, name in enumerate(needed):
        value = known.get(name)
        if name not in needed[:position] and (value is None or value in ("", ())):
            codes.append("missing_field")
    if step.reasons and reason is None:
        codes.append("missing_reason")
    elif step.reasons and reason not in step.reasons:
        codes.append("unknown_reason")
    if codes:
        return ("refused", tuple(codes))
    return ("moved", target.name, step.target == STAY, reason if step.reasons else None)
