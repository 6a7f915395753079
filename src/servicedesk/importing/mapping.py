"""How the columns of a foreign log are to be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from attrs import field, frozen

from servicedesk.errors import DefinitionInvalid, Problem, did_you_mean
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.instants import to_zone
from servicedesk.workflow import CompiledWorkflow, Workflow

__all__ = ["LogMapping"]

_COLUMNS = ("case", "at", "state", "order", "accepted", "actor", "group", "assignee", "service", "symptom", "priority")
_ON_UNKNOWN = ("quarantine", "skip_row", "raise")


def _texts(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _text_set(value: str | Iterable[str]) -> frozenset[str]:
    return frozenset(_texts(value))


@frozen(kw_only=True)
class LogMapping:
    """Which column says what. Every name in the first block is a column of the log.

    Args:
        source: the log's name; the key of each fact is source, case and row (IMP-8).
        case: the ticket's id.
        at: the instant of the row, in ``format`` (as of ``datetime.strptime``).
        state: the state's code after the row.
        order: a revision number that orders rows of one instant; instants alone never do (IMP-2).
        accepted: the instant the demand was first heard, where the log tells it apart from the first row.
        actor, group, assignee, service, symptom, priority: what the facts carry.
        format: of ``at`` and ``accepted``.
        zone: of stamps that have none themselves.
        states: the log's code -> the workflow's state, where they differ; ``None`` skips such rows on purpose.
        outcomes: what a ticket came to by reaching a state, where the states tell: ``{"Resolved": "solved"}``.
        lines: the support line of each group, where lines are groups; ``default_line`` for the rest.
        missing: texts that mean "not known".
        on_unknown: what a code without mapping does to its case: ``quarantine`` it, ``skip_row``, or ``raise`` (IMP-5).
        witnesses: columns that know the future, such as a closing time on every row: never facts, but kept beside the
            case (as of its last row) to check against (IMP-7).
    """

    source: str
    case: str
    at: str
    state: str
    order: str | None = None
    accepted: str | None = None
    actor: str | None = None
    group: str | None = None
    assignee: str | None = None
    service: str | None = None
    symptom: str | None = None
    priority: str | None = None
    format: str = "%Y-%m-%dT%H:%M:%S%z"
    zone: str | None = None
    states: FrozenMap[str, str | None] = field(default=EMPTY, converter=freeze)
    outcomes: FrozenMap[str, str] = field(default=EMPTY, converter=freeze)
    lines: FrozenMap[str, int] = field(default=EMPTY, converter=freeze)
    default_line: int | None = None
    missing: frozenset[str] = field(default=frozenset({"", "?"}), converter=_text_set)
    on_unknown: Literal["quarantine", "skip_row", "raise"] = "quarantine"
    witnesses: tuple[str, ...] = field(default=(), converter=_texts)

    @property
    def columns(self) -> dict[str, str]:
        """Every column that is read, by the path of the setting that names it."""
        named = {name: getattr(self, name) for name in _COLUMNS}
        beside = {f"witnesses[{index}]": column for index, column in enumerate(self.witnesses)}
        return {path: column for path, column in (named | beside).items() if column is not None}

    def problems(
        self, workflow: Workflow | CompiledWorkflow, header: Iterable[str | None] | None = None
    ) -> tuple[Problem, ...]:
        """List everything wrong with the mapping, held against a workflow and, if given, the log's columns."""
        columns = None if header is None else [str(column) for column in header if column is not None]
        return tuple(_problems(self, workflow.compile(), columns))

    def require_valid(self, workflow: CompiledWorkflow, header: Iterable[str | None] | None = None) -> None:
        """Raise `DefinitionInvalid` with every problem, if there is any."""
        if found := self.problems(workflow, header):
            raise DefinitionInvalid(found, f"mapping of {self.source!r}")


def _problems(mapping: LogMapping, workflow: CompiledWorkflow, header: list[str] | None) -> Iterator[Problem]:
    if not mapping.source:
        yield Problem("source", "is empty; name the log, so that its keys stay its own")
    if header is not None:
        for path, column in mapping.columns.items():
            if column not in header:
                hint = did_you_mean(column, header) or f"; columns: {', '.join(header)}"
                yield Problem(path, f"the log has no column {column!r}{hint}")
    names = [state.name for state in workflow.definition.states]
    targets = {f"states[{code!r}]": state for code, state in mapping.states.items()}
    for path, state in (targets | {f"outcomes[{state!r}]": state for state in mapping.outcomes}).items():
        if state is not None and state not in names:
            yield Problem(path, f"{state!r} is not a state{did_you_mean(state, names)}")
    if mapping.on_unknown not in _ON_UNKNOWN:
        yield Problem("on_unknown", f"{mapping.on_unknown!r} is not one of {', '.join(_ON_UNKNOWN)}")
    yield from _time_problems(mapping)


def _time_problems(mapping: LogMapping) -> Iterator[Problem]:
    if mapping.zone is None:
        if "%z" not in mapping.format:
            yield Problem("zone", f"stamps like {mapping.format!r} have no zone; name the one they were written in")
        return
    try:
        to_zone(mapping.zone)
    except DefinitionInvalid as error:
        yield from error.problems
