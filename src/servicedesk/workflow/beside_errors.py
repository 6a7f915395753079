"""What is wrong with what a definition says beside its states: supervision, lease, urging, follow-ups, children."""

from __future__ import annotations

from collections.abc import Iterator

from servicedesk.errors import Problem
from servicedesk.workflow.definition import Workflow
from servicedesk.workflow.names import Names, unknown
from servicedesk.workflow.words import Category

__all__ = ["beside_errors"]


def beside_errors(flow: Workflow, names: Names) -> Iterator[Problem]:
    """Yield the errors of all that, in the order of the definition's fields."""
    for index, limit in enumerate(flow.supervision):
        if not limit:
            yield Problem(f"supervision[{index}]", "a level has a time to answer", code="bad_limit")
    if flow.supervised and not flow.supervision:
        yield Problem("supervised", "a supervision needs the limit of a level: supervision=", code="bad_limit")
    yield from _lease_errors(flow, names)
    if type(flow.urging.supervise_after) is not int or flow.urging.supervise_after < 0:
        message = f"{flow.urging.supervise_after!r} is not a number of urges, 0 or more"
        yield Problem("urging.supervise_after", message, code="bad_limit")
    yield from _follow_up_errors(flow, names)
    yield from _propagation_errors(flow, names)
    if flow.open_children not in ("block", "ignore"):
        yield unknown("open_children", flow.open_children, "way", ("block", "ignore"))


def _lease_errors(flow: Workflow, names: Names) -> Iterator[Problem]:
    if not flow.lease.span:
        yield Problem("lease.span", "a claim holds for some time", code="bad_limit")
    if flow.lease.then is not None and flow.lease.then not in names.steps:
        yield unknown("lease.then", flow.lease.then, "step", names.steps)


def _follow_up_errors(flow: Workflow, names: Names) -> Iterator[Problem]:
    for index, follow_up in enumerate(flow.follow_ups):
        path = f"follow_ups[{index}]"
        if follow_up.step not in names.steps:
            yield unknown(f"{path}.step", follow_up.step, "step", names.steps)
        if follow_up.outside not in ("new_ticket", "refuse"):
            yield unknown(f"{path}.outside", follow_up.outside, "way", ("new_ticket", "refuse"))
        for name in () if follow_up.when is None else sorted(follow_up.when.fields):
            yield from names.field(f"{path}.when", name)


def _propagation_errors(flow: Workflow, names: Names) -> Iterator[Problem]:
    categories = tuple(category.value for category in Category)
    for index, propagation in enumerate(flow.propagations):
        path = f"propagations[{index}]"
        if propagation.on not in names.steps:
            yield unknown(f"{path}.on", propagation.on, "step", names.steps)
        for category in propagation.child_in:
            if category not in categories:
                yield unknown(f"{path}.child_in", category, "category", categories)
        yield from names.roles_known(f"{path}.actor_roles", propagation.actor_roles)
        reasons = {reason for step in flow.steps if step.name == propagation.on for reason in step.reasons}
        for reason in propagation.reasons:
            if reason not in reasons:
                yield unknown(f"{path}.reasons", reason, "reason", tuple(sorted(reasons)))
