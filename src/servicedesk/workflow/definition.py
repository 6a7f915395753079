"""What may happen to a ticket, as data: the workflow that states and steps make, with what it promises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from attrs import evolve, field, frozen

from servicedesk.errors import DefinitionInvalid, Problem
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.instants import to_duration
from servicedesk.workflow import validation
from servicedesk.workflow.beside import FollowUp, Lease, Propagation, Urging
from servicedesk.workflow.compiled import CompiledWorkflow
from servicedesk.workflow.declared import DataField, Mark, Promise, Right
from servicedesk.workflow.edges import Kit
from servicedesk.workflow.plain_form import read_workflow, workflow_data
from servicedesk.workflow.state import State
from servicedesk.workflow.step import Step
from servicedesk.workflow.timing import WorkingTime
from servicedesk.workflow.words import ANY, SAME, STAY, Computed, InGroup, Needed, Return, texts

if TYPE_CHECKING:
    from graphviz import Digraph

    from servicedesk.workflow.difference import Change

__all__ = ["Workflow"]

T = TypeVar("T")


def _all_of(cls: type[T]) -> Callable[[Iterable[T]], tuple[T, ...]]:
    def converted(values: Iterable[T]) -> tuple[T, ...]:
        found = tuple(values)
        for index, value in enumerate(found):
            if not isinstance(value, cls):
                raise TypeError(f"item {index} is no {cls.__name__}, but {type(value).__name__} {value!r}")
        return found

    return converted


def _states(values: Iterable[State]) -> tuple[State, ...]:
    return _all_of(State)(values)


def _steps(values: Iterable[Step]) -> tuple[Step, ...]:
    return _all_of(Step)(values)


def _spans(values: Iterable[timedelta | str]) -> tuple[timedelta, ...]:
    return tuple(to_duration(value, argument="supervision") for value in values)


def _some(cls: type[T]) -> Any:
    return field(default=(), converter=_all_of(cls), kw_only=True)


@frozen(repr=False)
class Workflow:
    """A lifecycle as a value. Its identity is ``(name, version)`` (WF-11).

    Args:
        name: 1 to 100 characters of any script.
        version: a whole number from 1 on.
        states: where a ticket may stand.
        steps: what moves it, candidates of one name in order.
        fields: the values its steps may be given; once one is declared, all must be (WF-5).
        marks: the marks whose scope is the whole ticket, or that no step gives (§3.8).
        promises: what is proved about its marks when it is compiled (CHK-3).
        rights: who may take the steps that name no role (ACT-1).
        roles: the roles there are; where given, no other may be named.
        outcomes: words of the host beside `OUTCOMES` (WF-9).
        marks_from: marks that something else on record gives, a mark for each: ``{"urge": "urged"}`` (LIB-1).
        supervision: how long each level of a supervision 督办 may stay unanswered (SUP-3).
        must_answer: whether an unanswered supervision blocks closing (SUP-4).
        supervised: whether a ticket is under supervision from its acceptance on.
        lease: how long a claim 锁定 holds, and what follows (CL-1).
        urging: how often one may urge 催办, and what that leads to (SUP-2).
        follow_ups: what becomes of a customer who comes back too late; the first that fits (RO-2).
        propagations: what steps do to the children of a ticket (REL-3).
        open_children: whether open children block closing (REL-2).
        labels: what people read, by language.

    >>> loop = Workflow(
    ...     "query",
    ...     1,
    ...     states=[State("open", "new", born=True), State("done", "closed", final=True)],
    ...     steps=[Step("answer", "open", "dome")],
    ... )
    >>> loop
    <Workflow 'query' version 1: 2 states, 1 steps>
    >>> print(loop.problems()[0])
    steps[0].target: 'dome' is not a state; did you mean 'done'?
    """

    name: str
    version: int
    states: tuple[State, ...] = field(converter=_states, kw_only=True)
    steps: tuple[Step, ...] = field(converter=_steps, kw_only=True)
    fields: tuple[DataField, ...] = _some(DataField)
    marks: tuple[Mark, ...] = _some(Mark)
    promises: tuple[Promise, ...] = _some(Promise)
    rights: tuple[Right, ...] = _some(Right)
    roles: tuple[str, ...] = field(default=(), converter=texts, kw_only=True)
    outcomes: tuple[str, ...] = field(default=(), converter=texts, kw_only=True)
    marks_from: FrozenMap[str, str] = field(default=EMPTY, converter=freeze, kw_only=True)
    supervision: tuple[timedelta, ...] = field(default=(), converter=_spans, kw_only=True)
    must_answer: bool = field(default=False, kw_only=True)
    supervised: bool = field(default=False, kw_only=True)
    lease: Lease = field(default=Lease(), kw_only=True)
    urging: Urging = field(default=Urging(), kw_only=True)
    follow_ups: tuple[FollowUp, ...] = _some(FollowUp)
    propagations: tuple[Propagation, ...] = _some(Propagation)
    open_children: Literal["block", "ignore"] = field(default="block", kw_only=True)
    labels: FrozenMap[str, str] = field(default=EMPTY, converter=freeze, kw_only=True)

    @property
    def born(self) -> tuple[State, ...]:
        """The states a ticket may begin in, the default first."""
        return tuple(state for state in self.states if state.born)

    def state(self, name: object) -> State | None:
        """Return the state of that name, or ``None``."""
        return self._named.get(name) if isinstance(name, str) else None

    @cached_property
    def _named(self) -> dict[str, State]:
        return {state.name: state for state in reversed(self.states)}  # of two of a name, the first is meant

    @cached_property
    def open_to_all(self) -> bool:
        """Whether no role is named anywhere, so that everybody may everything (ACT-2)."""
        return not self.rights and not any(step.by for step in self.steps)

    @cached_property
    def all_marks(self) -> tuple[Mark, ...]:
        """Every mark there can be: those declared, then the others that steps or records give, of scope ``round``."""
        declared = {mark.name: mark for mark in self.marks}
        given = [name for step in self.steps for name in step.gives]
        found = {name: Mark(name) for name in (*given, *self.marks_from.values())} | declared
        return tuple(found.values())

    @cached_property
    def reaching(self) -> frozenset[str]:
        """The steps that ask something of other tickets: they open one, or a propagation follows them (REL-3)."""
        return frozenset((*(p.on for p in self.propagations), *(step.name for step in self.steps if step.opens)))

    @cached_property
    def four_eyes(self) -> frozenset[str]:
        """The steps of which somebody asks who took them: those that a `not_same_actor` guard names (DEC-8)."""
        guards = (part for step in self.steps for guard in step.guards for part in guard.walk())
        return frozenset(part.arguments["step"] for part in guards if part.name == "not_same_actor")

    def matches(self, sources: Iterable[object], state: State) -> bool:
        """Whether sources, as a step spells them, mean this state (WF-4)."""
        return any(
            source == state.name
            or source is state.category
            or (source == ANY and not state.final)
            or (isinstance(source, InGroup) and source.group == state.group)
            for source in sources
        )

    def sources_of(self, step: Step) -> tuple[str, ...]:
        """Return the names of the states a step leaves, in the order the states are declared (WF-4)."""
        if all(type(source) is str and source != ANY for source in step.source):  # the common case, ten times faster
            return tuple(state.name for state in self.states if state.name in step.source)
        return tuple(state.name for state in self.states if self.matches(step.source, state))

    def targets_of(self, step: Step, source: str) -> tuple[str, ...]:
        """Return the names of the states a step may lead to from there (WF-8)."""
        if isinstance(step.target, Return | Computed):
            return step.target.states
        return (source,) if step.target in (SAME, STAY) else (step.target,)

    @staticmethod
    def goes_back(step: Step, source: State, target: State) -> bool:
        """Whether the step leads from resolved or closed back into the loop: a new round, round marks void (CB-4)."""
        return step.target != STAY and target.category.is_open and not source.category.is_open

    def requirements_of(self, state: State) -> tuple[Needed, ...]:
        """Return what must be known to enter a state, what it inherits included (WF-6)."""
        found = list(state.requires)
        seen = {state.name}
        while state.inherits is not None and state.inherits not in seen:
            seen.add(state.inherits)
            above = self.state(state.inherits)
            if above is None:
                break
            state = above
            found += state.requires
        return tuple(dict.fromkeys(found))

    def extend(
        self,
        *,
        version: int,
        states: Iterable[State] = (),
        steps: Iterable[Step] = (),
        without: Iterable[str] = (),
        name: str | None = None,
        **more: Iterable[Any],
    ) -> Workflow:
        """Return a new version with things added; a state of a known name replaces the old one.

        Args:
            version: of the new value.
            states: added, or in place of those of the same name.
            steps: added after the others: candidates come last.
            without: names of steps that go.
            name: of the new value; the same by default.
            more: added to ``fields marks promises rights roles outcomes follow_ups propagations``.
        """
        added = {state.name: state for state in states}
        kept = tuple(added.pop(state.name, state) for state in self.states)
        gone = set(texts(without))
        added_values: Any = {key: (*getattr(self, key), *values) for key, values in more.items()}
        return evolve(
            self,
            name=name or self.name,
            version=version,
            states=(*kept, *added.values()),
            steps=(*(step for step in self.steps if step.name not in gone), *steps),
            **added_values,
        )

    def diff(self, other: Workflow) -> tuple[Change, ...]:
        """Return what is added, removed and changed on the way from this workflow to another."""
        from servicedesk.workflow.difference import changes  # noqa: PLC0415  # it imports this module

        return changes(self, other)

    def unlabelled(self, language: str) -> tuple[str, ...]:
        """Return the states, steps, fields and marks that have no label in a language (LIB-6).

        >>> from servicedesk.workflow import library
        >>> library.fault().extend(version=2, states=[State("at_vendor", "waiting")]).unlabelled("zh")
        ("states['at_vendor']",)
        """
        parts = (("states", self.states), ("steps", self.steps), ("fields", self.fields), ("marks", self.all_marks))
        found = (f"{kind}[{part.name!r}]" for kind, some in parts for part in some if not part.labels.get(language))
        return tuple(dict.fromkeys(found))

    def problems(self) -> tuple[Problem, ...]:
        """List everything wrong with the definition: all errors at once, else the warnings and hints (CHK-1, CHK-2).

        What only a host can bring, the functions of guards and resolvers and the calendars, is checked by `compile`.
        """
        from servicedesk.workflow import checks  # noqa: PLC0415  # it loads networkx

        return validation.errors(self) or checks.warnings(self)

    def compile(
        self,
        *,
        calendars: Mapping[str, WorkingTime] = EMPTY,
        guards: Mapping[str, Callable[..., Any]] = EMPTY,
        resolvers: Mapping[str, Callable[..., Any]] = EMPTY,
    ) -> CompiledWorkflow:
        """Return the fast form; what the definition names and the host brings is given here, by name.

        Raises:
            DefinitionInvalid: with every error at once.
        """
        kit = Kit(calendars, guards, resolvers)
        errors = validation.errors(self, kit)
        if errors:
            raise DefinitionInvalid(errors, f"workflow {self.name!r}")
        return CompiledWorkflow.of(self, kit)

    def mermaid(self, *, language: str | None = None) -> str:
        """Return a Mermaid state diagram; states and steps are labelled in ``language`` where they can be (LIB-6)."""
        from servicedesk.workflow import diagram  # noqa: PLC0415  # it imports this module

        return diagram.mermaid(self, language)

    def graphviz(self, *, language: str | None = None) -> Digraph:
        """Return a Graphviz graph, drawn by transitions; needs the extra ``servicedesk[diagrams]``.

        Its text is ``.source``; ``.render("fault.svg")`` and the like need Graphviz's program ``dot`` as well.
        """
        from servicedesk.workflow import drawing  # noqa: PLC0415  # it imports this module

        return drawing.graph(self, language)

    def table(self, *, language: str | None = None, role: str | None = None) -> str:
        """Return the steps as a Markdown table, a line for each candidate (LIB-6); with a role, its own alone."""
        from servicedesk.workflow import diagram  # noqa: PLC0415  # it imports this module

        return diagram.table(self, language, role)

    def __plain__(self) -> dict[str, Any]:
        return workflow_data(self)

    @classmethod
    def __from_plain__(cls, data: Any) -> Workflow:
        return read_workflow(cls, data)

    def __str__(self) -> str:
        from servicedesk.workflow.notation import written  # noqa: PLC0415  # it imports this module

        return written(self)

    def __repr__(self) -> str:
        size = f"{len(self.states)} states, {len(self.steps)} steps"
        return f"<Workflow {self.name!r} version {self.version}: {size}>"
