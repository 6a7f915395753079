"""The names a definition may use, and what is said of one that it may not: the path and the nearest name."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from attrs import frozen

from servicedesk.errors import Problem, did_you_mean
from servicedesk.workflow.declared import RECORDS
from servicedesk.workflow.edges import Kit
from servicedesk.workflow.words import ANY, ANYONE, OUTCOMES, RESERVED, TICKET_WORDS, Category, For, InGroup

if TYPE_CHECKING:
    from servicedesk.workflow.definition import Workflow

__all__ = ["Names", "name_errors", "unknown"]


def unknown(path: str, name: object, what: str, known: Collection[str]) -> Problem:
    """Return the problem that a name means nothing, with the nearest that does."""
    article = "an" if what[0] in "aeiou" else "a"
    plural = what.replace(" or", "s or") + "s"
    hint = did_you_mean(name, known) or f"; {plural}: {', '.join(map(str, known)) or 'none'}"
    return Problem(path, f"{name!r} is not {article} {what}{hint}", code="unknown_name")


def name_errors(path: str, name: object) -> Iterator[Problem]:
    """Check that a name can be one (WF-1)."""
    if not isinstance(name, str):
        yield Problem(path, f"{name!r} is not a text", code="bad_name")
    elif not 1 <= len(name) <= 100:
        yield Problem(path, f"a name has 1 to 100 characters, not {len(name)}", code="bad_name")
    elif name in RESERVED:
        yield Problem(path, f"{name!r} has a meaning of its own ({', '.join(RESERVED)})", code="bad_name")
    elif name != name.strip() or any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        yield Problem(path, f"{name!r} has outer blanks or control characters", code="bad_name")
    elif not unicodedata.is_normalized("NFC", name):
        yield Problem(path, f"{name!r} is not in Unicode normal form NFC", code="bad_name")


@frozen
class Names:
    """Every name of a definition by what it names; ``None`` where any will do."""

    states: tuple[str, ...]
    groups: tuple[str, ...]
    steps: tuple[str, ...]
    marks: tuple[str, ...]
    counters: tuple[str, ...]
    fields: tuple[str, ...] | None
    roles: tuple[str, ...] | None
    outcomes: tuple[str, ...]
    calendars: tuple[str, ...] | None
    guards: tuple[str, ...] | None
    resolvers: tuple[str, ...] | None

    @classmethod
    def of(cls, flow: Workflow, kit: Kit | None) -> Names:
        """Collect the names of a definition and of what the host brings."""
        return cls(
            tuple(state.name for state in flow.states),
            tuple(dict.fromkeys(state.group for state in flow.states if state.group)),
            tuple(dict.fromkeys(step.name for step in flow.steps)),
            tuple(mark.name for mark in flow.all_marks),
            tuple(dict.fromkeys(name for step in flow.steps for name in step.counts)),
            tuple(known.name for known in flow.fields) if flow.fields else None,
            (*flow.roles, "system", "customer", ANYONE) if flow.roles else None,
            (*OUTCOMES, *flow.outcomes),
            None if kit is None else tuple(kit.calendars),
            None if kit is None else tuple(kit.guards),
            None if kit is None else tuple(kit.resolvers),
        )

    def state(self, path: str, name: object) -> Iterator[Problem]:
        """Check the name of a state; a category's word is answered with how to say it."""
        if name in self.states:
            return
        if name in {category.value for category in Category}:
            hint = f"; write Category.{str(name).upper()} for all states of that category"
            yield Problem(path, f"{name!r} is not a state{hint}", code="unknown_name")
        else:
            yield unknown(path, name, "state", self.states)

    def sources(self, path: str, sources: Iterable[object]) -> Iterator[Problem]:
        """Check states, categories and groups."""
        for source in sources:
            if isinstance(source, InGroup):
                if source.group not in self.groups:
                    yield unknown(path, source.group, "group", self.groups)
            elif not isinstance(source, Category) and source != ANY:
                yield from self.state(path, source)

    def field(self, path: str, name: object, more: Iterable[str] = ()) -> Iterator[Problem]:
        """Check the name of a value: declared, or a word of the ticket itself."""
        if not isinstance(name, str):
            yield Problem(path, f"{name!r} is not the name of a field", code="unknown_name")
        elif self.fields is not None and name not in (*self.fields, *more, *TICKET_WORDS):
            yield unknown(path, name, "field", (*self.fields, *more))

    def needed(self, path: str, needed: Iterable[object], record: str | None = None) -> Iterator[Problem]:
        """Check requirements, those of one role too."""
        more = [known.name for known in RECORDS.get(record or "", ())]
        for part in needed:
            if isinstance(part, For):
                yield from self.roles_known(path, (part.role,))
            for name in part.fields if isinstance(part, For) else (part,):
                yield from self.field(path, name, more)

    def marks_known(self, path: str, marks: Iterable[str]) -> Iterator[Problem]:
        """Check marks: some step gives them, something else does, or they are declared."""
        for mark in marks:
            if mark not in self.marks:
                yield unknown(path, mark, "mark", self.marks)

    def roles_known(self, path: str, roles: Iterable[str]) -> Iterator[Problem]:
        """Check roles, where the workflow lists its roles."""
        for role in roles:
            if self.roles is not None and role not in self.roles:
                yield unknown(path, role, "role", self.roles[:-3])

    def outcome(self, path: str, outcome: str | None) -> Iterator[Problem]:
        """Check an outcome (WF-9)."""
        if outcome is not None and outcome not in self.outcomes:
            yield unknown(path, outcome, "outcome", self.outcomes)
