"""A workflow in its fast form: a table read back from a ``transitions.Machine``, and the decision on it.

The machine does what it is good at once, when a workflow is compiled: expanding wildcards, reflexive and internal
edges, and the order of candidates. The hot path runs the table, and the machine remains the oracle of "table ==
machine" (TR-1, TR-2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import field, frozen

from servicedesk.errors import Refusal, Refused, nearest
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.instants import Instant, instant_us
from servicedesk.workflow.actor import Actor
from servicedesk.workflow.data import DataRules
from servicedesk.workflow.edge import Edge, not_selected
from servicedesk.workflow.edges import Kit, edges
from servicedesk.workflow.explain import Explanation, explained
from servicedesk.workflow.move import Move
from servicedesk.workflow.offer import Offer
from servicedesk.workflow.request import Request, Subject, missing_fields
from servicedesk.workflow.state import State
from servicedesk.workflow.timing import alarms, armed
from servicedesk.workflow.words import For

if TYPE_CHECKING:
    from transitions import Machine

    from servicedesk.workflow.definition import Workflow

__all__ = ["Accepted", "CompiledWorkflow"]

_NOT_POSSIBLE = Refusal("not_possible")
_new = object.__new__


@frozen
class Accepted:
    """The answer "yes": the move to be recorded."""

    move: Move


_set_move = Accepted.move.__set__  # type: ignore[attr-defined]  # a slot, where mypy sees a Move


Table: TypeAlias = Mapping[tuple[str, str], tuple[Edge, ...]]


@frozen(eq=False, repr=False)
class CompiledWorkflow:
    """A workflow ready to decide. Build it by `Workflow.compile`; it never changes and holds no tickets."""

    definition: Workflow
    machine: Machine
    """The ``transitions.Machine`` behind the table: for introspection and diagrams. It has no model of its own."""
    table: Table
    """(state, step) -> candidates in the order they are tried."""
    kit: Kit
    """What the host brought: calendars, guards, resolvers."""
    _leaving: Mapping[str, tuple[tuple[Edge, ...], ...]] = field(init=False)
    """State -> the candidates of each step that leaves it."""

    def __attrs_post_init__(self) -> None:
        leaving: dict[str, tuple[tuple[Edge, ...], ...]] = {state.name: () for state in self.definition.states}
        for (state, _), candidates in self.table.items():
            leaving[state] = (*leaving[state], candidates)
        object.__setattr__(self, "_leaving", leaving)  # derived from the table, once

    @classmethod
    def of(cls, definition: Workflow, kit: Kit) -> CompiledWorkflow:
        """Compile a definition that has no errors."""
        from servicedesk.workflow import machine  # noqa: PLC0415  # it loads transitions

        built = machine.build(definition, edges(definition, kit))
        return cls(definition, built, machine.table(built), kit)

    def compile(self, **_: Any) -> CompiledWorkflow:
        """Return itself: whoever wants a compiled workflow may be given either form."""
        return self

    @property
    def born(self) -> tuple[State, ...]:
        """The states a ticket may begin in, the default first."""
        return self.definition.born

    def has_state(self, name: str) -> bool:
        """Whether some state has that name."""
        return name in self._leaving

    def has_step(self, name: str) -> bool:
        """Whether some step has that name, wherever it leads from."""
        return name in self.machine.events

    def decide(
        self,
        subject: Subject,
        step: str,
        *,
        actor: Actor,
        at: Instant,
        data: Mapping[str, Any] = EMPTY,
        reason: str | None = None,
    ) -> Accepted | Refused:
        """Decide one step: select a candidate, then check it, and report every failing check together (DEC-2, DEC-3).

        The rungs: unknown step → not possible → select → lock → data → check all; the first "no" ends it. A failing
        check refuses; it never falls through to the next candidate.

        Raises:
            NaiveDatetimeError: ``at`` has no zone.
            TypeError: a value has another type than a condition compares it with, or a guard or a resolver answered
                what it must not; their own exceptions pass. Nothing has changed.
        """
        request = _new(Request)  # written out, as the answer below is: such calls cost as much as what they do
        request.subject = subject
        request.actor = actor
        request.at = at if type(at) is int else instant_us(at)
        request.data = request.changes = data if type(data) is FrozenMap else freeze(data)
        request.reason = reason
        request.all_known = None
        candidates = self.table.get((subject.state, step))
        if candidates is None:
            return self._refused(request, step, (self._impossible(step),))
        for edge in candidates:
            roles = edge.roles  # `Edge.selects`, written out
            if (roles is None or not roles.isdisjoint(actor.roles)) and (edge.sure or edge.applies(request)):
                break
        else:
            return self._refused(request, step, (not_selected(candidates, request),))
        refusals = edge.refusals(request)
        if refusals:
            return self._refused(request, step, refusals)
        answer = _new(Accepted)
        _set_move(answer, edge.move(request))
        return answer

    def _impossible(self, step: str) -> Refusal:
        if step in self.machine.events:
            return _NOT_POSSIBLE
        near = nearest(step, self.machine.events)
        return Refusal("unknown_step", {} if near is None else {"hint": near})

    def _refused(self, request: Request, step: str, refusals: tuple[Refusal, ...]) -> Refused:
        """Refuse; what is possible is told on demand, of the very subject that was refused (decision 0008)."""
        subject, actor, at = request.subject, request.actor, request.at

        def possible() -> Iterator[str]:
            return (offer.step for offer in self.available(subject, actor=actor, at=at))

        attempt = f"{step!r} {subject.id} from {subject.state!r}"
        return Refused(refusals, possible if _is_value(subject) else possible(), attempt=attempt)

    def available(self, subject: Subject, *, actor: Actor, at: Instant) -> tuple[Offer, ...]:
        """Return the steps open to this actor now; forbidden and impossible ones are absent (DEC-9)."""
        request = Request(subject, actor, at if type(at) is int else instant_us(at), EMPTY, None)
        offers = []
        for candidates in self._leaving.get(subject.state, ()):
            for edge in candidates:
                if edge.selects(request):
                    if (offer := edge.offer(request)) is not None:
                        offers.append(offer)
                    break
        return tuple(offers)

    def explain(
        self,
        subject: Subject,
        step: str,
        *,
        actor: Actor,
        at: Instant,
        data: Mapping[str, Any] = EMPTY,
        reason: str | None = None,
    ) -> Explanation:
        """Return every candidate of a step, and every check of the chosen one, passed or failed (DEC-9).

        Raises:
            TypeError: as `decide`; so can a candidate behind the chosen one, at which `decide` does not look.
        """
        request = Request(subject, actor, instant_us(at), freeze(data), reason)
        candidates = self.table.get((subject.state, step), ())
        return explained(step, candidates, request, self._impossible(step))

    def check_data(self, data: Mapping[str, Any]) -> tuple[Refusal, ...]:
        """Return what is wrong with data given where no step is taken, as at acceptance (DEC-6)."""
        fields = FrozenMap({known.name: known for known in self.definition.fields})
        return DataRules(fields, bool(fields)).refusals(data)

    def entry_refusals(self, state: State, actor: Actor, values: Mapping[str, Any]) -> tuple[Refusal, ...]:
        """Return what a ticket that begins in a state lacks of the values which that state requires (WF-6)."""
        needed = self.definition.requirements_of(state)
        plain = tuple(name for name in needed if isinstance(name, str))
        own = (name for part in needed if isinstance(part, For) and part.role in actor.roles for name in part.fields)
        return missing_fields((*plain, *own), values)

    def entry_timers(self, state: State, at: int, values: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
        """Return the timers of a ticket that begins in a state: step and due instant (TM-1)."""
        return armed(alarms(state.timers, self.kit.calendars), at, values)

    def steps_between(self, source: str, target: str) -> tuple[str, ...]:
        """Return the names of the steps that lead from one state to another, whoever may take them."""
        leaving = (edge for candidates in self._leaving.get(source, ()) for edge in candidates)
        return tuple(dict.fromkeys(e.step.name for e in leaving if e.target.name == target and not e.stays))

    @property
    def edges(self) -> frozenset[tuple[str, str]]:
        """Every (state, next state) the workflow allows, data-only steps left out."""
        return frozenset((e.source, e.target.name) for edges in self.table.values() for e in edges if not e.stays)

    def mermaid(self, *, language: str | None = None) -> str:
        """Return a Mermaid state diagram (LIB-6)."""
        return self.definition.mermaid(language=language)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy what it was compiled from: the functions of its guards are made anew."""
        return CompiledWorkflow.of, (self.definition, self.kit)

    def __repr__(self) -> str:
        flow = self.definition
        return f"<CompiledWorkflow {flow.name!r} version {flow.version}: {len(flow.states)} states>"


def _is_value(subject: Subject) -> bool:
    """Whether nothing can change it later: a frozen class guards its attributes and has a hash."""
    cls = type(subject)
    return cls.__setattr__ is not object.__setattr__ and cls.__hash__ is not None
