"""Rows of a foreign log, read into cases in their true order, every trouble listed."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, field

from servicedesk.errors import DefinitionInvalid, Problem, UnknownKind
from servicedesk.importing.mapping import LogMapping
from servicedesk.importing.row import ImportProblem, RawRow, Row, Rows, count_order
from servicedesk.importing.stamps import DOES_NOT_READ, Stamps, Unreadable
from servicedesk.plain import text_fault
from servicedesk.workflow import CompiledWorkflow

__all__ = ["read_rows"]

_LONGEST = 200  # characters of a stream's id in every store (G14)
_TOO_LONG = f"the name of its case is longer than {_LONGEST} characters"
_SAID = ("actor", "group", "assignee", "service", "symptom", "priority")


class _Unmapped(Exception):
    """A row's code has no mapping; ``readable`` tells whether the rest of the row is in order."""

    def __init__(self, code: str, *, readable: bool) -> None:
        self.code, self.readable = code, readable
        super().__init__(f"the state {code!r} is not mapped")


class _MeantToSkip(Exception):
    """A row's code is mapped to nothing."""


@define
class _Trouble:
    """What is wrong with a case: the first message, every code without mapping, whether there is anything else."""

    message: str
    codes: dict[str, None] = field(factory=dict)
    only_codes: bool = True

    def add(self, code: str | None, *, readable: bool) -> None:
        if code is not None:
            self.codes[code] = None
        self.only_codes &= readable


