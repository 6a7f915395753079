"""An import written back as rows, so that other tools can read what we understood (IMP-10)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from attrs import define

from servicedesk.events import TicketAccepted, TicketAssigned, TicketClassified, TicketFact, TicketImported, TicketMoved
from servicedesk.importing.imported import ImportedCase, ImportedLog
from servicedesk.importing.mapping import LogMapping
from servicedesk.importing.stamps import Stamps

__all__ = ["to_rows"]

_LABELS = ("service", "symptom", "priority")


def to_rows(imported: ImportedLog, mapping: LogMapping) -> Iterator[dict[str, str | None]]:
    """Yield rows that tell what an import understood, in the columns of the mapping (IMP-10).

    One row for each row of the log that became facts, case by case, and one for each repetition of an activity. What
    was skipped, quarantined or collapsed is not there; revisions count anew from 0. Importing these rows by the same
    mapping gives the same facts, but for the row numbers in their keys; and from then on the very same.
    """
    writer = _Writer(mapping)
    for case in imported.cases:
        yield from writer.case(case)


@define
class _Telling:
    """What is to be told in each row of a case until it changes."""

    code: str
    accepted: int | None
    group: str | None
    assignee: str | None
    labels: tuple[str | None, ...]

    def learn(self, fact: TicketFact) -> None:
        if isinstance(fact, TicketAssigned):
            self.group, self.assignee = fact.group, fact.assignee
        elif isinstance(fact, TicketClassified):
            self.labels = (fact.service, fact.symptom, fact.priority)


class _Writer:
    """Writes one case after another."""

    def __init__(self, mapping: LogMapping) -> None:
        self.mapping = mapping
        self.stamps = Stamps(mapping.format, mapping.zone)
        self.missing = mapping.missing[0] if mapping.missing else None
        self.columns = tuple(mapping.columns.values())

    def case(self, case: ImportedCase) -> Iterator[dict[str, str | None]]:
        """Write the rows of a case, an instant after another; in each, repetitions last."""
        first = case.facts[0]
        assert isinstance(first, TicketAccepted | TicketImported)  # noqa: S101  # so does every import begin a case
        telling = _Telling(
            case.codes[0], first.accepted, first.group, first.assignee, tuple(getattr(first, name) for name in _LABELS)
        )
        codes = iter(case.codes)
        number = 0
        for at, facts in groupby(case.facts, key=lambda fact: fact.at):
            for actor in self.instant(facts, codes, telling):
                yield self.row(case, telling, at, number, actor)
                number += 1

    def instant(self, facts: Iterable[TicketFact], codes: Iterator[str], telling: _Telling) -> Iterator[str | None]:
        """Go through the rows of one instant, bringing ``telling`` up to date before each; yield who acted."""
        repeats: dict[str, int] = {}
        for _, of_row in groupby(facts, key=lambda fact: fact.key):
            code = actor = None
            for fact in of_row:
                actor = getattr(fact, "actor", None)
                telling.learn(fact)
                if isinstance(fact, TicketAccepted | TicketImported | TicketMoved):
                    code = next(codes)
                    repeats[code] = repeats.get(code, 0) + fact.repeated - 1
            if code is None:  # the row changed other things only: in an activity log it was a repetition
                code = next((known for known, left in repeats.items() if left), telling.code)
                repeats[code] = max(repeats.get(code, 0) - 1, 0)
            telling.code = code
            yield actor
        for code, left in repeats.items():
            for _ in range(left):
                telling.code = code
                yield None

    def row(
        self, case: ImportedCase, telling: _Telling, at: int, number: int, actor: str | None
    ) -> dict[str, str | None]:
        """Write one row; where a column serves several settings, the stronger comes later."""
        heard = case.witness.get(self.mapping.accepted or "")  # as the log wrote it, where it is kept
        if not heard and telling.accepted is not None:
            heard = self.stamps.write(telling.accepted)
        told: list[tuple[str | None, str | None]] = [
            *[(column, text or None) for column, text in case.witness.items()],
            *[(getattr(self.mapping, name), text) for name, text in zip(_LABELS, telling.labels, strict=True)],
            (self.mapping.group, telling.group),
            (self.mapping.assignee, telling.assignee),
            (self.mapping.actor, None if actor == self.mapping.source else actor),
            (self.mapping.order, str(number)),
            (self.mapping.accepted, heard or None),
            (self.mapping.at, self.stamps.write(at)),
            (self.mapping.code, telling.code),
            (self.mapping.case, case.case),
        ]
        row: dict[str, str | None] = dict.fromkeys(self.columns, self.missing)
        row.update((column, self.missing if text is None else text) for column, text in told if column is not None)
        return row
