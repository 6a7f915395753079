"""What can be asked of a ticket, as values."""

from __future__ import annotations

from typing import Any, TypeAlias

from attrs import field, frozen

from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.workflow import Actor

__all__ = ["Accept", "Assign", "Classify", "Command", "Note", "Perform"]


@frozen(kw_only=True)
class _Command:
    """What every command carries: whose it is, on which ticket, and how a repetition is recognised."""

    ticket: str
    actor: Actor
    key: str | None = None
    expected_version: int | None = None


@frozen(kw_only=True)
class Accept(_Command):
    """Begin a ticket. ``kind`` names the workflow, ``state`` one of its born states (the first by default) (DEC-1)."""

    kind: str
    state: str | None = None
    service: str | None = None
    channel: str | None = None
    caller: str | None = None
    symptom: str | None = None
    priority: str | None = None
    group: str | None = None
    assignee: str | None = None
    fields: FrozenMap[str, Any] = field(default=EMPTY, converter=freeze)


@frozen(kw_only=True)
class Perform(_Command):
    """Take a step, with the data it needs and, where the step has reasons, one of them."""

    step: str
    data: FrozenMap[str, Any] = field(default=EMPTY, converter=freeze)
    reason: str | None = None


@frozen(kw_only=True)
class Assign(_Command):
    """Give responsibility to a group, a person, or both; what is ``None`` is nobody."""

    group: str | None
    assignee: str | None = None
    line: int | None = None


@frozen(kw_only=True)
class Classify(_Command):
    """Set what lists and figures group by; what is ``None`` stays as it is."""

    service: str | None = None
    symptom: str | None = None
    priority: str | None = None


@frozen(kw_only=True)
class Note(_Command):
    """Record that somebody wrote something down; the host keeps the text under ``text_ref``."""

    text_ref: str


Command: TypeAlias = Accept | Perform | Assign | Classify | Note
