"""A workflow decided by walking its definition, written from DEC-2, 3, 6, WF-4 to 10, ACT-1, 2, TM-1 and CB-4 alone."""

from datetime import timedelta
from fractions import Fraction

from servicedesk.workflow import (
    ANY,
    ANYONE,
    CLEAR,
    FROM_ACTOR,
    FROM_AT,
    SAME,
    STAY,
    Category,
    Computed,
    For,
    InGroup,
    Return,
)

OPEN = ("new", "active", "waiting")
WORDS = ["state", "category", "line", "service", "channel", "symptom", "priority"]
WORDS += ["group", "assignee", "outcome", "round"]


def leaves(flow, step, state):
    """Does the step leave this state? (WF-4)."""
    return any(means(source, state) for source in step.source)


def means(source, state):
    if isinstance(source, Category):
        return state.category is source
    if isinstance(source, InGroup):
        return state.group == source.group
    return not state.final if source == ANY else source == state.name


def destination(step, subject, resolvers, data, actor):
    """Where the step leads this ticket (WF-8)."""
    if step.target in (SAME, STAY):
        return subject.state
    if isinstance(step.target, Return):
        last = subject.last_active
        return last if last in step.target.among else step.target.default
    if isinstance(step.target, Computed):
        return resolvers[step.target.name]({**subject.values, **data}, actor)
    return step.target


def may(flow, step, source, target, actor):
    """May this actor take the step there? (ACT-1, ACT-2)."""
    if not flow.rights and all(other.by == () for other in flow.steps):
        return True
    roles = step.by
    if not roles:
        best = -1
        for right in flow.rights:
            if all(p in (ANY, n) for p, n in ((right.step, step.name), (right.source, source), (right.target, target))):
                names = (right.target != ANY, right.source != ANY)
                rank = {(True, True): 6, (True, False): 4, (False, True): 2, (False, False): 0}[names]
                rank += right.step != ANY
                if rank > best:
                    best, roles = rank, right.roles
    return any(role == ANYONE or role in actor.roles for role in roles)


def decide(flow, subject, name, actor, at, data, reason, resolvers):
    """Return ``("moved", everything after the move)`` or ``("refused", codes)``."""
    if name not in [step.name for step in flow.steps]:
        return ("refused", ("unknown_step",))
    here = flow.state(subject.state)
    candidates = [step for step in flow.steps if step.name == name and leaves(flow, step, here)]
    if not candidates:
        return ("refused", ("not_possible",))
    known = {**subject.values, **data}
    barred = False
    for step in candidates:
        if step.when is not None and step.when.truth(known) is not True:
            continue
        target = destination(step, subject, resolvers, data, actor)
        if may(flow, step, here.name, target, actor):
            return _check(flow, step, here, flow.state(target), subject, actor, at, data, reason)
        barred = True
    return ("refused", ("forbidden" if barred else "condition",))


def _check(flow, step, here, target, subject, actor, at, data, reason):
    claim = subject.claim
    if actor.kind == "person":
        if claim is not None and at < claim.until:
            if claim.agent != actor.id:
                return ("refused", ("claimed_by_other",))
        elif step.lock == "holder":
            return ("refused", ("not_claimed",))
    wrong = data_codes(flow, here, subject, data)
    if wrong:
        return ("refused", tuple(wrong))
    after = dict(data)
    for field, value in step.sets.items():
        after[field] = (
            actor.id if value is FROM_ACTOR else at if value is FROM_AT else None if value is CLEAR else value
        )
    known = {**subject.values, **after}
    codes = []
    codes += ["missing_field" for f in needed(flow, step, target, actor) if known.get(f) in (None, "", ())]
    codes += ["unchanged_field" for f in step.must_change if known.get(f) == subject.values.get(f)]
    if step.reasons and reason is None:
        codes.append("missing_reason")
    elif reason is not None and reason not in step.reasons:
        codes.append("unknown_reason")
    codes += ["missing_mark" for mark in step.needs if mark not in subject.marks]
    codes += [code for guard in step.guards for code in guard_code(guard, subject, actor, at, known)]
    if codes:
        return ("refused", tuple(codes))
    return ("moved", _after(flow, step, here, target, subject, at, after, known, reason))


