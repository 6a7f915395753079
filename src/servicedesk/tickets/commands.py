"""What can be asked of a ticket: one page, a closed union of values.

The last group is sent by the host's desk alone, on behalf of other tickets: `Accepted.spawns` holds such commands.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Literal, TypeAlias

from attrs import field, frozen
from attrs.validators import in_, instance_of, min_len, optional

from servicedesk.frozenmap import EMPTY, FrozenMap, freeze_exact
from servicedesk.tickets.command import (
    BaseCommand,
    instant_or_none,
    is_count_or_none,
    is_text,
    is_text_or_none,
    label,
    span_or_none,
    text,
)
from servicedesk.workflow.words import texts

__all__ = [
    "LINKS",
    "Absorb",
    "Accept",
    "AnswerSupervision",
    "Assign",
    "Attach",
    "ChildChanged",
    "ChildRefused",
    "Claim",
    "Classify",
    "Command",
    "Link",
    "Merge",
    "Migrate",
    "Note",
    "Perform",
    "Release",
    "ReleaseSupervision",
    "Renew",
    "Reply",
    "Split",
    "Steal",
    "Supervise",
    "Unlink",
    "Unmerge",
    "Urge",
]

LINKS = ("child_of", "duplicate_of", "follows", "caused_by", "part_of_incident", "relates")
"""How one ticket may point at another: the first two make forests, the others are free (REL-1)."""


@frozen(kw_only=True)
class Accept(BaseCommand):
    """Begin a ticket. ``kind`` names the workflow, ``state`` one of its born states (the first by default) (DEC-1).

    Args:
        accepted: when the customer was heard, where that was before the instant of recording.
        contact: the contact it came from; ``recording_ref`` leads to what was said.
        callback_urgency: whether a measure that suspends callbacks may suspend this one (CB-3), in the host's words.
        follows: the ticket it takes up again; ``caused_by``: the one that gave rise to it.
        parent: the ticket it is a part of; ``lead``: the part that leads the others (REL-5).
    """

    kind: str = field(validator=is_text)
    state: str | None = label()
    service: str | None = label()
    channel: str | None = label()
    caller: str | None = label()
    symptom: str | None = label()
    priority: str | None = label()
    domain: str | None = label()
    region: str | None = label()
    branch: str | None = label()
    callback_urgency: str | None = label()
    group: str | None = label()
    assignee: str | None = label()
    accepted: int | None = field(default=None, converter=instant_or_none)
    contact: str | None = label()
    recording_ref: str | None = label()
    follows: str | None = label()
    caused_by: str | None = label()
    parent: str | None = label()
    lead: bool = False
    fields: FrozenMap[str, Any] = field(default=EMPTY, converter=freeze_exact)


@frozen(kw_only=True)
class Perform(BaseCommand):
    """Take a step, with the data it needs and, where the step has reasons, one of them.

    ``cause`` names the parent whose step asks for this one (REL-3).
    """

    step: str = field(validator=is_text)
    data: FrozenMap[str, Any] = field(default=EMPTY, converter=freeze_exact)
    reason: str | None = label()
    cause: str | None = label()


@frozen(kw_only=True)
class Assign(BaseCommand):
    """Give responsibility to a group, a person, or both; what is ``None`` is nobody."""

    group: str | None = field(validator=is_text_or_none)
    assignee: str | None = label()
    line: int | None = field(default=None, validator=is_count_or_none)


@frozen(kw_only=True)
class Classify(BaseCommand):
    """Set what lists and figures group by; what is ``None`` stays as it is."""

    service: str | None = label()
    symptom: str | None = label()
    priority: str | None = label()
    domain: str | None = label()
    region: str | None = label()
    branch: str | None = label()
    callback_urgency: str | None = label()


@frozen(kw_only=True)
class Note(BaseCommand):
    """Record that somebody wrote something down; the host keeps the text under ``text_ref``."""

    text_ref: str = text()


@frozen(kw_only=True)
class Reply(BaseCommand):
    """Record that the customer was answered 答复, by somebody or automatically."""

    text_ref: str | None = label()
    automatic: bool = False


def _identity(value: Iterable[Any]) -> tuple[str, int]:
    if isinstance(value, tuple | list) and [type(part) for part in value] == [str, int]:
        name, version = value
        return name, version
    raise TypeError(f"Migrate.to is a workflow's name and version, such as ('fault', 2), not {value!r}")


@frozen(kw_only=True)
class Migrate(BaseCommand):
    """Bring the ticket under another definition, by the migrations that `Definitions` holds (MIG-2)."""

    to: tuple[str, int] = field(converter=_identity)


# --- claims 锁定 ------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Claim(BaseCommand):
    """Lock the ticket for oneself, for ``span`` or the workflow's own lease (CL-1)."""

    span: timedelta | None = field(default=None, converter=span_or_none)


