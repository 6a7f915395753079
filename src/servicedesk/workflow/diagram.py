"""A workflow as people look at it: a Mermaid state diagram, a Markdown table (LIB-6). Same workflow, same text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from servicedesk.workflow.declared import Mark
from servicedesk.workflow.definition import Workflow
from servicedesk.workflow.edges import roles_of
from servicedesk.workflow.notation import due_text, needed_text
from servicedesk.workflow.state import State
from servicedesk.workflow.step import Step
from servicedesk.workflow.words import STAY, Category, Computed, InGroup, Return

__all__ = ["COLOURS", "mermaid", "name_of", "table"]

# What Mermaid would read as its own, or as Markdown; a code of its own stands for the sign, wherever a label stands.
_SIGNS = re.compile(r"[#\";<>:\\`*$&]|(?<!\w)_|_(?!\w)|^[-+=]|(?<=\d)[.)]")
_MARKDOWN = {"\\": "\\\\", "|": "\\|", "`": "\\`", "*": "\\*", "_": "\\_", "<": "&lt;", "[": "\\["}
_WORDS = {"en": ("promises ", "last active"), "zh": ("承诺：", "原处理环节")}
COLOURS = {"new": "e3f2fd", "active": "e8f5e9", "waiting": "fff8e1", "resolved": "f3e5f5", "closed": "eeeeee"}
"""What a category is filled with."""


def mermaid(flow: Workflow, language: str | None = None) -> str:
    """Return a state diagram: ids are generated, names escaped, so that a name of any script survives.

    ``[*]`` leads to born states and follows final ones, promises stand as notes, a colour is a category. It is drawn
    to be read: steps with the same way share an arrow, a step that stays is written into its state, and whatever
    returns to the last active state goes through one place.
    """
    return "\n".join(f"    {line}" if index else line for index, line in enumerate(_mermaid(flow, language))) + "\n"


def _mermaid(flow: Workflow, language: str | None) -> Iterator[str]:
    ids = {state.name: f"s{index}" for index, state in enumerate(flow.states)}
    stays, arrows, returns = _ways(flow, ids, language)
    promises, last_active = _WORDS.get(language or "en", _WORDS["en"])
    yield "stateDiagram-v2"
    for state in flow.states:
        yield f'state "{_label(state, language)}" as {ids[state.name]}'
    yield from (f'state "{last_active}" as {place}' for place in returns.values())
    yield from (f"{place} : {text}" for place, texts in stays.items() for text in dict.fromkeys(texts))
    yield from (f"[*] --> {ids[state.name]}" for state in flow.born)
    for (source, target), texts in arrows.items():
        yield f"{source} --> {target} : {'<br/>'.join(dict.fromkeys(texts))}"
    yield from (f"{place} --> {ids[name]}" for among, place in returns.items() for name in among)
    yield from (f"{ids[state.name]} --> [*]" for state in flow.states if state.final)
    for place, before, marks in _promised(flow, language):
        yield f"note right of {ids[place]} : {before}{promises}{marks}"
    for category, colour in COLOURS.items():
        members = [ids[state.name] for state in flow.states if state.category.value == category]
        if members:
            yield f"classDef {category} fill:#{colour},stroke:#78909c,color:#212121"
            yield f"class {','.join(members)} {category}"
    if returns:
        yield "classDef back fill:#ffffff,stroke:#78909c,color:#212121,stroke-dasharray:4"
        yield f"class {','.join(returns.values())} back"


_Texts: TypeAlias = dict[Any, list[str]]


def _ways(
    flow: Workflow, ids: Mapping[str, str], language: str | None
) -> tuple[_Texts, _Texts, dict[tuple[str, ...], str]]:
    """Return what is written into each state, what on each arrow, and the places through which steps return."""
    stays: _Texts = {}
    arrows: _Texts = {}
    returns: dict[tuple[str, ...], str] = {}
    for step in flow.steps:
        text, target = _label(step, language), step.target
        for source in flow.sources_of(step):
            if target == STAY:
                stays.setdefault(ids[source], []).append(text)
                continue
            if isinstance(target, Return) and len(target.states) > 1:
                places = [returns.setdefault(target.states, f"r{len(returns)}")]
            else:
                places = [ids[name] for name in flow.targets_of(step, source)]
            for place in places:
                arrows.setdefault((ids[source], place), []).append(text)
    return stays, arrows, returns


def _promised(flow: Workflow, language: str | None) -> Iterator[tuple[str, str, str]]:
    """Yield each place where a promise holds: the state, the step if it is one's promise, and the marks."""
    labels = {mark.name: _label(mark, language) for mark in flow.all_marks}
    for promise in flow.promises:
        marks = ", ".join(labels.get(name) or _safe(name) for name in promise.marks)
        if flow.state(promise.before) is not None:
            yield promise.before, "", marks
        steps = [step for step in flow.steps if step.name == promise.before]
        sources = dict.fromkeys(source for step in steps for source in flow.sources_of(step))
        yield from ((source, f"{_label(steps[0], language)} ", marks) for source in sources)


def _label(part: State | Step | Mark, language: str | None) -> str:
    return _safe(name_of(part, language))


def _safe(text: str) -> str:
    return _SIGNS.sub(lambda sign: f"#{ord(sign[0])};", text)


def name_of(part: State | Step | Mark | Workflow, language: str | None) -> str:
    """Return what people read: the label of that language, else the name."""
    return part.labels.get(language, part.name) if language is not None else part.name


def table(flow: Workflow, language: str | None = None, role: str | None = None) -> str:
    """Return a Markdown table: a line for each candidate, in the order of declaration; for one role, what it may do."""
    rows = (_row(flow, step, language) for step in flow.steps if role is None or _may(flow, step, role))
    lines = ("step", "from", "to", "by", "asks for", "does"), ("---",) * 6, *rows
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _may(flow: Workflow, step: Step, role: str) -> bool:
    ways = ((source, target) for source in flow.sources_of(step) for target in flow.targets_of(step, source))
    roles = (roles_of(flow, step, source, target) for source, target in ways)
    return any(named is None or role in named for named in roles)


def _row(flow: Workflow, step: Step, language: str | None) -> tuple[str, ...]:
    states = {state.name: name_of(state, language) for state in flow.states}
    cells = (
        name_of(step, language),
        ", ".join(_source(source, states) for source in step.source),
        _target(step, states),
        ", ".join(step.by),
        "; ".join(_asks(step)),
        "; ".join(_does(flow, step)),
    )
    return tuple("".join(_MARKDOWN.get(char, char) for char in cell) for cell in cells)


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