def needed(flow, step, target, actor):
    """The names that must be known, each once (WF-6)."""
    asked = list(step.requires)
    if step.target != STAY:
        place, seen = target, set()
        while place is not None and place.name not in seen:
            seen.add(place.name)
            asked += place.requires
            place = flow.state(place.inherits) if place.inherits else None
    plain = [name for name in asked if isinstance(name, str)]
    own = [name for part in asked if isinstance(part, For) and part.role in actor.roles for name in part.fields]
    result = []
    for name in plain + own:
        if name not in step.waives and name not in result:
            result.append(name)
    return result


TYPES = {"text": (str,), "integer": (int,), "flag": (bool,), "choice": (str,), "instant": (int,)}
TYPES |= {"span": (timedelta,), "reference": (str,)}


def data_codes(flow, here, subject, data):
    """DEC-6, the first part: what is wrong with the data."""
    codes = []
    declared = {field.name: field for field in flow.fields}
    if declared:
        codes += ["unknown_field" for name in data if name not in declared and name not in WORDS]
    given = [(field, data[field.name]) for field in flow.fields if data.get(field.name) is not None]
    right = TYPES | {"number": (int, Fraction)}
    codes += ["wrong_type" for field, value in given if type(value) not in right[field.type]]
    for field in flow.fields:
        value = data.get(field.name)
        if field.type == "choice" and isinstance(value, str) and value != "" and value not in field.choices:
            codes.append("not_a_choice")
    codes += ["read_only" for name in data if name in WORDS]
    for field in flow.fields:
        fixed = any(means(source, here) for source in field.read_only_in)
        if fixed and field.name in data and data[field.name] != subject.values.get(field.name):
            codes.append("read_only")
    return codes


def guard_code(guard, subject, actor, at, known):
    """Nothing, or the code of the refusal, for the guards that generated workflows use."""
    arguments = guard.arguments
    if guard.name == "counter_below":
        return [] if subject.counters.get(arguments["counter"], 0) < arguments["limit"] else ["limit_reached"]
    if guard.name == "not_same_actor":
        return ["same_actor"] if subject.taken.get(arguments["step"]) == actor.id else []
    if guard.name == "has_mark":
        return [] if arguments["mark"] in subject.marks else ["missing_mark"]
    if guard.name == "within":
        return [] if at - subject.entered <= 3_600_000_000 else ["window_expired"]
    if guard.name == "negate":
        return [] if guard_code(guard.arguments["guards"][0], subject, actor, at, known) else ["guard"]
    raise AssertionError(guard)


def _after(flow, step, here, target, subject, at, after, known, reason):
    stays = step.target == STAY
    back = not stays and here.category.value not in OPEN and target.category.value in OPEN
    scopes = {mark.name: mark.scope for mark in flow.marks}
    marks = {m for m in subject.marks if m not in step.voids and not (back and scopes.get(m, "round") == "round")}
    counters = dict(subject.counters)
    for name in step.counts:
        counters[name] = counters.get(name, 0) + 1
    outcome = subject.outcome
    if not stays:
        outcome = target.outcome or (None if back else outcome)
    return {
        "target": target.name,
        "stays": stays,
        "entered": subject.entered if stays else at,
        "round": subject.round + (1 if back else 0),
        "line": subject.line if target.line is None else target.line,
        "reason": reason if step.reasons or not stays else subject.reason,
        "outcome": step.outcome or outcome,
        "data": after,
        "marks": tuple(sorted(marks | set(step.gives))),
        "counters": counters,
        "timers": _kept(target, subject, step, at, after) if stays else _armed(target, at, known),
    }


def _due(timer, at, known):
    return known.get(timer.at_field) if timer.after is None else at + timer.after // timedelta(microseconds=1)


def _armed(target, at, known):
    return tuple((timer.step, _due(timer, at, known)) for timer in target.timers if _due(timer, at, known) is not None)


def _kept(state, subject, step, at, after):
    """TM-1: notes and data never re-arm; a field timer follows its field; a due timer of the step is spent."""
    left = [pair for pair in subject.timers if not (pair[0] == step.name and pair[1] <= at)]
    result = []
    for timer in state.timers:
        mine = [pair for pair in left if pair[0] == timer.step][:1]
        for pair in mine:
            left.remove(pair)
        if timer.at_field is not None and timer.at_field in after:
            mine = [] if after[timer.at_field] is None else [(timer.step, after[timer.at_field])]
        result += mine
    return tuple(result)
