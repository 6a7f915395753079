"""A short notation for the shape of a workflow: how loops are printed, and how the ready-made ones are written.

The first line lists the states, ``name:category:line``, with ``*`` for final and ``+`` for a further born state (the
first one always is). Then a step each, ``name: sources > target [roles] extras``; the target is a state, ``.`` for
`STAY`, ``=`` for `SAME`, ``< a b`` for ``Return("a", "b")`` or ``? resolver a b`` for ``Computed("resolver", ...)``.
The extras: ``?`` requires, ``#`` reasons, ``!`` needs, ``+`` gives, ``-`` voids, ``^`` counts, ``@`` the timer that
takes the step by itself, a span or the field of an instant. Guards, records, fields and promises are not part of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from attrs import evolve

from servicedesk.instants import duration_text
from servicedesk.workflow.definition import Workflow
from servicedesk.workflow.state import State, Timer
from servicedesk.workflow.step import Step
from servicedesk.workflow.words import Category, Computed, For, InGroup, Return

__all__ = ["due_text", "needed_text", "read", "written"]

_EXTRAS = {"?": "requires", "#": "reasons", "!": "needs", "+": "gives", "-": "voids", "^": "counts"}
_SIMPLE = re.compile(r"\w[\w.]*")
_STEP = re.compile(r"([^\[#!+^@?]*?)\s*(?:\[(.*?)\])?((?:\s+[?#!+^@-]\S+)*)")
_SHORT = {"staff": ("seat", "expert", "back")}


def read(name: str, text: str, *, version: int = 1, **more: Any) -> Workflow:
    """Return the workflow of a notation whose names are simple words; ``staff`` means seat, expert and back.

    ``more`` goes to `Workflow` as it is.

    >>> print(read("query", "open:new:1 done:closed*; answer: open > done [seat] ?text @24h"))
    query 1
    open:new:1 done:closed*
     answer: open > done [seat] ?text @24h
    """
    head, *lines = (part.strip() for line in text.strip().splitlines() for part in line.split(";") if part.strip())
    states = [_read_state(word, born=index == 0) for index, word in enumerate(head.split())]
    pairs = [_read_step(line) for line in lines]
    for step, timer in pairs:
        if timer is not None:
            states = [
                evolve(state, timers=(*state.timers, timer)) if state.name in step.source else state for state in states
            ]
    return Workflow(name, version, states=states, steps=[step for step, _ in pairs], **more)


def _read_state(word: str, *, born: bool) -> State:
    name, category, *line = word.rstrip("*+").split(":")
    final = word.endswith("*")
    return State(
        name, Category(category), born=born or word.endswith("+"), final=final, line=int(line[0]) if line else None
    )


def _read_step(line: str) -> tuple[Step, Timer | None]:
    name, _, rest = line.partition(": ")
    sources, _, rest = rest.partition(" > ")
    where, roles, extras = _STEP.fullmatch(rest).groups("")  # type: ignore[union-attr]  # our own loops, all tested
    target = Return(*where.split()[1:]) if where.startswith("<") else where.strip()
    found: dict[str, Any] = {_EXTRAS[word[0]]: tuple(word[1:].split(",")) for word in extras.split() if word[0] != "@"}
    by = tuple(role for word in roles.split() for role in _SHORT.get(word, (word,)))
    due = next((word[1:] for word in extras.split() if word[0] == "@"), None)
    return Step(name, tuple(sources.split()), target, by=by, **found), None if due is None else _read_timer(name, due)


def _read_timer(step: str, due: str) -> Timer:
    return Timer(step, after=due if due != "0" else "0s") if due[0].isdigit() else Timer(step, at_field=due)


def written(flow: Workflow) -> str:
    """Return a workflow in the notation; names that are no simple words stand in quotes."""
    first = next((state.name for state in flow.states if state.born), None)
    states = " ".join(_state_text(state, first) for state in flow.states)
    return "\n".join((f"{_word(flow.name)} {flow.version}", states, *(f" {_step_text(flow, s)}" for s in flow.steps)))


def _word(name: object) -> str:
    text = str(name)
    return text if _SIMPLE.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _words(names: Iterable[object], joint: str = " ") -> str:
    return joint.join(map(_word, names))


def _state_text(state: State, first: str | None) -> str:
    category = getattr(state.category, "value", state.category)
    line = "" if state.line is None else f":{state.line}"
    further = "+" if state.born and state.name != first else ""
    return f"{_word(state.name)}:{category}{line}{further}{'*' if state.final else ''}"


def _step_text(flow: Workflow, step: Step) -> str:
    by = f" [{_words(step.by)}]" if step.by else ""
    return f"{_word(step.name)}: {_sources_text(step)} > {_target_text(step)}{by}{''.join(_extras(flow, step))}"


def _sources_text(step: Step) -> str:
    return " ".join(
        f"{source.value}*"
        if isinstance(source, Category)
        else f"{_word(source.group)}/"
        if isinstance(source, InGroup)
        else "*"
        if source == "*"
        else _word(source)
        for source in step.source
    )


def _target_text(step: Step) -> str:
    target = step.target
    if isinstance(target, Return):
        return (
            f"< {_words(target.states)}"
            if target.default == target.among[0]
            else f"< {_words(target.among)} | {_word(target.default)}"
        )
    if isinstance(target, Computed):
        return f"? {_word(target.name)} {_words(target.among)}"
    return target if target in (".", "=") else _word(target)


def _extras(flow: Workflow, step: Step) -> Iterator[str]:
    for sign, attribute in _EXTRAS.items():
        names = [needed_text(name) for name in getattr(step, attribute)]
        if names:
            yield f" {sign}{','.join(names)}"
    states = (state for state in flow.states if flow.matches(step.source, state))
    yield from dict.fromkeys(
        f" {due_text(timer)}" for state in states for timer in state.timers if timer.step == step.name
    )


def needed_text(name: object) -> str:
    """Return a requirement as text; one role's stands behind the role."""
    return f"{_word(name.role)}:{_words(name.fields, '+')}" if isinstance(name, For) else _word(name)


def due_text(timer: Timer) -> str:
    """Return when a timer is due as text: ``@1d``, ``@window_until``."""
    due = _word(timer.at_field) if timer.after is None else duration_text(timer.after)
    return f"@{due}"
