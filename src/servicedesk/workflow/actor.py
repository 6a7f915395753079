"""Who does something: the host identifies people, the workflow asks for their roles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from attrs import field, frozen

__all__ = ["Actor"]


def _roles(value: str | Iterable[str]) -> frozenset[str]:
    return frozenset((value,) if isinstance(value, str) else value)


@frozen
class Actor:
    """A person of the desk, a customer, or a system, with the roles the host gives it (ACT-1).

    >>> Actor("a7", roles="seat").roles
    frozenset({'seat'})
    """

    id: str
    roles: frozenset[str] = field(default=frozenset(), converter=_roles)
    kind: Literal["person", "customer", "system"] = field(default="person", kw_only=True)

    @classmethod
    def system(cls, name: str) -> Actor:
        """Return a program acting on its own; its role is ``system``."""
        return cls(name, frozenset({"system"}), kind="system")

    @classmethod
    def customer(cls, name: str) -> Actor:
        """Return the person who is served; the role is ``customer``."""
        return cls(name, frozenset({"customer"}), kind="customer")
