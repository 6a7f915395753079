"""What a decision is asked about: the subject, and one attempt on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from attrs import define, field

from servicedesk.errors import Refusal
from servicedesk.frozenmap import FrozenMap
from servicedesk.workflow.actor import Actor

__all__ = ["Request", "Subject", "is_set", "missing_fields"]


class Subject(Protocol):
    """What a decision must know of a ticket. ``claim``, ``children`` and ``supervision`` count where present.

    Best a frozen value: of one that can be written to, a refusal must ask at once what is possible, not on demand.
    """

    @property
    def id(self) -> str:
        """Its name in messages."""
        ...

    @property
    def state(self) -> str:
        """The state it is in."""
        ...

    @property
    def entered(self) -> int:
        """When it entered that state, microseconds UTC."""
        ...

    @property
    def values(self) -> Mapping[str, Any]:
        """Everything that conditions and requirements may name."""
        ...

    @property
    def round(self) -> int:
        """How often it goes round the loop: 1, and one more after each rework or reopening."""
        ...

    @property
    def line(self) -> int | None:
        """The support line that holds it."""
        ...

    @property
    def reason(self) -> str | None:
        """The reason given when it entered its state."""
        ...

    @property
    def outcome(self) -> str | None:
        """What it came to."""
        ...

    @property
    def marks(self) -> tuple[str, ...]:
        """The marks it holds, sorted."""
        ...

    @property
    def counters(self) -> Mapping[str, int]:
        """Its counters; a missing one is 0."""
        ...

    @property
    def timers(self) -> tuple[tuple[str, int], ...]:
        """The timers that run: step and due instant, in the order of declaration."""
        ...

    @property
    def taken(self) -> Mapping[str, str]:
        """Who was the last to take each step of this round."""
        ...

    @property
    def last_active(self) -> str | None:
        """The last active state it was in, itself included."""
        ...


@define(slots=True, init=False)
class Request:
    """One attempt: who wants to do something with what, when, and the data that come with it."""

    subject: Subject
    actor: Actor
    at: int
    data: FrozenMap[str, Any]
    reason: str | None
    changes: FrozenMap[str, Any] = field(repr=False)
    """The data, and what the step itself sets once it has settled."""
    all_known: Mapping[str, Any] | None = field(repr=False, eq=False)
    """`known`, once it was asked for."""

    def __init__(self, subject: Subject, actor: Actor, at: int, data: FrozenMap[str, Any], reason: str | None) -> None:
        self.subject = subject
        self.actor = actor
        self.at = at
        self.data = self.changes = data
        self.reason = reason
        self.all_known = None

    @property
    def known(self) -> Mapping[str, Any]:
        """The subject's values with the step's data on top."""
        if self.all_known is None:
            values = self.subject.values
            self.all_known = {**values, **self.changes} if self.changes else values
        return self.all_known

    def value(self, name: str) -> Any:
        """Return one of the values known; what comes with the step is found without asking the subject for all."""
        return self.changes[name] if name in self.changes else self.known.get(name)

    def settle(self, values: Mapping[str, Any]) -> None:
        """Put on top of the data what the step itself sets: before requirements are checked (WF-10)."""
        self.changes = FrozenMap({**self.data, **values})
        self.all_known = None


def is_set(value: object) -> bool:
    """Whether a value counts as known: ``0`` and ``False`` do, ``None``, ``""`` and ``()`` do not (WF-5)."""
    return value is not None and value not in ("", ())


def missing_fields(names: tuple[str, ...], values: Mapping[str, Any]) -> tuple[Refusal, ...]:
    """Return a refusal for each name without a value (WF-5, DEC-6)."""
    unset = (name for name in dict.fromkeys(names) if not is_set(values.get(name)))
    return tuple(Refusal("missing_field", {"field": name}) for name in unset)
