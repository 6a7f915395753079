"""One candidate of (state, step) in its compiled form: whom it selects, what it checks, what it does.

Precedence is a ladder (DEC-2): select by role and ``when``, then lock, then data, then all checks together. Whatever
does not depend on the attempt is worked out once, when the edge is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias, cast

from attrs import field, frozen

from servicedesk.conditions import Condition
from servicedesk.errors import Refusal
from servicedesk.frozenmap import EMPTY, FrozenMap
from servicedesk.instants import from_us
from servicedesk.workflow.actor import Actor
from servicedesk.workflow.data import DataRules
from servicedesk.workflow.guards import Check
from servicedesk.workflow.move import Move, MoveDraft
from servicedesk.workflow.offer import Offer
from servicedesk.workflow.request import Request, is_set
from servicedesk.workflow.state import State
from servicedesk.workflow.step import Step
from servicedesk.workflow.timing import Alarm, armed, kept
from servicedesk.workflow.words import STAY, Computed, Return, Setting

__all__ = ["Edge", "not_selected"]

_LATER = frozenset({"missing_field", "unchanged_field", "missing_reason"})
"""What whoever takes the step can still bring (DEC-9)."""
_new = object.__new__

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
    rules: DataRules
    """What data may be given."""
    back: bool = False
    """Whether it leaves resolved or closed for an open state: a new round (CB-4)."""
    requires: tuple[str, ...] = ()
    requires_of: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Requirements of one role only."""
    record: frozenset[str] = frozenset()
    """The names of the data that go on record beside the move."""
    guards: tuple[Check, ...] = ()
    gives: frozenset[str] = frozenset()
    voids: frozenset[str] = frozenset()
    alarms: tuple[Alarm, ...] = ()
    resolver: Resolver = None
    stays: bool = field(init=False)
    """Whether nothing moves, only data change."""
    sure: bool = field(init=False)
    """Whether an actor of the right role is always meant: no ``when``, and a target that depends on nothing."""
    checked: bool = field(init=False)
    """Whether any check is there that can fail."""
    holders: bool = field(init=False)
    """Whether it is for whoever holds the claim."""
    by_field: bool = field(init=False)
    """Whether a timer of the target is due when a field says."""
    plain: bool = field(init=False)
    """Whether marks and counters stay as they are."""
    reasoned: bool = field(init=False)
    """Whether the ticket's reason becomes the one given, or none."""
    forbidden: Refusal = field(init=False)
    """The refusal of whoever has none of the roles."""
    lacks: Mapping[str, Refusal] = field(init=False)
    """The refusal for each value that somebody must see known."""
    unsaid: Refusal = field(init=False)
    """The refusal of whoever gives no reason where one is asked for."""
    ready: Offer = field(init=False)
    """What is offered where nothing fails."""
    asking: Offer = field(init=False)
    """What is offered where everything is still needed that everybody must bring."""
    outcome: str | None = field(init=False)
    """What the ticket comes to, where that does not depend on what it came to before."""

    def __attrs_post_init__(self) -> None:
        step, stays = self.step, self.step.target == STAY
        checks = (self.requires, self.requires_of, step.must_change, step.reasons, step.needs, self.guards, step.sets)
        names = (*self.requires, *(name for _, names in self.requires_of for name in names))
        derived = {
            "stays": stays,
            "sure": step.when is None and type(step.target) is str,
            "checked": any(checks),
            "holders": step.lock == "holder",
            "by_field": any(alarm.at_field is not None for alarm in self.alarms),
            "plain": not (self.gives or self.voids or step.counts),
            "reasoned": bool(step.reasons) or not stays,
            "forbidden": _forbidden(self.roles or ()),
            "lacks": FrozenMap({name: Refusal("missing_field", {"field": name}) for name in names}),
            "unsaid": Refusal("missing_reason", {"choices": step.reasons}),
            "ready": self._offer((), ready=True),
            "asking": self._offer(tuple(dict.fromkeys((*self.requires, *step.must_change))), ready=False),
            "outcome": step.outcome or (None if stays else self.target.outcome) or None,
        }
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
        return self.sure or self.applies(request)

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
        claimed = self.holders or getattr(request.subject, "claim", None) is not None
        if claimed and (locked := self.locked(request)):
            return locked
        if request.data and (wrong := self.bad_data(request)):
            return wrong
        return self.failures(request) if self.checked or request.reason is not None else ()

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
        rules, data = self.rules, request.data
        return () if rules.allow(data) else rules.refusals(data, request.subject.values)

    def failures(self, request: Request) -> tuple[Refusal, ...]:
        """Return every check that fails, in the fixed order (DEC-6); empty: the step may be taken."""
        step, subject = self.step, request.subject
        if step.sets:
            request.settle({name: _setting(value, request) for name, value in step.sets.items()})
        failed: list[Refusal] = []
        if self.lacks:
            failed += self._missing(request)
        if step.must_change:
            failed += self._unchanged(request)
        if step.reasons and request.reason is None:
            failed.append(self.unsaid)
        elif request.reason is not None and request.reason not in step.reasons:
            failed.append(_unknown_reason(request.reason, step.reasons))
        if step.needs:
            failed += [Refusal("missing_mark", {"mark": mark}) for mark in step.needs if mark not in subject.marks]
        for guard in self.guards:
            if (no := guard(subject, request)) is not None:
                failed.append(no)
        return tuple(failed)

    def offer(self, request: Request) -> Offer | None:
        """Return the step as an offer, if nothing fails but what whoever takes it can still bring (DEC-9)."""
        if self.step.sets:  # it settles values on the attempt, which the other offers share
            request = Request(request.subject, request.actor, request.at, request.data, request.reason)
        refusals = self.refusals(request)
        if not refusals:
            return self.ready
        needed: dict[str, None] = {}
        for refusal in refusals:
            if refusal.code not in _LATER:
                return None
            if refusal.code != "missing_reason":
                needed[refusal.details["field"]] = None
        return self.asking if tuple(needed) == self.asking.still_needed else self._offer(tuple(needed), ready=False)

    def _offer(self, needed: tuple[str, ...], *, ready: bool) -> Offer:
        step = self.step
        return Offer(step.name, (self.target.name,), needed, step.reasons, step.labels, ready=ready)

    def needed(self, actor: Actor) -> tuple[str, ...]:
        """Return the names of the values this actor must see known after the step (WF-6)."""
        if not self.requires_of:
            return self.requires
        own = (name for role, names in self.requires_of if role in actor.roles for name in names)
        return tuple(dict.fromkeys((*self.requires, *own)))

    def _missing(self, request: Request) -> list[Refusal]:
        """Return the refusals of values unknown after the step; the subject is asked only for what the data lack."""
        changes, missing = request.changes, []
        for name in self.needed(request.actor) if self.requires_of else self.requires:
            value = changes[name] if name in changes else request.known.get(name)
            if value is None or not is_set(value):
                missing.append(self.lacks[name])
        return missing

    def _unchanged(self, request: Request) -> Iterator[Refusal]:
        before = request.subject.values
        for name in self.step.must_change:
            if request.value(name) == (old := before.get(name)):
                yield Refusal("unchanged_field", {"field": name, "value": old})

    # --- do -----------------------------------------------------------------------------------------------------------

    def move(self, request: Request) -> Move:
        """Return what taking this edge does; the request has passed every check."""
        subject, step, stays = request.subject, self.step, self.stays
        draft = _new(MoveDraft)
        draft.step = step.name
        draft.source = self.source
        draft.target = self.target
        draft.stays = stays
        draft.entered = subject.entered if stays else request.at
        draft.round = subject.round + self.back
        draft.line = subject.line if self.target.line is None else self.target.line
        draft.reason = request.reason if self.reasoned else subject.reason
        draft.outcome = subject.outcome if self.outcome is None and not self.back else self.outcome
        draft.data = request.changes
        draft.timers = self._timers(request) if self.alarms or stays else ()
        draft.records = step.records
        draft.record = EMPTY
        draft.lock = step.lock
        if self.plain:
            draft.marks, draft.counters = subject.marks, subject.counters
        else:
            draft.marks = tuple(sorted({*subject.marks} - self.voids | self.gives))
            draft.counters = _counted(subject.counters, step.counts) if step.counts else subject.counters
        if self.record and draft.data:
            draft.record, draft.data = _parted(draft.data, self.record)
        draft.__class__ = Move  # equal slots: frozen without a copy
        return cast("Move", draft)

    def _timers(self, request: Request) -> tuple[tuple[str, int], ...]:
        if not self.stays:
            return armed(self.alarms, request.at, request.known if self.by_field else EMPTY)
        running = request.subject.timers
        return kept(self.alarms, running, self.step.name, request) if running or self.alarms else ()


