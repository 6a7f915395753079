"""What an import gives: cases with their facts, and everything that was counted on the way."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from servicedesk.events import TicketFact
from servicedesk.frozenmap import FrozenMap
from servicedesk.importing.row import ImportProblem
from servicedesk.importing.suggesting import Suggestion, suggestions

__all__ = ["Comparison", "ImportedCase", "ImportedLog"]


@frozen
class ImportedCase:
    """One ticket of the log: its facts, the states it went through, and what only the log's end knows."""

    case: str
    facts: tuple[TicketFact, ...]
    states: tuple[str, ...]
    """The state after each row that began or moved the ticket. In a state log no two neighbours are equal."""
    codes: tuple[str, ...]
    """What the log itself calls each of ``states``."""
    rows: int
    witness: FrozenMap[str, str]
    """The witness columns, and those to check against, as of the last row; ``""`` is not known."""


@frozen(kw_only=True)
class Comparison:
    """A column that claims to know when cases were resolved or closed, held against the rows themselves (IMP-7)."""

    name: str
    """What is compared: ``resolved_at`` or ``closed_at``, the instant a case last came into such a state."""
    column: str
    agree: int
    differ: int
    """Cases for which both tell an instant, and not the same one."""
    only_column: int
    """Cases for which the column tells an instant, and no row such a state."""
    only_rows: int
    """Cases for which the rows tell it, and the column is missing or unreadable."""
    first: str | None
    """The first case that differs."""

    def __str__(self) -> str:
        counts = f"{self.agree} agree, {self.differ} differ"
        alone = f"{self.only_column} in the column alone, {self.only_rows} in the rows alone"
        return f"{self.name} against {self.column!r}: {counts}, {alone}"


@frozen(kw_only=True, repr=False)
class ImportedLog:
    """Everything an import gave.

    ``rows == begun + moved + collapsed + repeated + skipped + quarantined``, always.
    """

    source: str
    cases: tuple[ImportedCase, ...]
    problems: tuple[ImportProblem, ...]
    rows: int
    moved: int
    """Rows that moved a ticket; in an activity log every activity does, even into the state it is in."""
    collapsed: int
    """Rows of a state log that repeat the state before them (IMP-3); what else they say may still be a fact."""
    repeated: int
    """Rows of an activity log that repeat an activity in the same instant (IMP-3); likewise."""
    mid_life: int
    """Cases that begin in a state where no ticket may begin (IMP-4)."""
    deviations: int
    """Moves that the workflow does not allow; they are history all the same (IMP-6)."""
    shared_instants: int
    ties: int
    contradictions: int
    gaps: int
    checks: tuple[Comparison, ...]
    """What became of ``check_against``, in its order."""

    @property
    def begun(self) -> int:
        """Rows that began a ticket: one a case."""
        return len(self.cases)

    @property
    def skipped(self) -> int:
        """Rows left out one by one; each is listed among the problems."""
        return self._rows_of("skipped")

    @property
    def quarantined(self) -> int:
        """Rows of cases set aside as a whole; each is listed among the problems."""
        return self._rows_of("quarantined")

    def _rows_of(self, effect: str) -> int:
        return sum(len(problem.rows) for problem in self.problems if problem.effect == effect)

    @property
    def facts(self) -> Iterator[TicketFact]:
        """Every fact, case by case."""
        return (fact for case in self.cases for fact in case.facts)

    @property
    def runs(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Every case and its states, as `conformance` takes them."""
        return ((case.case, case.states) for case in self.cases)

    def suggest(self, min_cases: int = 1) -> tuple[Suggestion, ...]:
        """Propose moves to allow and codes to map, each with the cases it alone would cure (IMP-10).

        A move cures the cases in which it is the only one that the workflow does not allow; a code cures the cases
        that lost rows, or are quarantined, for want of its mapping and nothing else. Most cases first.

        Raises:
            ValueError: ``min_cases`` is less than 1.
        """
        if min_cases < 1:
            raise ValueError(f"min_cases is a number of cases from 1 on, not {min_cases!r}")
        found = suggestions(((case.case, case.facts) for case in self.cases), self.problems)
        return tuple(suggestion for suggestion in found if suggestion.cases >= min_cases)

    def __repr__(self) -> str:
        return (
            f"<ImportedLog {self.source!r}: {self.rows} rows, {len(self.cases)} cases, {len(self.problems)} problems>"
        )
