"""A step that somebody may take now."""

from __future__ import annotations

from attrs import field, frozen

from servicedesk.frozenmap import EMPTY, FrozenMap

__all__ = ["Offer"]


@frozen
class Offer:
    """A step open to an actor now (DEC-9).

    ``targets`` are the states it leads to, ``still_needed`` the values to be given, ``reasons`` those to choose from.
    ``ready`` if nothing but the step itself is needed: `CompiledWorkflow.decide` would accept it without data.
    """

    step: str
    targets: tuple[str, ...]
    still_needed: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    label: FrozenMap[str, str] = EMPTY
    ready: bool = field(default=True, kw_only=True)
