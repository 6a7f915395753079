"""What to change, in the workflow or in the mapping, so that more cases of a foreign log fit (IMP-10)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from attrs import frozen

from servicedesk.events import TicketFact, TicketMoved
from servicedesk.importing.row import ImportProblem

__all__ = ["Suggestion", "suggestions"]

_Kind = Literal["move", "code"]


@frozen
class Suggestion:
    """One change, and the cases that would fit by it alone.

    >>> print(Suggestion("move", ("New", "Closed"), 12, "INC7"))
    allow the move New → Closed: cures 12 cases, first INC7
    """

    kind: Literal["move", "code"]
    names: tuple[str, ...]
    """The two states of a move to allow, or the one code to map."""
    cases: int
    first: str

    def __str__(self) -> str:
        change = (
            f"allow the move {' → '.join(self.names)}" if self.kind == "move" else f"map the code {self.names[0]!r}"
        )
        return f"{change}: cures {self.cases} cases, first {self.first}"


def suggestions(
    cases: Iterable[tuple[str, Iterable[TicketFact]]], problems: Iterable[ImportProblem]
) -> tuple[Suggestion, ...]:
    """Return every change that cures a case by itself, most cases first, then moves before codes, then by name."""
    cured: dict[tuple[_Kind, tuple[str, ...]], list[str]] = {}
    for case, facts in cases:
        odd = {(f.source, f.target) for f in facts if isinstance(f, TicketMoved) and f.deviation}
        if len(odd) == 1:
            cured.setdefault(("move", odd.pop()), []).append(case)
    for case, codes in _codes(problems).items():
        if len(codes) == 1:
            cured.setdefault(("code", tuple(codes)), []).append(case)
    found = (Suggestion(*change, len(names), names[0]) for change, names in cured.items())
    return tuple(sorted(found, key=lambda s: (-s.cases, s.kind != "move", s.names)))


def _codes(problems: Iterable[ImportProblem]) -> dict[str, dict[str, None]]:
    """Return the codes without mapping of each case with which nothing else is wrong."""
    codes: dict[str, dict[str, None]] = {}
    spoiled: set[str] = set()
    for problem in problems:
        if problem.codes:
            codes.setdefault(problem.case, {}).update(dict.fromkeys(problem.codes))
        if not problem.only_codes and (problem.codes or problem.effect == "quarantined"):
            spoiled.add(problem.case)
    return {case: found for case, found in codes.items() if case not in spoiled}
