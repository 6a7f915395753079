"""Guards: checks of a step as named values, and the functions behind the built-in ones (DEC-8).

A guard's function takes the subject and the request and answers ``None`` or a `Refusal`. A host's own guard is
``Guard("name", {...})`` in the definition and a function at ``compile(guards={"name": function})``: definitions stay
data and travel by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import field, frozen

from servicedesk.conditions import Condition
from servicedesk.errors import Refusal
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.instants import duration_text, from_us, to_duration
from servicedesk.workflow.words import Category

if TYPE_CHECKING:
    from servicedesk.workflow.request import Request, Subject

__all__ = [
    "BUILT_IN",
    "CODES",
    "Check",
    "Guard",
    "all_of",
    "any_of",
    "attempted",
    "bound",
    "children_are",
    "counter_below",
    "has_mark",
    "holds",
    "negate",
    "not_same_actor",
    "supervision_answered",
    "within",
]

CODES = (
    *("unknown_step", "not_possible", "forbidden", "condition", "unknown_field", "wrong_type", "not_a_choice"),
    *("read_only", "missing_field", "unchanged_field", "missing_reason", "unknown_reason", "missing_mark"),
    *("limit_reached", "same_actor", "window_expired", "open_children", "claimed_by_other", "not_claimed", "merged"),
    *("stale_version", "time_went_back", "already_accepted", "not_accepted", "not_open", "target_closed", "cycle"),
    *("supervision_unanswered", "too_soon", "guard"),
)
"""The closed set of reasons why something is refused (DEC-10)."""


@frozen
class Guard:
    """A check as a value: its name, and its arguments as text, whole numbers, and tuples of those or of guards.

    >>> counter_below("returns", 2)
    Guard(counter_below, counter='returns', limit=2)
    """

    name: str
    arguments: FrozenMap[str, Any] = field(default=EMPTY, converter=freeze)

    @property
    def inside(self) -> tuple[Guard, ...]:
        """The guards this one is made of."""
        found = self.arguments.get("guards", ())
        return tuple(part for part in found if isinstance(part, Guard)) if isinstance(found, tuple) else ()

    def walk(self) -> Iterator[Guard]:
        """Yield this guard and all inside it."""
        yield self
        for part in self.inside:
            yield from part.walk()

    def __repr__(self) -> str:
        return (
            f"Guard({', '.join([self.name, *(f'{name}={value!r}' for name, value in sorted(self.arguments.items()))])})"
        )


Check: TypeAlias = "Callable[[Subject, Request], Refusal | None]"
"""The function of a guard."""
Registry: TypeAlias = Mapping[str, Callable[..., Refusal | None]]


def within(span: timedelta | str, since: str) -> Guard:
    """Pass while no more than ``span`` has gone since an instant: ``entered``, ``accepted``, or a field (RO-1)."""
    return Guard("within", {"span": duration_text(to_duration(span)), "since": since})


def counter_below(counter: str, limit: int) -> Guard:
    """Pass while a counter is below a limit: ``counter_below("returns", 2)`` allows two (WF-10)."""
    return Guard("counter_below", {"counter": counter, "limit": limit})


def not_same_actor(step: str) -> Guard:
    """Pass unless this actor was the last to take ``step`` in this round: four eyes, no self-review (DEC-8)."""
    return Guard("not_same_actor", {"step": step})


def attempted(times: int, *, days: int = 1, zone: str = "UTC") -> Guard:
    """Pass once the customer was called in vain so often in this round, on so many dates of a zone (CB-3)."""
    return Guard("attempted", {"times": times, "days": days, "zone": zone})


def children_are(categories: Iterable[str | Category]) -> Guard:
    """Pass if every child of the ticket is in one of these categories (REL-2)."""
    names = (category.value if isinstance(category, Category) else category for category in categories)
    return Guard("children_are", {"categories": tuple(sorted(names))})


def holds(condition: Condition | str) -> Guard:
    """Pass if a condition holds on the ticket's values and the data; unknown does not pass (COND-4)."""
    return Guard("holds", {"condition": str(Condition.parse(condition) if isinstance(condition, str) else condition)})


def has_mark(mark: str) -> Guard:
    """Pass if the ticket holds a mark; for use inside other guards, a step says ``needs=``."""
    return Guard("has_mark", {"mark": mark})


def supervision_answered() -> Guard:
    """Pass unless the ticket is under a supervision 督办 that nobody answered (SUP-4)."""
    return Guard("supervision_answered")


def all_of(*guards: Guard) -> Guard:
    """Pass if all pass; the reason is that of the first that does not."""
    return Guard("all_of", {"guards": guards})


def any_of(*guards: Guard) -> Guard:
    """Pass if one passes; else ``guard`` with every part's own reason in ``reasons``."""
    return Guard("any_of", {"guards": guards})


def negate(guard: Guard, code: str = "guard") -> Guard:
    """Pass if a guard does not; else refuse with ``code``."""
    return Guard("negate", {"guards": (guard,), "code": code})


