"""The definitions in force: what a ticket may name, by name and version."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import field, frozen

from servicedesk.errors import DefinitionInvalid, Problem, UnknownKind
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.workflow import CompiledWorkflow, Workflow

__all__ = ["Definitions"]


def _workflows(value: Workflow | CompiledWorkflow | Iterable[Workflow | CompiledWorkflow]) -> tuple[Workflow, ...]:
    flows = (value,) if isinstance(value, Workflow | CompiledWorkflow) else value
    return tuple(flow.definition if isinstance(flow, CompiledWorkflow) else flow for flow in flows)


@frozen
class Definitions:
    """Everything declared that a decision may need: today the workflows; one place to hand to `tickets.decide`.

    Several versions of a workflow stand side by side, because history is judged by the version it was made with
    (MIG-1). Two values under one identity are refused (WF-11). ``calendars``, ``guards`` and ``resolvers`` are what
    the workflows name and only the host can bring (`Workflow.compile`).

    >>> Definitions([]).workflow("fault", 1, where="ticket T-7")
    Traceback (most recent call last):
    servicedesk.errors.UnknownKind: ticket T-7: 'fault version 1' is not known here
    """

    workflows: tuple[Workflow, ...] = field(converter=_workflows)
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
