"""One candidate of (state, step) in its compiled form: whom it selects, what it checks, what it does.

Precedence is a ladder (DEC-2): select by role and ``when``, then lock, then data, then all checks together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from attrs import define, field, frozen

from servicedesk.conditions import Condition
from servicedesk.errors import Refusal, did_you_mean
from servicedesk.frozenmap import EMPTY, FrozenMap
from servicedesk.instants import from_us
from servicedesk.workflow.actor import Actor
from servicedesk.workflow.declared import TYPES, DataField
from servicedesk.workflow.guards import Check
from servicedesk.workflow.request import Request, missing_fields
from servicedesk.workflow.state import State
from servicedesk.workflow.step import Step
from servicedesk.workflow.timing import Alarm, armed, kept
from servicedesk.workflow.words import STAY, TICKET_WORDS, Computed, Return, Setting

__all__ = ["Edge", "Move", "data_refusals"]


@define(slots=True, weakref_slot=False)
class _Draft:
    """A move while it is made; `Move` is the same layout, frozen."""

    step: str
    source: str
    target: State
    stays: bool = field(kw_only=True)
    entered: int = field(kw_only=True)
    round: int = field(kw_only=True)
    line: int | None = field(kw_only=True)
    reason: str | None = field(kw_only=True)
    outcome: str | None = field(kw_only=True)
    data: FrozenMap[str, Any] = field(kw_only=True)
    marks: tuple[str, ...] = field(kw_only=True)
    counters: Mapping[str, int] = field(kw_only=True)
    timers: tuple[tuple[str, int], ...] = field(kw_only=True)
    records: str | None = field(kw_only=True)
    record: FrozenMap[str, Any] = field(kw_only=True)
    lock: str = field(kw_only=True)


@frozen(slots=True, weakref_slot=False, repr=False)
class Move(_Draft):
    """What an accepted step does; ``entered`` to ``timers`` are the values *after* it (EV-3).

    ``stays`` marks a step that changes data only (`STAY`). ``data`` is what the step sets, ``None`` is cleared.
    ``marks`` are sorted; ``timers`` pair a step with its due instant. What goes on record is named in ``records`` and
    told in ``record``; ``lock`` is what the step does to a claim.
    """

    def __repr__(self) -> str:
        where = "stays" if self.stays else f"to {self.target.name!r}"
        return f"<Move {self.step!r} from {self.source!r} {where}>"


Resolver: TypeAlias = Any
"""``(subject, request) -> state name``, registered for a `Computed` target."""


@frozen(kw_only=True, eq=False)
class Edge:
    """One candidate of (state, step), one for each state it may lead to; everything a decision needs, precomputed."""

    step: Step
    source: str
    target: State
    roles: frozenset[str] | None
    """``None``: everybody may."""
    back: bool = False
    """Whether it leaves resolved or closed for an open state: a new round (CB-4)."""
    requires: tuple[str, ...] = ()
    requires_of: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Requirements of one role only."""
    fields: Mapping[str, DataField] | None = None
    """What data may be given, by name; ``None``: anything."""
    record: Mapping[str, DataField] = EMPTY
    read_only: frozenset[str] = frozenset()
    guards: tuple[Check, ...] = ()
    gives: frozenset[str] = frozenset()
    voids: frozenset[str] = frozenset()
    alarms: tuple[Alarm, ...] = ()
    resolver: Resolver = None
    stays: bool = field(init=False)
    checked: bool = field(init=False)
    """Whether any check is there that can fail."""
    free: bool = field(init=False)
    """Whether it has no check at all, a claim's included."""
    plain: bool = field(init=False)
    """Whether marks and counters stay as they are."""

    def __attrs_post_init__(self) -> None:
        step = self.step
        checks = (self.requires, self.requires_of, step.must_change, step.reasons, step.needs, self.guards, step.sets)
        plain = not (self.gives or self.voids or step.counts)
        derived = {"stays": step.target == STAY, "checked": any(checks), "plain": plain}
        derived["free"] = not any(checks) and step.lock != "holder"
        for name, value in derived.items():
            object.__setattr__(self, name, value)  # derived from the fields above, once

    # --- select -------------------------------------------------------------------------------------------------------

    def is_for(self, actor: Actor) -> bool:
        """Whether one of the actor's roles suffices (ACT-1)."""
        return self.roles is None or not self.roles.isdisjoint(actor.roles)

    def selects(self, request: Request) -> bool:
        """Whether this candidate is the one meant: by role, by ``when``, by where it would lead (DEC-3)."""
        if self.roles is not None and self.roles.isdisjoint(request.actor.roles):
            return False
        return self.applies(request)

    def applies(self, request: Request) -> bool:
        """Whether ``when`` holds, and a target that depends on the ticket comes out here."""
        when: Condition | None = self.step.when
        if when is not None and not when.holds(request.known):
            return False
        return type(self.step.target) is str or self.leads_here(request)

    def leads_here(self, request: Request) -> bool:
        """Whether a `Return` or `Computed` target comes out at this edge's state (WF-8)."""
        target = self.step.target
        if isinstance(target, Return):
            return target.destination(request.subject.last_active) == self.target.name
        if isinstance(target, Computed):
            answer = self.resolver(request.subject, request)
            if answer not in target.among:
                among = ", ".join(target.among)
                raise TypeError(f"the resolver {target.name!r} answered {answer!r}; it must be one of {among}")
            return bool(answer == self.target.name)
        return True

    # --- check --------------------------------------------------------------------------------------------------------

    def refusals(self, request: Request) -> tuple[Refusal, ...]:
        """Return why the step is refused once this candidate is chosen: lock, else data, else every failing check."""
        if (
            self.free
            and not request.data
            and request.reason is None
            and getattr(request.subject, "claim", None) is None
        ):
            return ()  # nothing there that could fail: most steps, most of the time
        return self.locked(request) or self.bad_data(request) or self.failures(request)

    def locked(self, request: Request) -> tuple[Refusal, ...]:
        """Return the refusal by a claim 锁定: another agent's blocks persons, customers and systems never (CL-2)."""
        claim = getattr(request.subject, "claim", None)
        if request.actor.kind != "person":
            return ()
        if claim is not None and request.at < claim.until:
            until = from_us(claim.until).isoformat()
            other = claim.agent != request.actor.id
            return (Refusal("claimed_by_other", {"holder": claim.agent, "until": until}),) if other else ()
        return (Refusal("not_claimed"),) if self.step.lock == "holder" else ()

    def bad_data(self, request: Request) -> tuple[Refusal, ...]:
        """Return what is wrong with the data that were given (DEC-6)."""
        if not request.data:
            return ()
        return data_refusals(request.data, self.fields, self.record, self.read_only, request.subject.values)

    def failures(self, request: Request) -> tuple[Refusal, ...]:
        """Return every check that fails, in the fixed order (DEC-6); empty: the step may be taken."""
        if not self.checked:
            return () if request.reason is None else _bad_reason((), request.reason)
        if self.step.sets:
            request.settle({name: _setting(value, request) for name, value in self.step.sets.items()})
        return (
            *missing_fields(self.needed(request.actor), request.known),
            *self._unchanged(request),
            *_bad_reason(self.step.reasons, request.reason),
            *(Refusal("missing_mark", {"mark": mark}) for mark in self.step.needs if mark not in request.subject.marks),
            *(no for guard in self.guards if (no := guard(request.subject, request)) is not None),
        )

    def needed(self, actor: Actor) -> tuple[str, ...]:
        """Return the names of the values this actor must see known after the step (WF-6)."""
        if not self.requires_of:
            return self.requires
        own = (name for role, names in self.requires_of if role in actor.roles for name in names)
        return tuple(dict.fromkeys((*self.requires, *own)))

    def _unchanged(self, request: Request) -> Iterable[Refusal]:
        for name in self.step.must_change:
            if request.known.get(name) == (old := request.subject.values.get(name)):
                yield Refusal("unchanged_field", {"field": name, "value": old})

    # --- do -----------------------------------------------------------------------------------------------------------

    def move(self, request: Request) -> Move:
        """Return what taking this edge does; the request has passed every check."""
        subject, step, target, data = request.subject, self.step, self.target, request.changes
        record: FrozenMap[str, Any] = EMPTY
        if self.record and data:
            record, data = _parted(data, self.record)
        if self.stays:
            timers = kept(self.alarms, subject.timers, step.name, request) if subject.timers or self.alarms else ()
        else:
            timers = armed(self.alarms, request.at, request.known) if self.alarms else ()
        draft = _Draft(
            step.name,
            self.source,
            target,
            stays=self.stays,
            entered=subject.entered if self.stays else request.at,
            round=subject.round + self.back,
            line=subject.line if target.line is None else target.line,
            reason=request.reason if step.reasons or not self.stays else subject.reason,
            outcome=step.outcome or self._outcome(subject.outcome),
            data=data,
            marks=subject.marks if self.plain else tuple(sorted({*subject.marks} - self.voids | self.gives)),
            counters=_counted(subject.counters, step.counts) if step.counts else subject.counters,
            timers=timers,
            records=step.records,
            record=record,
            lock=step.lock,
        )
        draft.__class__ = Move  # equal slots: frozen without a copy
        return draft  # type: ignore[return-value]  # it is a Move now

    def _outcome(self, before: str | None) -> str | None:
        """Return what entering the target means; going back into the loop takes the outcome away."""
        if self.stays:
            return before
        return self.target.outcome or (None if self.back else before)


