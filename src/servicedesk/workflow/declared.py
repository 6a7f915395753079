"""What a workflow declares beside states and steps: fields, marks and promises about them, rights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Literal

from attrs import field, frozen

from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.workflow.words import ANY, Category, InGroup, listed, texts

__all__ = ["RECORDS", "TYPES", "DataField", "Mark", "Promise", "Right", "rights_for"]


def _is(*classes: type) -> Callable[[object], bool]:
    return lambda value: type(value) in classes


TYPES: Mapping[str, Callable[[object], bool]] = FrozenMap(
    {
        "text": _is(str),
        "integer": _is(int),
        "number": _is(int, Fraction),
        "flag": _is(bool),
        "choice": _is(str),
        "instant": _is(int),
        "span": _is(timedelta),
        "reference": _is(str),
    }
)
"""The types of a field, and what is a value of each: exact classes, so that ``True`` is no 1 (COND-3)."""


@frozen
class DataField:
    """A value that the steps of a workflow may be given (WF-5). Once one is declared, all must be.

    Args:
        name: as data, requirements and conditions spell it.
        type: ``text integer number flag choice instant span reference``; an instant is integer microseconds UTC.
        choices: the only values of a ``choice``.
        private: it may lead to a person, an adapter must protect it (EV-7).
        read_only_in: states, categories or groups in which data cannot change it.
        labels: what people read, by language.
    """

    name: str
    type: str = "text"
    choices: tuple[str, ...] = field(default=(), converter=texts, kw_only=True)
    private: bool = field(default=False, kw_only=True)
    read_only_in: tuple[str | Category | InGroup, ...] = field(default=(), converter=listed, kw_only=True)
    labels: FrozenMap[str, str] = field(default=EMPTY, converter=freeze, kw_only=True)


RECORDS: Mapping[str, tuple[DataField, ...]] = FrozenMap(
    {
        "callback": (
            DataField("method", "choice", choices=("phone", "in_call", "responsive", "message", "visit")),
            DataField(
                "result",
                "choice",
                choices=("confirmed", "presumed", "objected", "declined", "unreachable", "exhausted"),
            ),
            DataField("effective", "flag"),
            DataField("satisfaction", "integer"),
            DataField("opinion_ref", "reference", private=True),
        ),
        "review": (DataField("opinion_ref", "reference", private=True),),
        "reply": (DataField("text_ref", "reference", private=True), DataField("automatic", "flag")),
    }
)
"""What a step may put on record beside the move, and the data it takes for that: a callback 回访, where "did it work"
and "how satisfied" are two answers (CB-1, CB-2), a review 复核, a reply 答复. The ticket itself does not keep them."""


@frozen
class Mark:
    """A named proof on a ticket. A ``round`` mark is void once the ticket is reopened (CB-4), a ``ticket`` mark stays.

    A mark that no workflow declares and some step gives is a ``round`` mark.
    """

    name: str
    scope: Literal["round", "ticket"] = "round"
    labels: FrozenMap[str, str] = field(default=EMPTY, converter=freeze, kw_only=True)


@frozen
class Promise:
    """Whoever enters the state ``before``, or takes the step ``before``, holds these marks: proved (CHK-3).

    A step's own marks count for the state it enters, not for the step itself.
    """

    before: str
    marks: tuple[str, ...] = field(converter=texts)


@frozen(kw_only=True)
class Right:
    """Who may take which step: a pattern, for steps that name no role themselves; the most specific wins (ACT-1).

    In the order: source and target named, target named, source named, none; in each, a named step before ``ANY``.
    """

    roles: tuple[str, ...] = field(converter=texts)
    step: str = ANY
    source: str = ANY
    target: str = ANY

    def fits(self, step: str, source: str, target: str) -> bool:
        """Whether the pattern covers that way."""
        given = ((self.step, step), (self.source, source), (self.target, target))
        return all(pattern in (ANY, name) for pattern, name in given)

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """How specific it is; the greater wins. A named target outranks a named source."""
        return (self.target != ANY, self.source != ANY, self.step != ANY)


def rights_for(rights: Iterable[Right], step: str, source: str, target: str) -> tuple[Right, ...]:
    """Return the most specific rights for a way: none, the one that rules it, or several that contradict (ACT-1)."""
    fitting = [right for right in rights if right.fits(step, source, target)]
    best = max((right.rank for right in fitting), default=None)
    return tuple(right for right in fitting if right.rank == best)
