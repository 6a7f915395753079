"""Rows of a foreign log, read into cases in their true order, every trouble listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Literal, TypeAlias

from attrs import define, evolve, frozen

from servicedesk.errors import DefinitionInvalid, Problem, UnknownKind
from servicedesk.importing.mapping import LogMapping
from servicedesk.instants import to_us, to_zone
from servicedesk.plain import text_fault
from servicedesk.workflow import CompiledWorkflow

__all__ = ["ImportProblem", "RawRow", "Row", "Rows", "read_rows"]

RawRow: TypeAlias = Mapping[str, str | None]
_OF_STAMPS = "does not read as"
_LONGEST = 200  # characters of a stream's id in every store (G14)
_TOO_LONG = f"the name of its case is longer than {_LONGEST} characters"
_READ_APART = ("case", "at", "state", "accepted")


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

    def __str__(self) -> str:
        where = f"row {self.rows[0]}" if len(self.rows) == 1 else f"{len(self.rows)} rows from {min(self.rows)}"
        return f"{self.case or 'no case'}, {where} {self.effect}: {self.message}"


@frozen
class Row:
    """One usable row: its number, its instant (µs), its revision, its state and the cells the facts need."""

    number: int
    at: int
    order: int
    state: str
    accepted: int | None
    cells: Mapping[str, str]

    @property
    def position(self) -> tuple[int, int, int]:
        """Where it belongs in its case (IMP-2)."""
        return (self.at, self.order, self.number)


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


class _Unreadable(Exception):
    """One cell of one row cannot be used; the message says why."""


class _Stamps:
    """Reads stamps: strict about the format, and about local times that never were or were twice. Remembers texts."""

    def __init__(self, mapping: LogMapping) -> None:
        self._format = mapping.format
        self._zone = None if mapping.zone is None else to_zone(mapping.zone)
        self._known: dict[str, int] = {}
        self.tried = self.read_any = False

    def read(self, text: str) -> int:
        us = self._known.get(text)
        if us is None:
            self.tried = True
            us = self._known[text] = self._parse(text)
            self.read_any = True
        return us

    def _parse(self, text: str) -> int:
        try:
            stamp = datetime.strptime(text, self._format)  # noqa: DTZ007  # the zone is put on below
        except ValueError:
            raise _Unreadable(f"{text!r} {_OF_STAMPS} {self._format!r}") from None
        if stamp.tzinfo is not None:
            return to_us(stamp)
        first, second = (stamp.replace(tzinfo=self._zone, fold=fold) for fold in (0, 1))
        if first.utcoffset() == second.utcoffset():
            return to_us(first)
        skipped = to_us(first) > to_us(second)
        raise _Unreadable(f"the local time {text!r} {'never was' if skipped else 'was twice'} in {self._zone}")


class _Reader:
    """One pass over the rows, collecting them by case."""

    def __init__(self, mapping: LogMapping, workflow: CompiledWorkflow) -> None:
        self.mapping = mapping
        self.stamps = _Stamps(mapping)
        self.states: dict[str, str | None] = {state.name: state.name for state in workflow.definition.states}
        self.states |= mapping.states
        self.columns = {name: column for name, column in mapping.columns.items() if name not in _READ_APART}
        self.texts: dict[str, str] = {}  # a log repeats its few words in every row: keep each once
        self.result = Rows({}, [])
        self.spoiled: dict[str, str] = {}
        self.numbers: dict[str, list[int]] = {}

    def take(self, number: int, raw: RawRow) -> None:
        """File one row under its case, or list why not."""
        self.result.total += 1
        case = self.case(number, raw)
        if case is None:
            return
        self.numbers.setdefault(case, []).append(number)
        try:
            row = self.row(number, raw)
        except _Unreadable as trouble:
            self.spoiled.setdefault(case, f"row {number}: {trouble}")
            return
        if isinstance(row, str):
            self.numbers[case].pop()
            self.result.problems.append(ImportProblem(case, (number,), row, "skipped"))
        else:
            self.result.cases.setdefault(case, []).append(row)

    def case(self, number: int, raw: RawRow) -> str | None:
        """Return the case a row belongs to, or list why no store could keep it."""
        try:
            case = self.cell(raw, self.mapping.case)
            message = "the row names no case" if case is None else "" if len(case) <= _LONGEST else _TOO_LONG
        except _Unreadable as trouble:
            case, message = None, str(trouble)
        if message:
            self.result.problems.append(ImportProblem("", (number,), message, "skipped"))
            return None
        return case

    def row(self, number: int, raw: RawRow) -> Row | str:
        """Read one row; a text says why it is skipped."""
        code = self.cell(raw, self.mapping.state)
        if code is None:
            raise _Unreadable("the row names no state")
        state = self.states.get(code)
        if state is None:
            if code in self.states:
                return f"the code {code!r} is mapped to nothing"
            return self.unknown(code, number)
        cells = {name: cell for name, column in self.columns.items() if (cell := self.cell(raw, column)) is not None}
        order = 0 if self.mapping.order is None else _order(cells.get("order"))
        return Row(number, self.stamp(raw), order, state, self.accepted(raw), cells)

    def unknown(self, code: str, number: int) -> str:
        """Answer a code without mapping as the mapping wants it (IMP-5)."""
        message = f"the state {code!r} is not mapped"
        if self.mapping.on_unknown == "raise":
            raise UnknownKind(code, f"row {number} of {self.mapping.source}", self.states)
        if self.mapping.on_unknown == "quarantine":
            raise _Unreadable(message)
        return message

    def stamp(self, raw: RawRow) -> int:
        text = self.cell(raw, self.mapping.at)
        if text is None:
            raise _Unreadable("the row has no time")
        return self.stamps.read(text)

    def accepted(self, raw: RawRow) -> int | None:
        text = None if self.mapping.accepted is None else self.cell(raw, self.mapping.accepted)
        return None if text is None else self.stamps.read(text)

    def cell(self, raw: RawRow, column: str) -> str | None:
        value = raw.get(column)
        if value is None or value in self.mapping.missing:
            return None
        known = self.texts.get(value)
        if known is None:  # seen for the first time: the only time it is looked at
            if not isinstance(value, str):
                raise TypeError(f"column {column!r} holds {value!r}; a log is read as text, as csv.DictReader gives it")
            if fault := text_fault(value):
                raise _Unreadable(f"column {column!r}: {fault}")
            known = self.texts[value] = value
        return known

    def finish(self) -> Rows:
        """Set spoiled cases aside, sort the rest, and count how the order came about."""
        result = self.result
        for case, message in self.spoiled.items():
            result.cases.pop(case, None)
            result.problems.append(ImportProblem(case, tuple(self.numbers[case]), message, "quarantined"))
        for case, rows in result.cases.items():
            rows.sort(key=lambda row: row.position)
            _count_order(result, rows)
            if rows[0].accepted is not None and rows[0].accepted > rows[0].at:
                message = "accepted after its first row was written; the first row's instant is taken instead"
                result.problems.append(ImportProblem(case, (rows[0].number,), message, "noted"))
                rows[0] = evolve(rows[0], accepted=None)
        return result


def _order(text: str | None) -> int:
    if text is None:
        raise _Unreadable("the row has no revision, and its instant alone does not order it")
    try:
        return int(text)
    except ValueError:
        raise _Unreadable(f"the revision {text!r} is not a whole number") from None


def _count_order(result: Rows, rows: list[Row]) -> None:
    shared = [a.at == b.at for a, b in pairwise(rows)]
    tied = [a.at == b.at and a.order == b.order for a, b in pairwise(rows)]
    result.shared_instants += _members(shared)
    result.ties += _members(tied)
    result.contradictions += sum(a.order > b.order for a, b in pairwise(rows))
    result.gaps += "order" in rows[0].cells and any(b.order > a.order + 1 for a, b in pairwise(rows))


def _members(linked: list[bool]) -> int:
    """Count the rows that are linked to a neighbour, from the links between neighbours."""
    return sum(before or after for before, after in zip([False, *linked], [*linked, False], strict=True))


def read_rows(raw: Iterable[RawRow], mapping: LogMapping, workflow: CompiledWorkflow) -> Rows:
    """Read every row into its case, in true order; list what cannot be used (IMP-2, IMP-5).

    Raises:
        DefinitionInvalid: the mapping does not fit the log's columns, or not one stamp reads in its format.
        UnknownKind: a state without mapping, if the mapping says ``on_unknown="raise"``.
    """
    mapping.require_valid(workflow)
    reader = _Reader(mapping, workflow)
    for number, row in enumerate(raw, start=1):
        if number == 1:
            mapping.require_valid(workflow, row)
        reader.take(number, row)
    if reader.stamps.tried and not reader.stamps.read_any:
        case, message = next((case, text) for case, text in reader.spoiled.items() if _OF_STAMPS in text)
        problem = Problem("format", f"no row of the log could be read; case {case}, {message}")
        raise DefinitionInvalid((problem,), f"mapping of {mapping.source!r}")
    return reader.finish()
