"""A workflow in its fast form: a table read back from a ``transitions.Machine``, and the decision on it.

The machine does what it is good at once, when a workflow is compiled: expanding wildcards, reflexive and internal
edges, and the order of candidates. The hot path runs the table, and the machine remains the oracle of "table ==
machine" (TR-1, TR-2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from attrs import field, frozen

from servicedesk.conditions import Condition
from servicedesk.errors import Refusal, Refused
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.workflow.actor import Actor
from servicedesk.workflow.definition import STAY, State, Step, Workflow

if TYPE_CHECKING:
    from transitions import Machine

__all__ = ["Accepted", "CompiledWorkflow", "Edge", "Move", "Offer", "Subject", "missing_fields"]


class Subject(Protocol):
    """What a decision must know of a ticket."""

    @property
    def id(self) -> str:
        """Its name in messages."""
        ...

    @property
    def state(self) -> str:
        """The state it is in."""
        ...

    @property
    def values(self) -> Mapping[str, Any]:
        """Everything that conditions and requirements may name."""
        ...


@frozen
class Move:
    """What an accepted step does. ``stays`` marks a step that changes data only (`STAY`)."""

    step: str
    source: str
    target: State
    stays: bool = field(kw_only=True)
    reason: str | None = field(default=None, kw_only=True)
    outcome: str | None = field(default=None, kw_only=True)
    data: FrozenMap[str, Any] = field(default=EMPTY, kw_only=True)


@frozen
class Accepted:
    """The answer "yes": the move to be recorded."""

    move: Move


@frozen
class Offer:
    """A step open to an actor now. ``ready`` if nothing but the step itself is needed (DEC-9)."""

    step: str
    target: str
    still_needed: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether `CompiledWorkflow.decide` would accept it without data and reason."""
        return not self.still_needed and not self.reasons


@frozen
class Edge:
    """One candidate of (state, step): where it leads, who may take it, when, and what it needs."""

    step: Step
    source: str
    target: State
    roles: frozenset[str] | None
    """``None``: everybody may."""

    @property
    def stays(self) -> bool:
        """Whether the step changes data only."""
        return self.step.target == STAY

    @property
    def requires(self) -> tuple[str, ...]:
        """The step's own requirements and, on entering, the state's; a data-only step enters nothing (WF-6)."""
        return self.step.requires if self.stays else (*self.step.requires, *self.target.requires)

    def is_for(self, actor: Actor) -> bool:
        """Whether one of the actor's roles suffices (ACT-1)."""
        return self.roles is None or not self.roles.isdisjoint(actor.roles)

    def selects(self, request: Request) -> bool:
        """Whether this candidate is the one meant, by role and by ``when``."""
        when: Condition | None = self.step.when
        return self.is_for(request.actor) and (when is None or when.holds(request.known()))

    def failures(self, request: Request) -> tuple[Refusal, ...]:
        """Return every check that fails, in the fixed order (DEC-6); empty: the step may be taken."""
        missing = missing_fields(self.requires, request.known()) if self.requires else ()
        return (*missing, *_reason_failures(self.step.reasons, request.reason))

    def move(self, request: Request) -> Move:
        """Return what taking this edge does."""
        return Move(
            self.step.name,
            self.source,
            self.target,
            stays=self.stays,
            reason=request.reason if self.step.reasons else None,
            outcome=self.step.outcome,
            data=request.data,
        )


def missing_fields(names: Iterable[str], values: Mapping[str, Any]) -> tuple[Refusal, ...]:
    """Return a refusal for each name without a value; ``0`` and ``False`` are values, ``""`` and ``()`` not (WF-5)."""
    unset = (name for name in dict.fromkeys(names) if values.get(name) in (None, "", ()))
    return tuple(Refusal("missing_field", {"field": name}) for name in unset)


def _reason_failures(choices: tuple[str, ...], reason: str | None) -> list[Refusal]:
    if not choices or reason in choices:
        return []
    if reason is None:
        return [Refusal("missing_reason", {"choices": choices})]
    return [Refusal("unknown_reason", {"reason": reason, "choices": choices})]


@frozen
class Request:
    """One attempt: who wants to do something with what, and the data that come with it."""

    subject: Subject
    actor: Actor
    data: FrozenMap[str, Any]
    reason: str | None

    def known(self) -> Mapping[str, Any]:
        """The subject's values with the step's data on top."""
        values = self.subject.values
        return {**values, **self.data} if self.data else values


