"""How the columns of a foreign log are to be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from attrs import field, frozen

from servicedesk.errors import DefinitionInvalid, Problem, did_you_mean
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.importing.stamps import ISO
from servicedesk.instants import to_zone
from servicedesk.workflow import CompiledWorkflow, Workflow

__all__ = ["LogMapping"]

_COLUMNS = (
    "case",
    "at",
    "state",
    "activity",
    "order",
    "accepted",
    "actor",
    "group",
    "assignee",
    "service",
    "symptom",
    "priority",
)
_ON_UNKNOWN = ("quarantine", "skip_row", "raise")
_CHECKS = ("resolved_at", "closed_at")


def _texts(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _text_set(value: str | Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(_texts(value))))


def _codes(value: Mapping[str, str | None]) -> FrozenMap[str, str]:
    return freeze({code: state or "" for code, state in value.items()})


@frozen(kw_only=True)
class LogMapping:
    """Which column says what (IMP-1). Every name in the first block is a column of the log.

    Exactly one of ``state`` and ``activity`` is named. A *state log* tells in each row the state a ticket is in: equal
    neighbours are one. An *activity log* tells what was done: each row is a fact of its own, and ``states`` says which
    state it leads to; the same activity in the same instant is one fact (IMP-3).

    It is data: `to_plain` writes it for TOML or JSON, `from_plain` reads it back.

    Args:
        source: the log's name; the key of each fact is source, case and row (IMP-8).
        case: the ticket's id.
        at: the instant of the row, in ``format``.
        state: the state's code after the row.
        activity: what was done.
        order: a revision number that orders rows of one instant; instants alone never do (IMP-2).
        accepted: the instant the demand was first heard, where the log tells it apart from the first row.
        actor, group, assignee, service, symptom, priority: what the facts carry.
        format: of every stamp: ``"iso"`` for ISO 8601 with date and time, or a pattern of ``datetime.strptime``.
        zone: of stamps that have none themselves.
        states: the log's code or activity -> the workflow's state, where they differ; ``None`` (in TOML: ``""``) skips
            such rows on purpose.
        outcomes: what a ticket came to by reaching a state, where the states tell: ``{"Resolved": "solved"}``.
        lines: the support line of each group, where lines are groups; ``default_line`` for the rest.
        missing: texts that mean "not known".
        on_unknown: what a code without mapping does to its case: ``quarantine`` it, ``skip_row``, or ``raise`` (IMP-5).
        witnesses: columns that know the future, such as a verdict on every row: never facts, but kept beside the case
            (as of its last row) to check against (IMP-7).
        check_against: columns of that kind that tell when a case was resolved or closed, compared with what the rows
            say: ``{"resolved_at": column, "closed_at": column}``; the counts stand in `ImportedLog.checks` (IMP-7).
    """

    source: str
    case: str
    at: str
    state: str | None = None
    activity: str | None = None
    order: str | None = None
    accepted: str | None = None
    actor: str | None = None
    group: str | None = None
    assignee: str | None = None
    service: str | None = None
    symptom: str | None = None
    priority: str | None = None
    format: str = ISO
    zone: str | None = None
    states: FrozenMap[str, str] = field(default=EMPTY, converter=_codes)
    outcomes: FrozenMap[str, str] = field(default=EMPTY, converter=freeze)
    lines: FrozenMap[str, int] = field(default=EMPTY, converter=freeze)
    default_line: int | None = None
    missing: tuple[str, ...] = field(default=("", "?"), converter=_text_set)
    on_unknown: Literal["quarantine", "skip_row", "raise"] = "quarantine"
    witnesses: tuple[str, ...] = field(default=(), converter=_texts)
    check_against: FrozenMap[str, str] = field(default=EMPTY, converter=freeze)

    @property
    def code(self) -> str:
        """The column that moves a ticket: of its state, or of the activity."""
        return self.state or self.activity or ""

    @property
    def kept(self) -> tuple[str, ...]:
        """The columns whose last text is kept beside each case, each once: witnesses, then those to check against."""
        return tuple(dict.fromkeys((*self.witnesses, *self.check_against.values())))

    @property
    def columns(self) -> dict[str, str]:
        """Every column that is read, by the path of the setting that names it."""
        named = {name: getattr(self, name) for name in _COLUMNS}
        beside = {f"witnesses[{index}]": column for index, column in enumerate(self.witnesses)}
        checked = {f"check_against[{name!r}]": column for name, column in self.check_against.items()}
        return {path: column for path, column in (named | beside | checked).items() if column is not None}

    def problems(
        self, workflow: Workflow | CompiledWorkflow | None = None, header: Iterable[str | None] | None = None
    ) -> tuple[Problem, ...]:
        """List everything wrong with the mapping: by itself, and held against a workflow and the log's columns."""
        columns = None if header is None else [str(column) for column in header if column is not None]
        return tuple(_problems(self, None if workflow is None else workflow.compile(), columns))

    def require_valid(self, workflow: CompiledWorkflow | None, header: Iterable[str | None] | None = None) -> None:
        """Raise `DefinitionInvalid` with every problem, if there is any."""
        if found := self.problems(workflow, header):
            raise DefinitionInvalid(found, f"mapping of {self.source!r}")


def _problems(mapping: LogMapping, workflow: CompiledWorkflow | None, header: list[str] | None) -> Iterator[Problem]:
    if not mapping.source:
        yield Problem("source", "is empty; name the log, so that its keys stay its own")
    if (mapping.state is None) == (mapping.activity is None):
        yield Problem("state", "name one column: of the state after each row, or in activity= of what was done")
    if header is not None:
        for path, column in mapping.columns.items():
            if column not in header:
                hint = did_you_mean(column, header) or f"; columns: {', '.join(header)}"
                yield Problem(path, f"the log has no column {column!r}{hint}")
    if workflow is not None:
        yield from _state_problems(mapping, [state.name for state in workflow.definition.states])
    if mapping.on_unknown not in _ON_UNKNOWN:
        yield Problem("on_unknown", f"{mapping.on_unknown!r} is not one of {', '.join(_ON_UNKNOWN)}")
    for name in mapping.check_against:
        if name not in _CHECKS:
            yield Problem(f"check_against[{name!r}]", f"nothing is known of it; known: {', '.join(_CHECKS)}")
    yield from _time_problems(mapping)


def _state_problems(mapping: LogMapping, names: list[str]) -> Iterator[Problem]:
    targets = {f"states[{code!r}]": state for code, state in mapping.states.items() if state}
    for path, state in (targets | {f"outcomes[{state!r}]": state for state in mapping.outcomes}).items():
        if state not in names:
            yield Problem(path, f"{state!r} is not a state{did_you_mean(state, names)}")


def _time_problems(mapping: LogMapping) -> Iterator[Problem]:
    if mapping.zone is None:
        if mapping.format != ISO and "%z" not in mapping.format:
            yield Problem("zone", f"stamps like {mapping.format!r} have no zone; name the one they were written in")
        return
    try:
        to_zone(mapping.zone)
    except DefinitionInvalid as error:
        yield from error.problems
