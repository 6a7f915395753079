"""Columns that know the future, held against what the rows say (IMP-7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import define

from servicedesk.events import TicketAccepted, TicketFact, TicketImported, TicketMoved
from servicedesk.importing.imported import Comparison
from servicedesk.importing.mapping import LogMapping
from servicedesk.importing.stamps import Stamps, Unreadable

__all__ = ["Comparer"]


@define
class _Tally:
    agree: int = 0
    differ: int = 0
    only_column: int = 0
    only_rows: int = 0
    first: str | None = None

    def add(self, case: str, claimed: int | None, seen: int | None) -> None:
        if claimed is None or seen is None:
            self.only_column += claimed is not None
            self.only_rows += seen is not None
        elif claimed == seen:
            self.agree += 1
        else:
            self.differ += 1
            self.first = self.first or case


class Comparer:
    """Compares and counts, case after case."""

    def __init__(self, mapping: LogMapping) -> None:
        self._stamps = Stamps(mapping.format, mapping.zone)
        self._columns = mapping.check_against
        self._tallies = {name: _Tally() for name in mapping.check_against}

    def compare(self, case: str, facts: Iterable[TicketFact], witness: Mapping[str, str]) -> None:
        """Hold what the columns claim of a case against its facts."""
        seen = _last_entries(facts)
        for name, tally in self._tallies.items():
            tally.add(case, self._claimed(witness[self._columns[name]]), seen.get(name.removesuffix("_at")))

    def _claimed(self, text: str) -> int | None:
        try:
            return self._stamps.read(text) if text else None
        except Unreadable:
            return None

    def results(self) -> tuple[Comparison, ...]:
        """Return what was counted, in the order of the mapping."""
        return tuple(
            Comparison(
                name=name,
                column=self._columns[name],
                agree=tally.agree,
                differ=tally.differ,
                only_column=tally.only_column,
                only_rows=tally.only_rows,
                first=tally.first,
            )
            for name, tally in self._tallies.items()
        )


def _last_entries(facts: Iterable[TicketFact]) -> dict[str, int]:
    """Return when a case last came into a state of each category from one of another category."""
    entered: dict[str, int] = {}
    category = None
    for fact in facts:
        if isinstance(fact, TicketAccepted | TicketImported | TicketMoved):
            if fact.category != category:
                entered[fact.category] = fact.at
            category = fact.category
    return entered
