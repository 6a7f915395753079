"""What the ready-made loops share: bundles of steps, the guards and records of LIB-2, types of fields, labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import evolve

from servicedesk.workflow.beside import FollowUp
from servicedesk.workflow.declared import DataField
from servicedesk.workflow.definition import Workflow
from servicedesk.workflow.guards import (
    Guard,
    attempted,
    children_are,
    holds,
    negate,
    not_same_actor,
    within,
)
from servicedesk.workflow.library_labels import LABELS
from servicedesk.workflow.notation import read
from servicedesk.workflow.state import State
from servicedesk.workflow.step import Step
from servicedesk.workflow.words import CLEAR, TICKET_WORDS, Category

__all__ = ["TAIL", "dressed", "loop", "pause", "ring"]

TAIL = "resolved:resolved called_back:resolved archived:closed"
"""The states that end a loop with a callback 回访."""


def pause(places: str) -> str:
    """Return the steps that hold a ticket, and resume it at its line."""
    return f"""
    hold: {places} > waiting [staff] #customer,third_party,agreed_window,parts
    resume: waiting > < {places} [staff]
    customer_replied: waiting > < {places} [customer]"""


def ring(resolved: str, called_back: str) -> str:
    """Return the steps of a callback: confirmed, nobody there, given up."""
    return f"""
    confirm: {resolved} > {called_back} [caller seat] +callback
    no_answer: {resolved} > . [caller seat] ^attempts
    give_up: {resolved} > {called_back} [caller] +callback"""


def loop(rework: str, reopen: str) -> str:
    """Return the steps that close a loop: callback, archive, and the two ways back."""
    return f"""{ring("resolved", "called_back")}
    rework: resolved called_back > {rework} [caller seat leader] #not_effective,dissatisfied,incomplete ^reworks
    archive: called_back > archived [seat leader system] !callback @24h
    reopen: archived > {reopen} [customer seat leader] ^reopens"""


_TYPES = {
    **dict.fromkeys(("release_at", "window_from", "window_until"), "instant"),
    **dict.fromkeys(
        (
            *("contract_ref", "defect_ref", "design_ref", "meter_ref", "result_ref", "scheme_ref"),
            *("survey_ref", "withdrawal_ref"),
        ),
        "reference",
    ),
}
_PRIVATE = {"requester", "opinion"}

_FOUR_EYES = {"review_passed": "submit", "check": "execute", "approve": "request_approval", "verify": "deliver"}
_DONE = ("resolved", "closed")
_RECORDS = {
    **dict.fromkeys(("confirm", "no_answer", "give_up", "respond", "resolve_in_call"), "callback"),
    **dict.fromkeys(("review_passed", "review_failed"), "review"),
    "reply": "reply",
}
_OUTCOMES = {
    **dict.fromkeys(("cancel", "recall", "withdraw"), "withdrawn"),
    **dict.fromkeys(("answer", "check", "energise", "extract", "reply", "resolve", "resolve_in_call"), "solved"),
    **dict.fromkeys(("settle", "verify"), "solved"),
    "false_alarm": "false_alarm",
    "not_a_defect": "invalid",
    "refuse": "refused",
}
# Whoever objects or says that it did not help has confirmed nothing; how satisfied somebody is decides nothing (CB-2).
_CONFIRMED = negate(holds('effective == false | result in {"objected", "unreachable"}'))
_EXHAUSTED = attempted(3, days=2, zone="Asia/Shanghai")  # illustrative (CB-3)
# What goes on record of a callback unless the step's data say it (CB-1); looking at the result is no spoken consent.
_CALLBACKS = {
    "no_answer": {"result": "unreachable"},
    "give_up": {"result": "exhausted"},
    "respond": {"method": "responsive"},
    "resolve_in_call": {"method": "in_call"},
}


def dressed(
    name: str,
    shape: str,
    more: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    fields: Iterable[DataField] = (),
    reopen_within: str = "7d",
    **rest: Any,
) -> Workflow:
    """Return a loop from its notation, with what all loops share and, by step, what ``more`` says."""
    flow = read(name, shape)
    steps = [_dressed_step(flow, step, reopen_within, (more or {}).get(step.name, {})) for step in flow.steps]
    states = [evolve(state, labels=LABELS[state.name]) for state in flow.states]
    given = {declared.name: declared for declared in fields}
    names = dict.fromkeys((*given, *_field_names(flow)))
    declared = [evolve(given.get(known) or _declared(known), labels=LABELS[known]) for known in names]
    follow_ups = [FollowUp(step.name) for step in steps if step.name == "reopen"]
    dressed_up = {"fields": tuple(declared), "labels": LABELS[name], "follow_ups": follow_ups, **rest}
    flow = evolve(flow, states=states, steps=steps, **dressed_up)
    return evolve(flow, marks=tuple(evolve(mark, labels=LABELS[mark.name]) for mark in flow.all_marks))


def _declared(name: str) -> DataField:
    return DataField(name, _TYPES.get(name, "text"), private=name in _PRIVATE)


def _field_names(flow: Workflow) -> list[str]:
    required = [str(name) for step in flow.steps for name in step.requires if name not in TICKET_WORDS]
    return [*required, *(timer.at_field for state in flow.states for timer in state.timers if timer.at_field)]


def _dressed_step(flow: Workflow, step: Step, reopen_within: str, more: Mapping[str, Any]) -> Step:
    own: dict[str, Any] = {
        "labels": LABELS[step.name],
        "records": _RECORDS.get(step.name),
        "guards": _guards(step, reopen_within),
        "sets": dict.fromkeys(_solution(flow), CLEAR) if _goes_back(flow, step) else _CALLBACKS.get(step.name, {}),
        "outcome": _OUTCOMES.get(step.name) if _ends(flow, step) else None,
    }
    return evolve(step, **{**own, **more})


def _guards(step: Step, reopen_within: str) -> tuple[Guard, ...]:
    found: list[Guard] = []
    if step.name == "reopen":
        found.append(within(reopen_within, "entered"))
    if step.name == "resolve":
        found.append(children_are(_DONE))
    if step.name in _FOUR_EYES:
        found.append(not_same_actor(_FOUR_EYES[step.name]))
    if "callback" in step.gives:
        found.append(_CONFIRMED)
    if step.name == "give_up":
        found.append(_EXHAUSTED)
    return tuple(found)


def _places(flow: Workflow, step: Step) -> tuple[list[State], list[State]]:
    sources = [state for state in flow.states if state.name in flow.sources_of(step)]
    names = {name for source in sources for name in flow.targets_of(step, source.name)}
    return sources, [state for state in flow.states if state.name in names]


def _goes_back(flow: Workflow, step: Step) -> bool:
    sources, targets = _places(flow, step)
    return any(flow.goes_back(step, source, target) for source in sources for target in targets)


def _ends(flow: Workflow, step: Step) -> bool:
    _, targets = _places(flow, step)
    return not any(state.category.is_open for state in targets)


def _solution(flow: Workflow) -> list[str]:
    """Return what entering a resolved state requires: it is cleared when the ticket goes back (RO-1)."""
    names = []
    for step in flow.steps:
        sources, targets = _places(flow, step)
        resolves = all(state.category is Category.RESOLVED for state in targets)
        if resolves and any(source.category.is_open for source in sources):
            names += [str(name) for name in step.requires]
    return list(dict.fromkeys(names))
