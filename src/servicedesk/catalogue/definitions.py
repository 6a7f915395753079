"""The definitions in force: what a ticket may name, by name and version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from attrs import field, frozen

from servicedesk.errors import DefinitionInvalid, Problem, UnknownKind
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.workflow import CompiledWorkflow, Migration, Workflow

__all__ = ["Definitions"]


def _workflows(value: Workflow | CompiledWorkflow | Iterable[Workflow | CompiledWorkflow]) -> tuple[Workflow, ...]:
    flows = (value,) if isinstance(value, Workflow | CompiledWorkflow) else value
    return tuple(flow.definition if isinstance(flow, CompiledWorkflow) else flow for flow in flows)


def _migrations(value: Migration | Iterable[Migration]) -> tuple[Migration, ...]:
    return (value,) if isinstance(value, Migration) else tuple(value)


@frozen
class Definitions:
    """Everything declared that a decision may need: today the workflows; one place to hand to `tickets.decide`.

    Several versions of a workflow stand side by side, because history is judged by the version it was made with
    (MIG-1). Two values under one identity are refused (WF-11). ``calendars``, ``guards`` and ``resolvers`` are what
    the workflows name and only the host can bring (`Workflow.compile`). ``migrations`` join them (MIG-2).

    >>> Definitions([]).workflow("fault", 1, where="ticket T-7")
    Traceback (most recent call last):
    servicedesk.errors.UnknownKind: ticket T-7: 'fault version 1' is not known here
    """

    workflows: tuple[Workflow, ...] = field(converter=_workflows)
    migrations: tuple[Migration, ...] = field(default=(), converter=_migrations, kw_only=True)
    calendars: FrozenMap[str, Any] = field(default=EMPTY, converter=freeze, kw_only=True)
    guards: FrozenMap[str, Any] = field(default=EMPTY, converter=freeze, kw_only=True)
    resolvers: FrozenMap[str, Any] = field(default=EMPTY, converter=freeze, kw_only=True)
    _compiled: FrozenMap[tuple[str, int], CompiledWorkflow] = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        known: dict[tuple[str, int], Workflow] = {}
        twice = [
            Problem(
                f"workflows[{index}]",
                f"{flow.name!r} version {flow.version} differs from an earlier value of that name",
            )
            for index, flow in enumerate(self.workflows)
            if known.setdefault((flow.name, flow.version), flow) != flow
        ]
        if twice:
            raise DefinitionInvalid(twice, "definitions")
        brought = {"calendars": self.calendars, "guards": self.guards, "resolvers": self.resolvers}
        compiled = FrozenMap({identity: flow.compile(**brought) for identity, flow in known.items()})
        object.__setattr__(self, "_compiled", compiled)  # derived from the field above, once
        if wrong := tuple(self._migration_errors()):
            raise DefinitionInvalid(wrong, "definitions")

    def _migration_errors(self) -> Iterator[Problem]:
        hops = [(migration.from_, migration.to) for migration in self.migrations]
        for index, migration in enumerate(self.migrations):
            path = f"migrations[{index}]"
            ends = [self._compiled.get(identity) for identity in hops[index]]
            for end, identity in zip(ends, hops[index], strict=True):
                if end is None:
                    yield Problem(path, f"{identity[0]!r} version {identity[1]!r} is not loaded", code="unknown_name")
            if hops[index] in hops[:index]:
                yield Problem(path, "joins the same two as an earlier one", code="duplicate_name")
            if ends[0] is not None and ends[1] is not None:
                found = migration.problems(ends[0].definition, ends[1].definition)
                yield from (problem.under(path) for problem in found if problem.severity == "error")

    def way(self, start: tuple[str, int], end: tuple[str, int]) -> tuple[Migration, ...] | None:
        """Return the fewest migrations that lead from one definition to another, ``None`` if none do (MIG-4).

        From a definition to itself the way is empty.
        """
        ways: dict[tuple[str, int], tuple[Migration, ...]] = {start: ()}
        waiting = [start]
        for here in waiting:
            for migration in self.migrations:
                if migration.from_ == here and migration.to not in ways:
                    ways[migration.to] = (*ways[here], migration)
                    waiting.append(migration.to)
        return ways.get(end)

    def known(self, name: str, version: int) -> CompiledWorkflow | None:
        """Return the workflow of that identity, or ``None`` if it is not loaded."""
        return self._compiled.get((name, version))

    def workflow(self, name: str, version: int, *, where: str) -> CompiledWorkflow:
        """Return the workflow of that identity.

        Raises:
            UnknownKind: it is not loaded; ``where`` says who asked for it.
        """
        found = self._compiled.get((name, version))
        if found is None:
            loaded = (f"{known} version {number}" for known, number in self._compiled)
            raise UnknownKind(f"{name} version {version!r}", where, loaded)
        return found

    def newest(self, name: str, *, where: str) -> CompiledWorkflow:
        """Return the workflow of that name with the highest version.

        Raises:
            UnknownKind: no version of it is loaded.
        """
        versions = [number for known, number in self._compiled if known == name]
        if not versions:
            raise UnknownKind(name, where, sorted({known for known, _ in self._compiled}))
        return self._compiled[name, max(versions)]
