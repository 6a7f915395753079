"""From the rows of a foreign log to the facts of our own tickets."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from attrs import frozen

from servicedesk.events import (
    TicketAccepted,
    TicketAssigned,
    TicketClassified,
    TicketFact,
    TicketImported,
    TicketMoved,
    to_json,
)
from servicedesk.frozenmap import FrozenMap
from servicedesk.importing.mapping import LogMapping
from servicedesk.importing.rows import ImportProblem, RawRow, Row, read_rows
from servicedesk.ports import Append, Commit
from servicedesk.workflow import CompiledWorkflow, State, Workflow

__all__ = ["ImportedCase", "ImportedLog", "commits", "import_log"]


@frozen
class ImportedCase:
    """One ticket of the log: its facts, the states it went through, and what only the log's end knows."""

    case: str
    facts: tuple[TicketFact, ...]
    states: tuple[str, ...]
    """The states in order, equal neighbours once."""
    rows: int
    witness: FrozenMap[str, str]
    """The witness columns as of the last row, by column."""


@frozen(kw_only=True, repr=False)
class ImportedLog:
    """Everything an import gave. ``rows == begun + moved + collapsed + skipped + quarantined``, always."""

    source: str
    cases: tuple[ImportedCase, ...]
    problems: tuple[ImportProblem, ...]
    rows: int
    moved: int
    """Rows that changed the state."""
    collapsed: int
    """Rows that repeat the state before them (IMP-3); what else they say may still be a fact."""
    mid_life: int
    """Cases that begin in a state where no ticket may begin (IMP-4)."""
    deviations: int
    """Moves that the workflow does not allow; they are history all the same (IMP-6)."""
    shared_instants: int
    ties: int
    contradictions: int
    gaps: int

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

    def __repr__(self) -> str:
        return (
            f"<ImportedLog {self.source!r}: {self.rows} rows, {len(self.cases)} cases, {len(self.problems)} problems>"
        )

    @property
    def runs(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Every case and its states, as `conformance` takes them."""
        return ((case.case, case.states) for case in self.cases)


def import_log(raw: Iterable[RawRow], mapping: LogMapping, workflow: Workflow | CompiledWorkflow) -> ImportedLog:
    """Turn rows into facts. Nothing is dropped silently: every row is counted as facts, as a repetition, or listed.

    Rows may come in any order and cases may interleave. Within a row the order of facts is: classified, assigned,
    moved, so that whoever resolves a ticket is known before it is resolved.

    Raises:
        DefinitionInvalid: the mapping does not fit the log.
        UnknownKind: a state without mapping, if the mapping says ``on_unknown="raise"``.
    """
    flow = workflow.compile()
    rows = read_rows(raw, mapping, flow)
    writer = _Writer(mapping, flow)
    cases = tuple(writer.case(case, found) for case, found in rows.cases.items())
    moved = sum(len(case.states) - 1 for case in cases)
    return ImportedLog(
        source=mapping.source,
        cases=cases,
        problems=tuple(sorted(rows.problems, key=lambda problem: problem.rows)),
        rows=rows.total,
        moved=moved,
        collapsed=sum(case.rows for case in cases) - len(cases) - moved,
        mid_life=sum(isinstance(case.facts[0], TicketImported) for case in cases),
        deviations=sum(getattr(fact, "deviation", False) for case in cases for fact in case.facts),
        shared_instants=rows.shared_instants,
        ties=rows.ties,
        contradictions=rows.contradictions,
        gaps=rows.gaps,
    )


class _Writer:
    """Writes the facts of one case after another."""

    def __init__(self, mapping: LogMapping, workflow: CompiledWorkflow) -> None:
        self.mapping = mapping
        self.workflow = workflow
        self.states = {state.name: state for state in workflow.definition.states}
        self.steps: dict[tuple[str, str], tuple[str, ...]] = {}

    def case(self, case: str, rows: list[Row]) -> ImportedCase:
        life = _Life(case, self.mapping, self.states[rows[0].state], rows[0])
        states = [rows[0].state]
        facts: list[TicketFact] = [self.beginning(life, rows[0])]
        for row in rows[1:]:
            facts.extend(life.changes(row))
            if row.state != states[-1]:
                steps = self.steps_between(states[-1], row.state)
                facts.append(life.moved(row, self.states[row.state], steps))
                states.append(row.state)
        columns = self.mapping.witnesses
        witness = {column: rows[-1].cells.get(f"witnesses[{index}]", "") for index, column in enumerate(columns)}
        return ImportedCase(case, tuple(facts), tuple(states), len(rows), FrozenMap(witness))

    def steps_between(self, source: str, target: str) -> tuple[str, ...]:
        """The workflow's answer, remembered: a log asks the same few questions again and again."""
        found = self.steps.get((source, target))
        if found is None:
            found = self.steps[source, target] = self.workflow.steps_between(source, target)
        return found

    def beginning(self, life: _Life, row: Row) -> TicketFact:
        cls = TicketAccepted if life.state.born else TicketImported
        flow = self.workflow.definition
        cell = row.cells.get
        return cls(
            **life.stamp(row),
            workflow=flow.name,
            workflow_version=flow.version,
            state=row.state,
            category=life.state.category.value,
            accepted=row.accepted,
            line=life.line,
            service=cell("service"),
            symptom=cell("symptom"),
            priority=cell("priority"),
            group=life.group,
            assignee=life.assignee,
            outcome=life.outcome,
        )


class _Life:
    """What is known of one case while its rows are read in order."""

    def __init__(self, case: str, mapping: LogMapping, state: State, row: Row) -> None:
        self.case, self.mapping, self.state = case, mapping, state
        self.round = 1
        self.outcome = mapping.outcomes.get(state.name)
        self.group, self.assignee = row.cells.get("group"), row.cells.get("assignee")
        self.line = self.line_of(self.group, state)
        self.labels: dict[str, Any] = {name: row.cells.get(name) for name in _LABELS}

    def stamp(self, row: Row) -> dict[str, Any]:
        """What every fact of a row begins with."""
        source = self.mapping.source
        return {
            "ticket": self.case,
            "at": row.at,
            "actor": row.cells.get("actor", source),
            "key": f"{source}/{self.case}/{row.number}",
        }

    def line_of(self, group: str | None, state: State) -> int | None:
        """A state's own line counts; else the line of the group, where lines are groups."""
        if state.line is not None or group is None:
            return state.line
        return self.mapping.lines.get(group, self.mapping.default_line)

    def changes(self, row: Row) -> Iterator[TicketFact]:
        """What a row says beside its state. A missing cell says nothing; a new group begins without a person."""
        labels: dict[str, Any] = {name: row.cells.get(name, known) for name, known in self.labels.items()}
        if labels != self.labels:
            self.labels = labels
            yield TicketClassified(**self.stamp(row), **labels)
        group = row.cells.get("group", self.group)
        assignee = row.cells.get("assignee", self.assignee if group == self.group else None)
        if (group, assignee) != (self.group, self.assignee):
            self.group, self.assignee, self.line = group, assignee, self.line_of(group, self.state)
            yield TicketAssigned(**self.stamp(row), group=group, assignee=assignee, line=self.line)

    def moved(self, row: Row, target: State, steps: tuple[str, ...]) -> TicketMoved:
        """The move a row tells: named if only one step leads there, a deviation if none does (IMP-6)."""
        source, self.state = self.state, target
        self.round += target.category.is_open and not source.category.is_open
        self.line = self.line_of(self.group, target)
        kept = None if target.category.is_open else self.outcome
        self.outcome = self.mapping.outcomes.get(target.name, kept)
        return TicketMoved(
            **self.stamp(row),
            step=steps[0] if len(steps) == 1 else None,
            source=source.name,
            target=target.name,
            category=target.category.value,
            entered=row.at,
            round=self.round,
            line=self.line,
            outcome=self.outcome,
            deviation=not steps,
        )


_LABELS = ("service", "symptom", "priority")


def commits(
    imported: ImportedLog,
    *,
    size: int = 100,
    beside: Callable[[ImportedCase], Iterable[Append]] = lambda _case: (),
) -> Iterator[Commit]:
    """Return the commits that store an import, ``size`` cases each, in the order of the log.

    Every commit has a key made of everything it holds, so that an import that was interrupted is simply run again:
    what is there already answers ``duplicate`` and adds nothing. That holds for the same log, mapping, ``size`` and
    ``beside``; if one of them changed, a stored case is a `Conflict`, and nothing is written over.

    ``beside`` gives what else belongs to a case and must stand or fall with it, such as the facts of its clocks.

    Raises:
        ValueError: ``size`` is less than 1.
    """
    if size < 1:
        raise ValueError(f"size is a number of cases from 1 on, not {size!r}")
    return _commits(imported, size, beside)


def _commits(imported: ImportedLog, size: int, beside: Callable[[ImportedCase], Iterable[Append]]) -> Iterator[Commit]:
    for start in range(0, len(imported.cases), size):
        cases = imported.cases[start : start + size]
        appends = [append for case in cases for append in (_append(case), *beside(case))]
        yield Commit(tuple(appends), key=f"import/{imported.source[:100]}/{_digest(appends)}")


def _append(case: ImportedCase) -> Append:
    return Append(case.case, case.facts, expected_version=0)


def _digest(appends: Iterable[Append]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for append in appends:
        digest.update(append.stream.encode())
        for fact in append.facts:
            digest.update(to_json(fact).encode())
    return digest.hexdigest()
