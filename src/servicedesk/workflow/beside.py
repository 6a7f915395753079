"""What a workflow says of the things that run beside its states: claims, urges, follow-ups, children."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from attrs import field, frozen

from servicedesk.conditions import Condition
from servicedesk.instants import to_duration
from servicedesk.workflow.words import texts

__all__ = ["FollowUp", "Lease", "Propagation", "Urging"]


def _span(value: timedelta | str) -> timedelta:
    return to_duration(value, argument="a span")


def _condition(value: Condition | str | None) -> Condition | None:
    return Condition.parse(value) if isinstance(value, str) else value


@frozen
class Lease:
    """How long a claim 锁定 holds, and what its end does (CL-1, CL-2). The span is *illustrative*.

    Args:
        span: of a claim that names no other, and of one that a step takes.
        then: a step taken by itself when a claim runs out, if one leads on from there.
        steal_by: the roles that may take over another's claim, each time with a reason.
    """

    span: timedelta = field(default=timedelta(minutes=30), converter=_span)
    then: str | None = field(default=None, kw_only=True)
    steal_by: tuple[str, ...] = field(default=("leader",), converter=texts, kw_only=True)


@frozen
class Urging:
    """What an urge 催办 may and does (SUP-2). Both figures are *illustrative*.

    Args:
        gap: how long after an urge to an addressee another one, but a customer's, is too soon.
        supervise_after: which customer's urge of a round starts supervision, if the workflow has any; 0: none does.
    """

    gap: timedelta = field(default=timedelta(minutes=30), converter=_span)
    supervise_after: int = 3


@frozen
class FollowUp:
    """What becomes of a customer who comes back too late: a new ticket, or a refusal (RO-2).

    ``step`` is the step that would take the ticket back inside its window; the window is that step's own guard
    (``within``, ``counter_below``). The first follow-up of a workflow whose ``when`` holds is the one.
    """

    step: str
    outside: Literal["new_ticket", "refuse"] = "new_ticket"
    when: Condition | None = field(default=None, converter=_condition, kw_only=True)


@frozen(kw_only=True)
class Propagation:
    """What a step of a parent does to its children (REL-3); each cause acts once.

    Args:
        on: the parent's step.
        do: the children's step.
        child_in: categories of the children it means.
        actor_roles: it counts only if one of these took the step; empty: whoever did.
        reasons: it counts only for these reasons of the step; empty: for all.
    """

    on: str
    do: str
    child_in: tuple[str, ...] = field(default=("new", "active", "waiting"), converter=texts)
    actor_roles: tuple[str, ...] = field(default=(), converter=texts)
    reasons: tuple[str, ...] = field(default=(), converter=texts)