Table: TypeAlias = Mapping[tuple[str, str], tuple[Edge, ...]]


@frozen(eq=False, repr=False)
class CompiledWorkflow:
    """A workflow ready to decide. Build it by `Workflow.compile`; it never changes and holds no tickets."""

    definition: Workflow
    machine: Machine
    """The ``transitions.Machine`` behind the table: for introspection and diagrams. It has no model of its own."""
    table: Table
    """(state, step) -> candidates in the order they are tried."""

    @classmethod
    def of(cls, definition: Workflow) -> CompiledWorkflow:
        """Compile a definition that has no errors."""
        from servicedesk.workflow import machine  # noqa: PLC0415  # it loads transitions, and needs Edge from here

        built = machine.build(definition)
        return cls(definition, built, machine.table(built))

    def compile(self) -> CompiledWorkflow:
        """Return itself: whoever wants a compiled workflow may be given either form."""
        return self

    @property
    def born(self) -> tuple[State, ...]:
        """The states a ticket may begin in, the default first."""
        return self.definition.born

    def decide(
        self,
        subject: Subject,
        step: str,
        *,
        actor: Actor,
        data: Mapping[str, Any] = EMPTY,
        reason: str | None = None,
    ) -> Accepted | Refused:
        """Decide one step: select a candidate, then check it, and report every failing check together (DEC-2, DEC-3).

        A failing check refuses; it never falls through to the next candidate.
        """
        request = Request(subject, actor, freeze(data), reason)
        candidates = self.table.get((subject.state, step), ())
        if not candidates:
            known = any(step == candidate.name for candidate in self.definition.steps)
            return self._refused(request, step, (Refusal("not_possible" if known else "unknown_step"),))
        chosen = next((edge for edge in candidates if edge.selects(request)), None)
        if chosen is None:
            return self._refused(request, step, (_not_selected(candidates, actor),))
        failures = chosen.failures(request)
        if failures:
            return self._refused(request, step, failures)
        return Accepted(chosen.move(request))

    def _refused(self, request: Request, step: str, refusals: tuple[Refusal, ...]) -> Refused:
        subject = request.subject
        possible = (offer.step for offer in self.available(subject, actor=request.actor))
        return Refused(refusals, possible, attempt=f"{step!r} {subject.id} from {subject.state!r}")

    def available(self, subject: Subject, *, actor: Actor) -> tuple[Offer, ...]:
        """Return the steps open to this actor now; forbidden and impossible ones are absent (DEC-9)."""
        request = Request(subject, actor, EMPTY, None)
        offers = []
        for (state, _), candidates in self.table.items():
            chosen = (
                next((edge for edge in candidates if edge.selects(request)), None) if state == subject.state else None
            )
            if chosen is not None:
                needed = tuple(r["field"] for r in chosen.failures(request) if r.code == "missing_field")
                offers.append(Offer(chosen.step.name, chosen.target.name, needed, chosen.step.reasons))
        return tuple(offers)

    def steps_between(self, source: str, target: str) -> tuple[str, ...]:
        """Return the names of the steps that lead from one state to another, whoever may take them."""
        edges = (edge for (state, _), edges in self.table.items() if state == source for edge in edges)
        return tuple(dict.fromkeys(e.step.name for e in edges if e.target.name == target and not e.stays))

    @property
    def edges(self) -> frozenset[tuple[str, str]]:
        """Every (state, next state) the workflow allows, data-only steps left out."""
        return frozenset((e.source, e.target.name) for edges in self.table.values() for e in edges if not e.stays)

    def __repr__(self) -> str:
        flow = self.definition
        return f"<CompiledWorkflow {flow.name!r} version {flow.version}: {len(flow.states)} states>"


def _not_selected(candidates: tuple[Edge, ...], actor: Actor) -> Refusal:
    """Blame the roles if they alone stood in the way of some candidate, else the condition (DEC-3)."""
    if any(edge.is_for(actor) for edge in candidates):
        return Refusal("condition", {"when": tuple(str(e.step.when) for e in candidates if e.is_for(actor))})
    roles = sorted({role for edge in candidates for role in edge.roles or ()})
    return Refusal("forbidden", {"roles": tuple(roles)})
