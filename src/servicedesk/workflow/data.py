"""What is wrong with the data that come with a command (DEC-6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from servicedesk.errors import Refusal, nearest
from servicedesk.frozenmap import EMPTY
from servicedesk.workflow.declared import TYPES, DataField
from servicedesk.workflow.words import TICKET_WORDS

__all__ = ["DataRules"]


@frozen(eq=False)
class DataRules:
    """What data may be given at one place of a workflow."""

    known: Mapping[str, DataField]
    """The declared fields by name, those of the step's record among them."""
    closed: bool
    """Whether no other name will do: so it is once a field is declared (WF-5)."""
    read_only: frozenset[str] = frozenset()

    def refusals(self, data: Mapping[str, Any], before: Mapping[str, Any] = EMPTY) -> tuple[Refusal, ...]:
        """Return what is wrong with data, by kind of fault, then in the order of declaration (DEC-6).

        A read-only field may be given the value it has ``before``. ``None`` takes a value away and is of every type.
        """
        given = [(field, data[name]) for name, field in self.known.items() if data.get(name) is not None]
        words = [name for name in TICKET_WORDS if name in data]
        locked = [name for name in self.known if name in self.read_only and name in data]
        return (
            *self._unknown(data),
            *(_wrong_type(field, value) for field, value in given if not TYPES[field.type](value)),
            *(_not_a_choice(field, value) for field, value in given if _is_odd_choice(field, value)),
            *(Refusal("read_only", {"field": name}) for name in words),
            *(Refusal("read_only", {"field": name}) for name in locked if data[name] != before.get(name)),
        )

    def allow(self, data: Mapping[str, Any]) -> bool:
        """Whether nothing is wrong, told without `refusals`; a field that is read only here is left to those."""
        for name, value in data.items():
            field = self.known.get(name)
            if field is None:
                if self.closed or name in TICKET_WORDS:
                    return False
            elif name in self.read_only or not (value is None or _fits(field, value)):
                return False
        return True

    def _unknown(self, data: Mapping[str, Any]) -> Iterator[Refusal]:
        names = (name for name in data if name not in self.known and name not in TICKET_WORDS)
        for name in sorted(names) if self.closed else ():
            yield Refusal("unknown_field", {"field": name, "hint": nearest(name, self.known)})


def _fits(field: DataField, value: object) -> bool:
    return TYPES[field.type](value) and not (field.choices and _is_odd_choice(field, value))


def _is_odd_choice(field: DataField, value: object) -> bool:
    return field.type == "choice" and type(value) is str and bool(value) and value not in field.choices


def _wrong_type(field: DataField, value: object) -> Refusal:
    return Refusal("wrong_type", {"field": field.name, "type": field.type, "value": value})


def _not_a_choice(field: DataField, value: object) -> Refusal:
    return Refusal("not_a_choice", {"field": field.name, "value": value, "choices": field.choices})
