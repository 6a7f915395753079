"""The words a definition is written in: categories, sources, targets, and what a step may set.

Nothing is derived from a name: logic keys on the `Category` of a state and on marks (WF-1). Names may be of any script.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any, Final, TypeAlias

from attrs import field, frozen

__all__ = [
    "ANY",
    "ANYONE",
    "CLEAR",
    "FROM_ACTOR",
    "FROM_AT",
    "OUTCOMES",
    "RESERVED",
    "SAME",
    "STAY",
    "TICKET_WORDS",
    "URGE",
    "Category",
    "Computed",
    "For",
    "InGroup",
    "Needed",
    "Return",
    "Setting",
    "Source",
    "Target",
    "listed",
    "texts",
]

ANY: Final = "*"
"""As a source: every state that is not final. In a `Right`: every step, source or target."""
ANYONE: Final = "*"
"""As a role: everybody, said on purpose (ACT-2)."""
SAME: Final = "="
"""As a target: leave the state and enter it again."""
STAY: Final = "."
"""As a target: nothing moves, only data changes."""
URGE: Final = "!"
"""As the step of a timer: no step is taken, whoever holds the ticket is urged by the system (SUP-2)."""
RESERVED: Final = (ANY, SAME, STAY, URGE)

OUTCOMES: Final = ("solved", "workaround", "withdrawn", "invalid", "refused", "duplicate", "false_alarm")
"""What a ticket may come to; a workflow may declare more (WF-9)."""

TICKET_WORDS: Final = (
    "state",
    "category",
    "line",
    "service",
    "channel",
    "symptom",
    "priority",
    "domain",
    "region",
    "branch",
    "callback_urgency",
    "group",
    "assignee",
    "outcome",
    "round",
)
"""What every ticket tells of itself; data can never stand in for these (DEC-6 ``read_only``)."""


class Category(Enum):
    """The stage of a state, in the order of the closed loop 闭环; the first three together are *open*.

    No ``str`` subclass: a state may be called "new", and must not be taken for the category.
    """

    NEW = "new"
    ACTIVE = "active"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def is_open(self) -> bool:
        """Whether a ticket in this stage still waits for its solution."""
        return self in (Category.NEW, Category.ACTIVE, Category.WAITING)

    @property
    def stage(self) -> str:
        """What a customer is told of it: accept 受理, handle 处理, callback 回访, archive 归档."""
        if self is Category.NEW:
            return "accept"
        if self is Category.RESOLVED:
            return "callback"
        return "archive" if self is Category.CLOSED else "handle"


class Setting(Enum):
    """What a step writes where no constant can stand: who acts, when, or nothing (WF-10)."""

    FROM_ACTOR = "actor"
    FROM_AT = "at"
    CLEAR = "clear"


FROM_ACTOR: Final = Setting.FROM_ACTOR
"""Set the id of whoever takes the step."""
FROM_AT: Final = Setting.FROM_AT
"""Set the instant of the step, microseconds UTC."""
CLEAR: Final = Setting.CLEAR
"""Take the value away."""


def texts(value: str | Iterable[str] | None) -> tuple[str, ...]:
    """Return one text or several as a tuple (attrs converter)."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


@frozen
class InGroup:
    """As a source: every state of that group, also those added later (WF-4)."""

    group: str


@frozen(init=False)
class Return:
    """As a target: the last *active* state the ticket was in, if it is in ``among``, else ``default`` (WF-8).

    So a held ticket resumes at its line. The first of ``among`` is the default unless another is named.

    >>> Return("at_seat", "at_expert").default
    'at_seat'
    """

    among: tuple[str, ...]
    default: str

    def __init__(self, *among: str, default: str | None = None) -> None:
        self.__attrs_init__(tuple(among), default or (among[0] if among else ""))

    def destination(self, last_active: str | None) -> str:
        """Return where the ticket goes."""
        return last_active if last_active in self.among else self.default

    @property
    def states(self) -> tuple[str, ...]:
        """Every state it may lead to: checks see an edge to each."""
        return tuple(dict.fromkeys((*self.among, self.default)))


@frozen
class Computed:
    """As a target: what a resolver, registered at ``compile(resolvers=...)``, answers; one of ``among`` (WF-8)."""

    name: str
    among: tuple[str, ...] = field(converter=texts)

    @property
    def states(self) -> tuple[str, ...]:
        """Every state it may lead to: checks see an edge to each."""
        return tuple(dict.fromkeys(self.among))


@frozen(init=False)
class For:
    """Requirements of one role only: ``For("seat", "solution")`` (WF-6)."""

    role: str
    fields: tuple[str, ...]

    def __init__(self, role: str, *fields: str) -> None:
        self.__attrs_init__(role, tuple(fields))


Source: TypeAlias = str | Category | InGroup
Target: TypeAlias = str | Return | Computed
Needed: TypeAlias = str | For


def listed(value: Any) -> tuple[Any, ...]:
    """Return one item or several as a tuple, whatever they are: `Workflow.problems` names what does not fit."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        return (value,)
    return tuple(value)