def bound(guard: Guard, registry: Registry) -> Check:
    """Return the function of a guard, its parts and arguments bound.

    Raises:
        TypeError: when called, if the function answers anything but ``None`` or a `Refusal`.
    """
    arguments: dict[str, Any] = dict(guard.arguments)
    if "guards" in arguments:
        arguments["guards"] = tuple(bound(part, registry) for part in guard.inside)
    if guard.name in BUILT_IN:
        return BUILT_IN[guard.name](**arguments)
    function = registry[guard.name]

    def check(subject: Subject, request: Request) -> Refusal | None:
        answer = function(subject, request, **arguments)
        if answer is not None and not isinstance(answer, Refusal):
            raise TypeError(f"the guard {guard.name!r} answered {answer!r}; it must answer None or a Refusal")
        return answer

    return check


def _within(*, span: str, since: str) -> Check:
    limit = to_duration(span) // timedelta(microseconds=1)

    def check(subject: Subject, request: Request) -> Refusal | None:
        start = getattr(subject, since, None) if since in ("entered", "accepted") else request.known.get(since)
        if start is not None and request.at - start <= limit:
            return None
        end = None if start is None else from_us(start + limit).isoformat()
        return Refusal("window_expired", {"since": since, "span": span, "until": end})

    return check


def _counter_below(*, counter: str, limit: int) -> Check:
    def check(subject: Subject, _: Request) -> Refusal | None:
        count = subject.counters.get(counter, 0)
        return None if count < limit else Refusal("limit_reached", {"counter": counter, "count": count, "limit": limit})

    return check


def _not_same_actor(*, step: str) -> Check:
    def check(subject: Subject, request: Request) -> Refusal | None:
        same = subject.taken.get(step) == request.actor.id
        return Refusal("same_actor", {"step": step, "actor": request.actor.id}) if same else None

    return check


def _attempted(*, times: int, days: int, zone: str) -> Check:
    if type(times) is not int or type(days) is not int or min(times, days) < 1:
        raise ValueError(f"times={times!r} and days={days!r} are whole numbers from 1 on")
    from_us(0, zone)

    def check(subject: Subject, _: Request) -> Refusal | None:
        made: tuple[int, ...] = getattr(subject, "attempts", ())
        dates = {from_us(at, zone).date() for at in made}
        if len(made) >= times and len(dates) >= days:
            return None
        found = {"attempts": len(made), "days": len(dates)}
        return Refusal("guard", {"guard": "attempted", **found, "wanted": f"{times} on {days} days"})

    return check


def _children_are(*, categories: tuple[str, ...]) -> Check:
    def check(subject: Subject, _: Request) -> Refusal | None:
        children: Mapping[str, str] = getattr(subject, "children", EMPTY)
        others = tuple(sorted(child for child, category in children.items() if category not in categories))
        return Refusal("open_children", {"children": others}) if others else None

    return check


def _holds(*, condition: str) -> Check:
    parsed = Condition.parse(condition)

    def check(_: Subject, request: Request) -> Refusal | None:
        return None if parsed.holds(request.known) else Refusal("guard", {"guard": "holds", "condition": condition})

    return check


def _has_mark(*, mark: str) -> Check:
    def check(subject: Subject, _: Request) -> Refusal | None:
        return None if mark in subject.marks else Refusal("missing_mark", {"mark": mark})

    return check


def _supervision_answered() -> Check:
    def check(subject: Subject, _: Request) -> Refusal | None:
        supervision = getattr(subject, "supervision", None)
        open_ = supervision is not None and not supervision.answered
        return Refusal("supervision_unanswered") if open_ else None

    return check


def _all_of(*, guards: tuple[Check, ...]) -> Check:
    def check(subject: Subject, request: Request) -> Refusal | None:
        return next((no for guard in guards if (no := guard(subject, request))), None)

    return check


def _any_of(*, guards: tuple[Check, ...]) -> Check:
    def check(subject: Subject, request: Request) -> Refusal | None:
        reasons = [guard(subject, request) for guard in guards]
        if None in reasons:
            return None
        return Refusal("guard", {"guard": "any_of", "reasons": tuple(reasons)})

    return check


def _negate(*, guards: tuple[Check, ...], code: str) -> Check:
    def check(subject: Subject, request: Request) -> Refusal | None:
        return Refusal(code, {"guard": "negate"}) if guards[0](subject, request) is None else None

    return check


BUILT_IN: Mapping[str, Callable[..., Check]] = FrozenMap(
    {
        "all_of": _all_of,
        "any_of": _any_of,
        "attempted": _attempted,
        "children_are": _children_are,
        "counter_below": _counter_below,
        "has_mark": _has_mark,
        "holds": _holds,
        "negate": _negate,
        "not_same_actor": _not_same_actor,
        "supervision_answered": _supervision_answered,
        "within": _within,
    }
)
"""The built-in guards: name -> from arguments to the function."""