@frozen(kw_only=True)
class Renew(BaseCommand):
    """Hold one's claim longer: ``span`` from now on."""

    span: timedelta | None = field(default=None, converter=span_or_none)


@frozen(kw_only=True)
class Release(BaseCommand):
    """Give one's claim up."""


@frozen(kw_only=True)
class Steal(BaseCommand):
    """Take over another's claim: only in a role the workflow's lease names, and with a reason (CL-1)."""

    reason: str = text()
    span: timedelta | None = field(default=None, converter=span_or_none)


# --- urging 催办 and supervision 督办 ---------------------------------------------------------------------------------


@frozen(kw_only=True)
class Urge(BaseCommand):
    """Ask for haste. ``source`` follows the kind of actor where it is not said; ``addressee`` who has it (SUP-2)."""

    source: Literal["customer", "supervisor", "system"] | None = field(
        default=None, validator=optional(in_(("customer", "supervisor", "system")))
    )
    addressee: str | None = label()


def _is_level(_command: object, _attribute: Any, value: Any) -> None:
    if type(value) is not int or value < 1:
        raise TypeError(f"Supervise.level is a whole number from 1 on, not {value!r}")


@frozen(kw_only=True)
class Supervise(BaseCommand):
    """Put a department under supervision; asked again of the same one unanswered, the next level begins (SUP-3)."""

    department: str = text()
    reason: str | None = label()
    level: int = field(default=1, validator=_is_level)


@frozen(kw_only=True)
class AnswerSupervision(BaseCommand):
    """Record the department's answer; it stops the level's limit and releases nothing (SUP-3)."""

    answer_ref: str | None = label()


@frozen(kw_only=True)
class ReleaseSupervision(BaseCommand):
    """End the supervision."""


# --- other tickets ----------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Link(BaseCommand):
    """Point at another ticket (REL-1); a ``child_of`` or ``duplicate_of`` takes the place of an earlier one.

    ``instead_of`` is the desk's word: a child follows a merge or comes back from it, if it is still there (REL-4).
    """

    link: str = field(validator=in_(LINKS))
    other: str = text()
    instead_of: str | None = label()


@frozen(kw_only=True)
class Unlink(BaseCommand):
    """Point at another ticket no more."""

    link: str = field(validator=in_(LINKS))
    other: str = text()


@frozen(kw_only=True)
class Merge(BaseCommand):
    """Make the ticket part of another (REL-4)."""

    into: str = text()


@frozen(kw_only=True)
class Unmerge(BaseCommand):
    """Take the merge back."""


def _parts(value: Accept | Iterable[Accept]) -> tuple[Accept, ...]:
    parts = (value,) if isinstance(value, Accept) else tuple(value)
    if not parts or not all(isinstance(part, Accept) for part in parts):
        raise TypeError(f"into is one Accept or several, not {value!r}")
    return parts


@frozen(kw_only=True)
class Split(BaseCommand):
    """Begin other tickets out of this one; what they leave open is copied, the contact's instant too (REL-5)."""

    into: tuple[Accept, ...] = field(converter=_parts)


# --- from the desk alone ----------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Attach(BaseCommand):
    """Tell a ticket of its new child."""

    child: str = text()
    category: str = text()
    lead: bool = False


@frozen(kw_only=True)
class ChildChanged(BaseCommand):
    """Tell a ticket that a child came to another category, or (``None``) is its child no more."""

    child: str = text()
    category: str | None = label()


@frozen(kw_only=True)
class ChildRefused(BaseCommand):
    """Tell a ticket that a child refused the step which should have followed (REL-3)."""

    child: str = text()
    step: str = text()
    codes: tuple[str, ...] = field(converter=texts, validator=min_len(1))
    told: str = text()


@frozen(kw_only=True)
class Absorb(BaseCommand):
    """Tell a ticket that another became part of it, or (``undone``) is a ticket of its own again."""

    absorbed: str = text()
    earliest: int = field(validator=instance_of(int))
    children: tuple[str, ...] = field(default=(), converter=texts)
    undone: bool = False


Command: TypeAlias = (
    Accept
    | Perform
    | Assign
    | Classify
    | Note
    | Reply
    | Migrate
    | Claim
    | Renew
    | Release
    | Steal
    | Urge
    | Supervise
    | AnswerSupervision
    | ReleaseSupervision
    | Link
    | Unlink
    | Merge
    | Unmerge
    | Split
    | Attach
    | ChildChanged
    | ChildRefused
    | Absorb
)
"""Everything that can be asked of a ticket."""