def _bad_reason(choices: tuple[str, ...], reason: str | None) -> tuple[Refusal, ...]:
    if reason in choices or (reason is None and not choices):
        return ()
    if reason is None:
        return (Refusal("missing_reason", {"choices": choices}),)
    return (Refusal("unknown_reason", {"reason": reason, "choices": choices}),)


def _setting(value: object, request: Request) -> object:
    if not isinstance(value, Setting):
        return value
    return {Setting.FROM_ACTOR: request.actor.id, Setting.FROM_AT: request.at, Setting.CLEAR: None}[value]


def _counted(counters: Mapping[str, int], names: tuple[str, ...]) -> FrozenMap[str, int]:
    return FrozenMap({**counters, **{name: counters.get(name, 0) + 1 for name in names}})


def _parted(data: Mapping[str, Any], fields: Mapping[str, object]) -> tuple[FrozenMap[str, Any], FrozenMap[str, Any]]:
    """Part what goes on record from what the ticket keeps."""
    record = FrozenMap({name: value for name, value in data.items() if name in fields})
    return record, FrozenMap({name: value for name, value in data.items() if name not in fields})


def data_refusals(
    data: Mapping[str, Any],
    fields: Mapping[str, DataField] | None,
    record: Mapping[str, DataField] = EMPTY,
    read_only: frozenset[str] = frozenset(),
    before: Mapping[str, Any] = EMPTY,
) -> tuple[Refusal, ...]:
    """Return what is wrong with data, by kind of fault, then in the order of declaration (DEC-6).

    ``fields`` are the declared ones, ``None``: any name will do; ``record`` those of the step's record. A read-only
    field may be given the value it has. ``None`` takes a value away and is of every type.
    """
    known = {**(fields or {}), **record}
    words = [name for name in TICKET_WORDS if name in data]
    unknown = sorted(name for name in data if name not in known and name not in words) if fields is not None else ()
    given = [(name, declared, data[name]) for name, declared in known.items() if data.get(name) is not None]
    return (
        *(Refusal("unknown_field", {"field": name, "hint": _hint(name, known)}) for name in unknown),
        *(
            Refusal("wrong_type", {"field": name, "type": declared.type, "value": value})
            for name, declared, value in given
            if not TYPES[declared.type](value)
        ),
        *(
            Refusal("not_a_choice", {"field": name, "value": value, "choices": declared.choices})
            for name, declared, value in given
            if declared.type == "choice" and type(value) is str and value and value not in declared.choices
        ),
        *(Refusal("read_only", {"field": name}) for name in words),
        *(
            Refusal("read_only", {"field": n})
            for n in known
            if n in read_only and n in data and data[n] != before.get(n)
        ),
    )


def _hint(name: str, known: Iterable[str]) -> str | None:
    return did_you_mean(name, known)[len("; did you mean '") : -2] or None
