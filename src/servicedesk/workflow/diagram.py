"""A workflow as people look at it: a Mermaid state diagram, a Markdown table (LIB-6). Same workflow, same text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from servicedesk.workflow.definition import Workflow
from servicedesk.workflow.notation import due_text, needed_text
from servicedesk.workflow.step import Step
from servicedesk.workflow.words import STAY, Category, Computed, InGroup, Return

__all__ = ["mermaid", "table"]

_TEXT = {"#": "#35;", '"': "#quot;", ";": "#59;", "<": "#lt;", ">": "#gt;", ":": "#58;", "\\": "#92;", "`": "#96;"}
_MARKDOWN = {"\\": "\\\\", "|": "\\|", "`": "\\`", "*": "\\*", "_": "\\_", "<": "&lt;", "[": "\\["}


def mermaid(flow: Workflow, language: str | None = None) -> str:
    """Return a state diagram: ids are generated, names escaped, so that a name of any script survives.

    ``[*]`` leads to born states and follows final ones; promises stand as notes.
    """
    return "\n".join(_mermaid(flow, language)) + "\n"


def _mermaid(flow: Workflow, language: str | None) -> Iterator[str]:
    ids = {state.name: f"s{index}" for index, state in enumerate(flow.states)}
    yield "stateDiagram-v2"
    for state in flow.states:
        yield f'    state "{_escaped(_label(state.name, state.labels, language), _TEXT)}" as {ids[state.name]}'
    yield from (f"    [*] --> {ids[state.name]}" for state in flow.born)
    for step in flow.steps:
        text = _escaped(_label(step.name, step.labels, language), _TEXT)
        for source in flow.sources_of(step):
            for target in flow.targets_of(step, source):
                yield f"    {ids[source]} --> {ids[target]} : {text}{' (stays)' if step.target == STAY else ''}"
    yield from (f"    {ids[state.name]} --> [*]" for state in flow.states if state.final)
    for promise in flow.promises:
        marks = _escaped(", ".join(promise.marks), _TEXT)
        places = [promise.before] if promise.before in ids else _sources(flow, promise.before)
        before = "" if promise.before in ids else f"{_escaped(promise.before, _TEXT)} "
        yield from (f"    note right of {ids[place]} : {before}promises {marks}" for place in places)


def _sources(flow: Workflow, name: str) -> list[str]:
    return list(dict.fromkeys(source for step in flow.steps if step.name == name for source in flow.sources_of(step)))


def _label(name: str, labels: Mapping[str, str], language: str | None) -> str:
    return labels.get(language, name) if language is not None else name


def _escaped(text: str, table: Mapping[str, str]) -> str:
    return "".join(table.get(char, char) for char in text)


def table(flow: Workflow, language: str | None = None) -> str:
    """Return a Markdown table: a line for each candidate, in the order of declaration."""
    rows = (_row(flow, step, language) for step in flow.steps)
    lines = ("step", "from", "to", "by", "asks for", "does"), ("---",) * 6, *rows
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _row(flow: Workflow, step: Step, language: str | None) -> tuple[str, ...]:
    states = {state.name: _label(state.name, state.labels, language) for state in flow.states}
    cells = (
        _label(step.name, step.labels, language),
        ", ".join(_source(source, states) for source in step.source),
        _target(step, states),
        ", ".join(step.by),
        "; ".join(_asks(step)),
        "; ".join(_does(flow, step)),
    )
    return tuple(_escaped(cell, _MARKDOWN) for cell in cells)


def _source(source: object, states: Mapping[str, str]) -> str:
    if isinstance(source, Category):
        return f"every {source.value} state"
    if isinstance(source, InGroup):
        return f"group {source.group}"
    return "every state" if source == "*" else states.get(str(source), str(source))


def _target(step: Step, states: Mapping[str, str]) -> str:
    target = step.target
    if isinstance(target, Return):
        return f"back to {', '.join(states.get(name, name) for name in target.states)}"
    if isinstance(target, Computed):
        return f"{target.name}: {', '.join(states.get(name, name) for name in target.among)}"
    return {STAY: "stays", "=": "again"}.get(target, states.get(target, target))


def _asks(step: Step) -> Iterator[str]:
    if step.when is not None:
        yield f"when {step.when}"
    for word, names in (("", step.requires), ("changed ", step.must_change), ("mark ", step.needs)):
        yield from (f"{word}{needed_text(name)}" for name in names)
    if step.reasons:
        yield f"one of {', '.join(step.reasons)}"
    yield from (repr(guard)[len("Guard(") : -1] for guard in step.guards)


def _does(flow: Workflow, step: Step) -> Iterator[str]:
    for word, names in (("gives", step.gives), ("voids", step.voids), ("counts", step.counts)):
        if names:
            yield f"{word} {', '.join(names)}"
    if step.records:
        yield f"records a {step.records}"
    if step.lock != "respects":
        yield f"lock: {step.lock}"
    leaving = [state for state in flow.states if flow.matches(step.source, state)]
    timers = (timer for state in leaving for timer in state.timers if timer.step == step.name)
    yield from dict.fromkeys(f"by itself {due_text(timer)}" for timer in timers)
