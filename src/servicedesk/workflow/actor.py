"""Who does something: the host identifies people, the workflow asks for their roles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from attrs import field, frozen

__all__ = ["Actor"]


_KINDS = ("person", "customer", "system")


def _roles(value: str | Iterable[str]) -> frozenset[str]:
    return frozenset((value,) if isinstance(value, str) else value)


def _named(_actor: object, _attribute: object, value: Any) -> None:
    if not isinstance(value, str) or not value:
        raise TypeError(f"an actor's id is a text that names somebody, not {value!r}")


def _kind(_actor: object, _attribute: object, value: Any) -> None:
    if value not in _KINDS:
        raise ValueError(f"an actor is one of {', '.join(_KINDS)}, not {value!r}")


@frozen
class Actor:
    """A person of the desk, a customer, or a system, with the roles the host gives it (ACT-1).

    >>> Actor("a7", roles="seat").roles
    frozenset({'seat'})
    """

    id: str = field(validator=_named)
    roles: frozenset[str] = field(default=frozenset(), converter=_roles)
    kind: Literal["person", "customer", "system"] = field(default="person", kw_only=True, validator=_kind)

    @classmethod
    def system(cls, name: str) -> Actor:
        """Return a program acting on its own; its role is ``system``."""
        return cls(name, frozenset({"system"}), kind="system")

    @classmethod
    def customer(cls, name: str) -> Actor:
        """Return the person who is served; the role is ``customer``."""
        return cls(name, frozenset({"customer"}), kind="customer")
