"""Why a condition is true, false or unknown: which leaves decided it (COND-5)."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from attrs import field, frozen

from servicedesk.conditions.literals import literal_text, name_text
from servicedesk.conditions.truth import Values
from servicedesk.frozenmap import FrozenMap

if TYPE_CHECKING:
    from servicedesk.conditions.tree import Condition

__all__ = ["Explanation", "Leaf", "explained"]

_FLIPPED: dict[bool | None, tuple[bool, ...]] = {True: (False,), False: (True,), None: (True, False)}
_WORDS = {True: "true", False: "false", None: "unknown"}


@frozen
class Leaf:
    """One leaf of an explanation: its values, its own result, and whether flipping it alone changes the whole (COND-5).

    ``values`` holds the value of each field of the leaf, ``None`` for unknown. A leaf that is unknown is decisive if
    one of the two possible answers would change the whole. Equal leaves are one: they flip together.
    """

    condition: Condition
    values: FrozenMap[str, object]
    result: bool | None = field(kw_only=True)
    decisive: bool = field(kw_only=True)

    def __str__(self) -> str:
        seen = ", ".join(f"{name_text(name)} is {_told(value)}" for name, value in self.values.items())
        return f"{_WORDS[self.result]}: {self.condition}, {seen}{' (decisive)' if self.decisive else ''}"


def _told(value: object) -> str:
    if value is None:
        return "unknown"
    return literal_text(value) if isinstance(value, str) else str(value)


@frozen
class Explanation:
    """Why a condition is true, false or unknown (COND-5): the result, and every leaf in the order of the text."""

    condition: Condition
    result: bool | None = field(kw_only=True)
    leaves: tuple[Leaf, ...] = field(kw_only=True)

    @property
    def decisive(self) -> tuple[Leaf, ...]:
        """The leaves that each decided alone."""
        return tuple(leaf for leaf in self.leaves if leaf.decisive)

    def __str__(self) -> str:
        return "\n  ".join((f"{_WORDS[self.result]}: {self.condition}", *map(str, self.leaves)))


def explained(condition: Condition, values: Values) -> Explanation:
    """Explain a condition on one snapshot of values: flip every leaf alone and see whether the result changes."""
    result = condition.truth(values)
    truths = {node: node.truth(values) for node in condition.walk() if not node.children}
    judge = condition.compiled(itemgetter)

    def explained_leaf(leaf: Condition, found: bool | None) -> Leaf:
        decisive = any(judge({**truths, leaf: flipped}) is not result for flipped in _FLIPPED[found])
        seen = FrozenMap({name: values.get(name) for name in sorted(leaf.fields)})
        return Leaf(leaf, seen, result=found, decisive=decisive)

    return Explanation(condition, result=result, leaves=tuple(explained_leaf(*item) for item in truths.items()))
