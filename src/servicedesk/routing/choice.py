"""How to choose among the agents who can take a piece of work (ROU-33)."""

from __future__ import annotations

from attrs import field, frozen

from servicedesk.errors import Problem, did_you_mean
from servicedesk.frozenmap import FrozenMap

__all__ = ["CHOICES", "ChoicePolicy"]

CHOICES: FrozenMap[str, str] = FrozenMap(
    {
        "sticky": "the place among the work's preferred agents; all others behind",
        "line": "the lower support line",
        "preferred": "the highest score of preferred skills",
        "fewest_skills": "the smallest effective profile: generalists are kept free",
        "best_skilled": "the largest surplus of levels over what is asked for",
        "load": "the smallest share of capacity used",
        "most_spare": "the most free units",
        "longest_idle": "who has been idle since earliest",
        "round_robin": "who was offered work least recently; never offered first",
        "fewest_handled": "who took the fewest since sign-in",
        "least_talk": "who spent the least time with work since sign-in",
    }
)
"""Every key, and who comes first by it."""


@frozen(init=False)
class ChoicePolicy:
    """Keys by which agents are compared, one after the other; the agent's id has the last word.

    >>> ChoicePolicy("line", "longest_idle").keys
    ('line', 'longest_idle')
    >>> print(ChoicePolicy("longst_idle").problems()[0])
    keys[0]: 'longst_idle' is not a key; did you mean 'longest_idle'?
    """

    keys: tuple[str, ...] = field(default=())

    def __init__(self, *keys: str) -> None:
        self.__attrs_init__(keys)

    def problems(self) -> tuple[Problem, ...]:
        """List what is wrong with it."""
        return tuple(
            Problem(f"keys[{index}]", f"{key!r} is not a key{did_you_mean(key, CHOICES)}")
            for index, key in enumerate(self.keys)
            if key not in tuple(CHOICES)  # compared, not hashed: a list is told like a typo
        )

    def __plain__(self) -> list[str]:
        return list(self.keys)

    @classmethod
    def __from_plain__(cls, data: list[str]) -> ChoicePolicy:
        return cls(*data)


DEFAULT = ChoicePolicy("sticky", "line", "preferred", "fewest_skills", "load", "longest_idle")
"""Who should, then the lower line, the better, the less versatile, the less busy, the longest idle."""