def not_selected(candidates: Iterable[Edge], request: Request) -> Refusal:
    """Blame the roles if they alone stood in the way of some candidate, else the condition (DEC-3)."""
    barred = [edge for edge in candidates if not edge.is_for(request.actor) and edge.applies(request)]
    if len(barred) == 1:
        return barred[0].forbidden
    if barred:
        return _forbidden(role for edge in barred for role in edge.roles or ())
    whens = dict.fromkeys(str(edge.step.when) for edge in candidates if edge.step.when is not None)
    return Refusal("condition", {"when": tuple(whens)})


def _forbidden(roles: Iterable[str]) -> Refusal:
    return Refusal("forbidden", {"roles": tuple(sorted(set(roles)))})


def _unknown_reason(reason: str | None, choices: tuple[str, ...]) -> Refusal:
    return Refusal("unknown_reason", {"reason": reason, "choices": choices})


def _setting(value: object, request: Request) -> object:
    if not isinstance(value, Setting):
        return value
    return {Setting.FROM_ACTOR: request.actor.id, Setting.FROM_AT: request.at, Setting.CLEAR: None}[value]


def _counted(counters: Mapping[str, int], names: tuple[str, ...]) -> FrozenMap[str, int]:
    return FrozenMap({**counters, **{name: counters.get(name, 0) + 1 for name in names}})


def _parted(data: Mapping[str, Any], names: frozenset[str]) -> tuple[FrozenMap[str, Any], FrozenMap[str, Any]]:
    """Part what goes on record from what the ticket keeps."""
    record = FrozenMap({name: value for name, value in data.items() if name in names})
    return record, FrozenMap({name: value for name, value in data.items() if name not in names})