class _Reader:
    """One pass over the rows, collecting them by case."""

    def __init__(self, mapping: LogMapping, workflow: CompiledWorkflow | None) -> None:
        self.mapping = mapping
        self.stamps = Stamps(mapping.format, mapping.zone)
        self.any_state = workflow is None
        self.states: dict[str, str] = {}
        if workflow is not None:
            self.states = {state.name: state.name for state in workflow.definition.states}
        self.states |= mapping.states
        self.columns: list[str | None] = [getattr(mapping, name) for name in _SAID]
        self.kept = mapping.kept
        # A log repeats its few words in every row: each is looked at and kept once, those for "not known" as None.
        self.texts: dict[str | None, str | None] = dict.fromkeys((None, *mapping.missing))
        self.result = Rows({}, [])
        self.spoiled: dict[str, _Trouble] = {}
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
        except _MeantToSkip as reason:
            self.skip(case, number, str(reason))
        except _Unmapped as trouble:
            if self.mapping.on_unknown == "quarantine":
                self.spoil(case, number, trouble).add(trouble.code, readable=trouble.readable)
            else:
                self.skip(case, number, str(trouble), trouble)
        except Unreadable as trouble:
            self.spoil(case, number, trouble).add(None, readable=False)
        else:
            self.result.cases.setdefault(case, []).append(row)

    def spoil(self, case: str, number: int, trouble: Exception) -> _Trouble:
        """Return what is known to be wrong with a case, this trouble being the first or one more."""
        return self.spoiled.setdefault(case, _Trouble(f"row {number}: {trouble}"))

    def skip(self, case: str, number: int, message: str, unmapped: _Unmapped | None = None) -> None:
        """List one row that is left out."""
        self.numbers[case].pop()
        codes = () if unmapped is None else (unmapped.code,)
        only_codes = unmapped is not None and unmapped.readable
        self.result.problems.append(ImportProblem(case, (number,), message, "skipped", codes, only_codes=only_codes))

    def case(self, number: int, raw: RawRow) -> str | None:
        """Return the case a row belongs to, or list why no store could keep it."""
        try:
            case = self.cell(raw, self.mapping.case)
            message = "the row names no case" if case is None else "" if len(case) <= _LONGEST else _TOO_LONG
        except Unreadable as trouble:
            case, message = None, str(trouble)
        if message:
            self.result.problems.append(ImportProblem("", (number,), message, "skipped"))
            return None
        return case

    def row(self, number: int, raw: RawRow) -> Row:
        """Read one row, its code first: what is skipped on purpose is not looked at further."""
        code = self.cell(raw, self.mapping.code)
        if code is None:
            raise Unreadable(f"the row names no {'state' if self.mapping.activity is None else 'activity'}")
        state = code if self.any_state else None
        state = self.states.get(code, state)
        if state is None:
            raise self.unmapped(code, number, raw)
        if not state:
            raise _MeantToSkip(f"the code {code!r} is mapped to nothing")
        return self.read(number, raw, code, state)

    def read(self, number: int, raw: RawRow, code: str, state: str) -> Row:
        """Read what a row says beside its code."""
        if None in raw:  # so csv.DictReader marks a row that is too long: its cells stand under wrong names
            raise Unreadable("the row has more cells than the log has columns")
        cell = self.cell
        said = [None if column is None else cell(raw, column) for column in self.columns]
        order = 0 if self.mapping.order is None else _order(cell(raw, self.mapping.order))
        kept = tuple([cell(raw, column) for column in self.kept]) if self.kept else ()
        return Row(self.stamp(raw), order, number, code, state, self.accepted(raw), kept, *said)

    def unmapped(self, code: str, number: int, raw: RawRow) -> _Unmapped:
        """Return what to raise for a code without mapping, as the mapping wants it (IMP-5)."""
        if self.mapping.on_unknown == "raise":
            raise UnknownKind(code, f"row {number} of {self.mapping.source}", self.states)
        try:
            self.read(number, raw, code, code)
        except Unreadable:
            return _Unmapped(code, readable=False)
        return _Unmapped(code, readable=True)

    def stamp(self, raw: RawRow) -> int:
        text = self.cell(raw, self.mapping.at)
        if text is None:
            raise Unreadable("the row has no time")
        return self.stamps.read(text)

    def accepted(self, raw: RawRow) -> int | None:
        text = None if self.mapping.accepted is None else self.cell(raw, self.mapping.accepted)
        return None if text is None else self.stamps.read(text)

    def cell(self, raw: RawRow, column: str) -> str | None:
        """Return a cell's text, ``None`` if it is not known."""
        value = raw.get(column)
        try:
            return self.texts[value]
        except KeyError:
            return self.new_text(value, column)

    def new_text(self, value: object, column: str) -> str:
        """Look at a text that is met for the first time."""
        if not isinstance(value, str):
            raise TypeError(f"column {column!r} holds {value!r}; a log is read as text, as csv.DictReader gives it")
        if fault := text_fault(value):
            raise Unreadable(f"column {column!r}: {fault}")
        self.texts[value] = value
        return value

    def finish(self) -> Rows:
        """Set spoiled cases aside, sort the rest, and count how the order came about."""
        result = self.result
        for case, trouble in self.spoiled.items():
            result.cases.pop(case, None)
            rows, codes = tuple(self.numbers[case]), tuple(trouble.codes)
            problem = ImportProblem(
                case, rows, trouble.message, "quarantined", codes, only_codes=bool(codes) and trouble.only_codes
            )
            result.problems.append(problem)
        for case, found in result.cases.items():
            found.sort(key=lambda row: row[:3])
            count_order(result, found)
            if found[0].accepted is not None and found[0].accepted > found[0].at:
                message = "accepted after its first row was written; the first row's instant is taken instead"
                result.problems.append(ImportProblem(case, (found[0].number,), message, "noted"))
                found[0] = found[0]._replace(accepted=None)
        return result


def _order(text: str | None) -> int:
    if text is None:
        raise Unreadable("the row has no revision, and its instant alone does not order it")
    try:
        return int(text)
    except ValueError:
        raise Unreadable(f"the revision {text!r} is not a whole number") from None


def read_rows(raw: Iterable[RawRow], mapping: LogMapping, workflow: CompiledWorkflow | None) -> Rows:
    """Read every row into its case, in true order; list what cannot be used (IMP-2, IMP-5).

    Without a workflow each code without mapping is a state of its own name.

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
        troubles = ((case, trouble.message) for case, trouble in reader.spoiled.items())
        found = next(((case, text) for case, text in troubles if DOES_NOT_READ in text), None)
        if found is not None:
            problem = Problem("format", f"no row of the log could be read; case {found[0]}, {found[1]}")
            raise DefinitionInvalid((problem,), f"mapping of {mapping.source!r}")
    return reader.finish()
