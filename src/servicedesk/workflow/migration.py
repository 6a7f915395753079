"""How tickets in flight come under another definition: an explicit, total map, its checks, and what it does (MIG-2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from attrs import field, frozen

from servicedesk.errors import Problem, Refusal, Refused
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.workflow.compiled import CompiledWorkflow
from servicedesk.workflow.definition import Workflow
from servicedesk.workflow.names import unknown
from servicedesk.workflow.product import Node, explore, relevant_marks
from servicedesk.workflow.request import Subject
from servicedesk.workflow.state import State
from servicedesk.workflow.words import texts

__all__ = ["Migrated", "Migration"]

Names = FrozenMap[str, str | None]


def _grants(value: Mapping[str, str | Iterable[str]]) -> FrozenMap[str, tuple[str, ...]]:
    return FrozenMap({state: texts(marks) for state, marks in value.items()})


@frozen(kw_only=True)
class Migrated:
    """What a migration makes of a ticket: the values *after* it (MIG-4)."""

    workflow: str
    version: int
    state: str
    category: str
    marks: tuple[str, ...]
    counters: FrozenMap[str, int]
    data: FrozenMap[str, Any]
    """Fields that change: under a new name, or ``None`` where they are dropped or renamed."""
    timers: tuple[tuple[str, int], ...]
    last_active: str | None


@frozen(kw_only=True)
class Migration:
    """A map from one definition to another, by identity ``(name, version)``; equal names are no map (MIG-2).

    Args:
        from_: the identity tickets have.
        to: the identity they get.
        states: old state -> new state. Every state a ticket can be in is mapped or refused.
        refuse: old states whose tickets stay where they are.
        fields: old name -> new name, ``None``: dropped; what is not named stays. Likewise ``marks`` and ``counters``.
        grants: marks given on arrival, by new state: where somebody vouches for them (MIG-3).
        timers: ``restart`` from the old entry, ``keep`` those that run, or ``drop`` them.
    """

    from_: tuple[str, int]
    to: tuple[str, int]
    states: FrozenMap[str, str] = field(default=EMPTY, converter=freeze)
    refuse: tuple[str, ...] = field(default=(), converter=texts)
    fields: Names = field(default=EMPTY, converter=freeze)
    marks: Names = field(default=EMPTY, converter=freeze)
    counters: Names = field(default=EMPTY, converter=freeze)
    grants: FrozenMap[str, tuple[str, ...]] = field(default=EMPTY, converter=_grants)
    timers: Literal["restart", "keep", "drop"] = "restart"

    @classmethod
    def same_names(cls, old: Workflow, new: Workflow, **more: Any) -> Migration:
        """Write out the map of equal names; the states of other names are left for the author to map (MIG-2).

        `problems` lists them. What ``more`` says of states is added.
        """
        equal = {state.name: state.name for state in old.states if new.state(state.name) is not None}
        states = {**equal, **more.pop("states", {})}
        return cls(from_=(old.name, old.version), to=(new.name, new.version), states=states, **more)

    def problems(self, old: Workflow, new: Workflow) -> tuple[Problem, ...]:
        """List what is wrong with the map between its two definitions, which have no errors themselves (MIG-3)."""
        errors = (*self._identity_errors(old, new), *self._name_errors(old, new), *self._not_total(old))
        return errors or (*self._broken_promises(old, new), *self._changes(old, new))

    def _identity_errors(self, old: Workflow, new: Workflow) -> Iterator[Problem]:
        for path, wanted, flow in (("from_", self.from_, old), ("to", self.to, new)):
            if wanted != (flow.name, flow.version):
                message = f"{wanted!r} is not the identity of {flow!r}"
                yield Problem(path, message, code="unknown_name")
        if self.timers not in ("restart", "keep", "drop"):
            message = f"{self.timers!r} is no way with timers; ways: restart, keep, drop"
            yield Problem("timers", message, code="unknown_name")

    def _name_errors(self, old: Workflow, new: Workflow) -> Iterator[Problem]:
        before, after = ([state.name for state in flow.states] for flow in (old, new))
        for source, target in self.states.items():
            if source not in before:
                yield unknown(f"states[{source!r}]", source, "state", before)
            if target not in after:
                yield unknown(f"states[{source!r}]", target, "state", after)
        yield from (unknown("refuse", name, "state", before) for name in self.refuse if name not in before)
        yield from (unknown(f"grants[{name!r}]", name, "state", after) for name in self.grants if name not in after)

    def _not_total(self, old: Workflow) -> Iterator[Problem]:
        reachable = {state for state, _ in explore(old).nodes}
        for state in old.states:
            twice = state.name in self.states and state.name in self.refuse
            if state.name in reachable and (twice or state.name not in (*self.states, *self.refuse)):
                message = f"{state.name!r} is {'both mapped and refused' if twice else 'neither mapped nor refused'}"
                yield Problem("states", message, code="migration_not_total")

    def _broken_promises(self, old: Workflow, new: Workflow) -> Iterator[Problem]:
        """Find a promise that migrated tickets break, on arrival or later: the product goes on from there."""
        found = explore(new, starts=self._landings(old, new))
        for index, promise in enumerate(new.promises):
            breach = next((breach for breach in found.breaches if breach.promise == promise), None)
            if breach is not None:
                way = ", ".join(breach.steps) or "on arrival"
                message = f"{promise.before!r} of {new.name!r} is reached without {', '.join(breach.lacks)}: {way}"
                yield Problem(f"to.promises[{index}]", message, code="promise_broken", witness=breach.steps)

    def _landings(self, old: Workflow, new: Workflow) -> tuple[Node, ...]:
        wanted = relevant_marks(new)
        theirs = frozenset(mark.name for mark in old.all_marks if self.marks.get(mark.name, mark.name) in wanted)
        nodes = ((state, marks) for state, marks in explore(old, also=theirs).nodes if state in self.states)
        landed = ((self.states[state], self._marks(self.states[state], marks)) for state, marks in nodes)
        return tuple(dict.fromkeys((state, frozenset(marks) & wanted) for state, marks in landed))

    def _changes(self, old: Workflow, new: Workflow) -> Iterator[Problem]:
        for source, target in self.states.items():
            before, after = old.state(source), new.state(target)
            if before is not None and after is not None and before.category is not after.category:
                message = f"{source!r} is {before.category.value}, {target!r} is {after.category.value}"
                yield Problem(f"states[{source!r}]", message, code="category_change", severity="warning")
        targets = list(self.states.values())
        for source, target in self.states.items():
            if targets.count(target) > 1:
                message = f"{target!r} stands for several old states: the way back is not told"
                yield Problem(f"states[{source!r}]", message, code="lossy_map", severity="info")

    def apply(self, subject: Subject, to: CompiledWorkflow) -> Migrated | Refused:
        """Return what becomes of a ticket; where its state is refused, or not mapped, it stays: ``not_possible``."""
        state = to.definition.state(self.states.get(subject.state, ""))
        if state is None or subject.state in self.refuse:
            refusal = Refusal("not_possible", {"state": subject.state, "to": f"{self.to[0]} version {self.to[1]}"})
            return Refused((refusal,), attempt=f"migrate {subject.id} from {subject.state!r}")
        data = self._data(subject.values)
        known = {**subject.values, **data}
        last_active = self.states.get(subject.last_active or "")
        return Migrated(
            workflow=self.to[0],
            version=self.to[1],
            state=state.name,
            category=state.category.value,
            marks=self._marks(state.name, subject.marks),
            counters=FrozenMap(_renamed(subject.counters, self.counters)),
            data=data,
            timers=self._timers(subject, to, state, known),
            last_active=last_active,
        )

    def _timers(
        self, subject: Subject, to: CompiledWorkflow, state: State, known: Mapping[str, Any]
    ) -> tuple[tuple[str, int], ...]:
        if self.timers == "restart":
            return to.entry_timers(state, subject.entered, known)
        return subject.timers if self.timers == "keep" else ()

    def _marks(self, state: str, marks: Iterable[str]) -> tuple[str, ...]:
        kept = _renamed(dict.fromkeys(marks, 1), self.marks)
        return tuple(sorted({*kept, *self.grants.get(state, ())}))

    def _data(self, values: Mapping[str, Any]) -> FrozenMap[str, Any]:
        moved = {name: target for name, target in self.fields.items() if name != target and name in values}
        gone = dict.fromkeys(moved, None)
        return FrozenMap({**gone, **{target: values[name] for name, target in moved.items() if target is not None}})

    def then(self, other: Migration) -> Migration:
        """Return both hops as one map (MIG-4); a state that either refuses is refused.

        Raises:
            ValueError: the second hop does not begin where this one ends.
        """
        if self.to != other.from_:
            raise ValueError(f"the first migration leads to {self.to!r}, the second begins at {other.from_!r}")
        lost = [source for source, target in self.states.items() if target not in other.states]
        grants = {other.states[state]: marks for state, marks in self.grants.items() if state in other.states}
        return Migration(
            from_=self.from_,
            to=other.to,
            states={source: other.states[target] for source, target in self.states.items() if source not in lost},
            refuse=(*self.refuse, *lost),
            fields=_joined(self.fields, other.fields),
            marks=_joined(self.marks, other.marks),
            counters=_joined(self.counters, other.counters),
            grants={
                state: dict.fromkeys((*grants.get(state, ()), *other.grants.get(state, ())))
                for state in (*grants, *other.grants)
            },
            timers=other.timers,
        )

    @property
    def is_identity(self) -> bool:
        """Whether every ticket comes back as it was: nothing refused, renamed, dropped or granted."""
        maps = (self.states, self.fields, self.marks, self.counters)
        same = all(name == target for names in maps for name, target in names.items())
        return self.from_ == self.to and same and not self.refuse and not any(self.grants.values())


def _renamed(values: Mapping[str, Any], names: Mapping[str, str | None]) -> dict[str, Any]:
    pairs = ((names.get(name, name), value) for name, value in values.items())
    return {name: value for name, value in pairs if name is not None}


def _joined(first: Names, second: Names) -> Names:
    """Compose two maps of names; what neither names stays."""
    reached = set(first.values())
    rest = {name: target for name, target in second.items() if name not in first and name not in reached}
    return FrozenMap(
        {**{name: None if target is None else second.get(target, target) for name, target in first.items()}, **rest}
    )
