"""One row of a foreign log, and the rows of all its cases: their order, and which of them share a fact."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias

from attrs import define, field, frozen

from servicedesk.importing.mapping import LogMapping

__all__ = ["ImportProblem", "RawRow", "Row", "Rows", "count_order", "origins"]

RawRow: TypeAlias = Mapping[str, str | None]


@frozen
class ImportProblem:
    """Something the log says that could not be taken as it stands.

    ``effect`` tells what became of the rows: ``skipped`` one by one, ``quarantined`` with their whole case, or only
    ``noted``: the rows are facts all the same.
    """

    case: str
    rows: tuple[int, ...]
    """Row numbers, the first row of data being 1."""
    message: str
    effect: Literal["skipped", "quarantined", "noted"]
    codes: tuple[str, ...] = ()
    """The codes without mapping in these rows (IMP-5)."""
    only_codes: bool = field(default=False, kw_only=True)
    """Whether nothing else is wrong with the rows: with the codes mapped, they could be read."""

    def __str__(self) -> str:
        where = f"row {self.rows[0]}" if len(self.rows) == 1 else f"{len(self.rows)} rows from {min(self.rows)}"
        return f"{self.case or 'no case'}, {where} {self.effect}: {self.message}"


class Row(NamedTuple):
    """One usable row: its instant (µs), revision and number, its code, the state this means, and what else it says.

    Flat and of plain values only, so that a million of them cost the garbage collector nothing.
    """

    at: int
    order: int
    number: int
    """These three say where it belongs in its case (IMP-2)."""
    code: str
    state: str
    accepted: int | None
    kept: tuple[str | None, ...]
    """The cells of the columns that are kept beside the case."""
    actor: str | None = None
    group: str | None = None
    assignee: str | None = None
    service: str | None = None
    symptom: str | None = None
    priority: str | None = None


@define
class Rows:
    """What reading gave: the rows of each good case in order, the problems, and how the order came about."""

    cases: dict[str, list[Row]]
    problems: list[ImportProblem]
    total: int = 0
    shared_instants: int = 0
    """Rows that share case and instant with another: only ``order`` puts them right."""
    ties: int = 0
    """Rows that share case, instant and revision with another: only the row number puts them in order."""
    contradictions: int = 0
    """Neighbours whose revisions fall while their instants rise."""
    gaps: int = 0
    """Cases whose revisions are not consecutive: the log does not hold every change."""


def count_order(result: Rows, rows: list[Row]) -> None:
    """Count, over neighbours, what the order rests on (IMP-2)."""
    before_shared = before_tied = gap = False
    for a, b in pairwise(rows):
        shared = a.at == b.at
        tied = shared and a.order == b.order
        # A group of n rows that share an instant has n - 1 links: its first link counts both of its ends.
        result.shared_instants += shared + (shared and not before_shared)
        result.ties += tied + (tied and not before_tied)
        result.contradictions += a.order > b.order
        gap |= b.order > a.order + 1
        before_shared, before_tied = shared, tied
    result.gaps += gap


def origins(rows: list[Row], mapping: LogMapping) -> list[int]:
    """Return for each row of a case the place of the row whose fact it shares: its own, or that of one before (IMP-3).

    In a state log a row shares the fact of its neighbour in the same state; in an activity log that of the same
    activity in the same instant.
    """
    found: list[int] = []
    here: dict[str, int] = {}
    for place, row in enumerate(rows):
        if mapping.activity is None:
            same = bool(place) and row.state == rows[place - 1].state
            found.append(found[-1] if same else place)
            continue
        if place and row.at != rows[place - 1].at:
            here = {}
        found.append(here.setdefault(row.code, place))
    return found
