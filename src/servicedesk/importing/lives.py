"""From the rows of a foreign log to the facts of our own tickets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, cast

from attrs import evolve

from servicedesk.events import TicketAccepted, TicketAssigned, TicketClassified, TicketFact, TicketImported, TicketMoved
from servicedesk.frozenmap import FrozenMap
from servicedesk.importing.comparing import Comparer
from servicedesk.importing.imported import ImportedCase, ImportedLog
from servicedesk.importing.mapping import LogMapping
from servicedesk.importing.row import RawRow, Row, origins
from servicedesk.importing.rows import read_rows
from servicedesk.workflow import CompiledWorkflow, State, Workflow

__all__ = ["import_log"]


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
    begun_or_repeated = sum(case.rows for case in cases) - moved
    repeated = 0 if mapping.activity is None else begun_or_repeated - len(cases)
    return ImportedLog(
        source=mapping.source,
        cases=cases,
        problems=tuple(sorted(rows.problems, key=lambda problem: problem.rows)),
        rows=rows.total,
        moved=moved,
        collapsed=begun_or_repeated - len(cases) - repeated,
        repeated=repeated,
        mid_life=sum(isinstance(case.facts[0], TicketImported) for case in cases),
        deviations=writer.deviations,
        shared_instants=rows.shared_instants,
        ties=rows.ties,
        contradictions=rows.contradictions,
        gaps=rows.gaps,
        checks=writer.comparer.results(),
    )


class _Writer:
    """Writes the facts of one case after another."""

    def __init__(self, mapping: LogMapping, workflow: CompiledWorkflow) -> None:
        self.mapping = mapping
        self.workflow = workflow
        self.states = {state.name: state for state in workflow.definition.states}
        self.steps: dict[tuple[str, str], tuple[str, ...]] = {}
        self.comparer = Comparer(mapping)
        self.deviations = 0

    def case(self, case: str, rows: list[Row]) -> ImportedCase:
        life = _Life(case, self.mapping, self.states[rows[0].state], rows[0])
        shared = origins(rows, self.mapping)
        facts: list[TicketFact] = [self.beginning(life, rows[0])]
        told = {0: 0}  # the places of the rows that began or moved the ticket, and of their facts
        for place, row in enumerate(rows[1:], start=1):
            facts.extend(life.changes(row))
            if shared[place] == place:
                told[place] = len(facts)
                facts.append(self.moved(life, row))
        if self.mapping.activity is not None:
            _count_repeated(facts, Counter(told[place] for place in shared))
        witness = dict(zip(self.mapping.kept, (text or "" for text in rows[-1].kept), strict=True))
        if self.mapping.check_against:
            self.comparer.compare(case, facts, witness)
        states, codes = tuple([rows[place].state for place in told]), tuple([rows[place].code for place in told])
        return ImportedCase(case, tuple(facts), states, codes, len(rows), FrozenMap(witness))

    def moved(self, life: _Life, row: Row) -> TicketMoved:
        """Return the move a row tells, and count it if the workflow does not allow it."""
        fact = life.moved(row, self.states[row.state], self.steps_between(life.state.name, row.state))
        self.deviations += fact.deviation
        return fact

    def steps_between(self, source: str, target: str) -> tuple[str, ...]:
        """The workflow's answer, remembered: a log asks the same few questions again and again."""
        found = self.steps.get((source, target))
        if found is None:
            found = self.steps[source, target] = self.workflow.steps_between(source, target)
        return found

    def beginning(self, life: _Life, row: Row) -> TicketFact:
        cls = TicketAccepted if life.state.born else TicketImported
        flow = self.workflow.definition
        return cls(
            **life.stamp(row),
            workflow=flow.name,
            workflow_version=flow.version,
            state=row.state,
            category=life.state.category.value,
            accepted=row.accepted,
            line=life.line,
            service=row.service,
            symptom=row.symptom,
            priority=row.priority,
            group=life.group,
            assignee=life.assignee,
            outcome=life.outcome,
        )


def _count_repeated(facts: list[TicketFact], times: Counter[int]) -> None:
    for place, count in times.items():
        if count > 1:
            facts[place] = evolve(cast("TicketMoved", facts[place]), repeated=count)  # or a beginning


class _Life:
    """What is known of one case while its rows are read in order."""

    def __init__(self, case: str, mapping: LogMapping, state: State, row: Row) -> None:
        self.case, self.mapping, self.state, self.entered = case, mapping, state, row.at
        self.round = 1
        self.outcome = mapping.outcomes.get(state.name)
        self.group, self.assignee = row.group, row.assignee
        self.line = self.line_of(self.group, state)
        self.labels: tuple[str | None, ...] = (row.service, row.symptom, row.priority)

    def stamp(self, row: Row) -> dict[str, Any]:
        """What every fact of a row begins with."""
        source = self.mapping.source
        return {
            "ticket": self.case,
            "at": row.at,
            "actor": source if row.actor is None else row.actor,
            "key": f"{source}/{self.case}/{row.number}",
        }

    def line_of(self, group: str | None, state: State) -> int | None:
        """A state's own line counts; else the line of the group, where lines are groups."""
        if state.line is not None or group is None:
            return state.line
        return self.mapping.lines.get(group, self.mapping.default_line)

    def changes(self, row: Row) -> Iterator[TicketFact]:
        """What a row says beside its state. A missing cell says nothing; a new group begins without a person."""
        said = (row.service, row.symptom, row.priority)
        labels = tuple([known if new is None else new for new, known in zip(said, self.labels, strict=True)])
        if labels != self.labels:
            self.labels = service, symptom, priority = labels
            yield TicketClassified(**self.stamp(row), service=service, symptom=symptom, priority=priority)
        group = self.group if row.group is None else row.group
        kept = self.assignee if group == self.group else None
        assignee = kept if row.assignee is None else row.assignee
        if (group, assignee) != (self.group, self.assignee):
            self.group, self.assignee, self.line = group, assignee, self.line_of(group, self.state)
            yield TicketAssigned(**self.stamp(row), group=group, assignee=assignee, line=self.line)

    def moved(self, row: Row, target: State, steps: tuple[str, ...]) -> TicketMoved:
        """The move a row tells: named if only one step leads there, a deviation if none does (IMP-6).

        Of several steps an activity names its own. An activity that leaves the state as it is enters it anew only
        where the workflow has such a step, and is no deviation where it has none.
        """
        own = self.mapping.activity is not None and row.code in steps
        source, self.state = self.state, target
        if steps or source is not target:
            self.entered = row.at
        self.round += target.category.is_open and not source.category.is_open
        self.line = self.line_of(self.group, target)
        kept = None if target.category.is_open else self.outcome
        self.outcome = self.mapping.outcomes.get(target.name, kept)
        return TicketMoved(
            **self.stamp(row),
            step=row.code if own else steps[0] if len(steps) == 1 else None,
            source=source.name,
            target=target.name,
            category=target.category.value,
            entered=self.entered,
            round=self.round,
            line=self.line,
            outcome=self.outcome,
            deviation=not steps and source is not target,
        )
