"""Every error the library raises. Faults of different people never share a class.

::

    ServiceDeskError
    ├── DefinitionInvalid       the author of a workflow, calendar, plan or KPI: all problems at once
    ├── Refused                 the operator: a command the rules do not allow, with what was possible
    ├── Conflict                another writer was faster
    ├── NoWorkingTime           the calendar holds no more working time
    ├── CalendarCoverageError   the calendar does not know that date
    ├── NoSteadyState           the load is more than the staff can ever serve
    ├── NaiveDatetimeError      a datetime without a zone (also a ValueError)
    ├── UnknownKind             the data: a kind, version or state that is not loaded
    └── StoreError              the store
        ├── Unavailable         locked, full or unreachable: try again
        ├── Unsupported         it lacks a capability
        ├── SchemaMismatch      too old, too new, or not ours
        └── StoreDamaged        what it holds cannot be read

Each error keeps its values as attributes; each message says what was wrong, where, and what was possible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from attrs import field, frozen

from servicedesk.frozenmap import EMPTY, FrozenMap, freeze

__all__ = [
    "CalendarCoverageError",
    "Conflict",
    "DefinitionInvalid",
    "NaiveDatetimeError",
    "NoSteadyState",
    "NoWorkingTime",
    "Problem",
    "Refusal",
    "Refused",
    "SchemaMismatch",
    "ServiceDeskError",
    "StoreDamaged",
    "StoreError",
    "Unavailable",
    "UnknownKind",
    "Unsupported",
    "did_you_mean",
]


def nearest(name: object, names: Iterable[str]) -> str | None:
    """Return the nearest of ``names``, or ``None``; what is no text has none.

    >>> nearest("wating", ["waiting", "idle"])
    'waiting'
    """
    if not isinstance(name, str):
        return None
    import difflib  # noqa: PLC0415  # loaded only when something is misspelt

    return next(iter(difflib.get_close_matches(name, list(names), n=1)), None)


def did_you_mean(name: object, names: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the nearest of ``names``, or an empty string."""
    near = nearest(name, names)
    return "" if near is None else f"; did you mean {near!r}?"


class ServiceDeskError(Exception):
    """The root: catch it to catch everything the library raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by value: the constructors take attributes, not the message. It is told first, and may add to them."""
        return (_rebuild, (type(self), str(self), self.__dict__))


def _rebuild(cls: type[ServiceDeskError], message: str, values: dict[str, Any]) -> ServiceDeskError:
    error = cls.__new__(cls, message)
    Exception.__init__(error, message)
    error.__dict__.update(values)
    return error


@frozen
class Problem:
    """One fault of a definition: where it is, what is wrong, and a witness where one exists.

    ``path`` is written like Python access (``steps[4].target``); ``severity`` is ``error``, ``warning`` or ``info``.
    """

    path: str
    message: str
    code: str = field(default="", kw_only=True)
    severity: Literal["error", "warning", "info"] = field(default="error", kw_only=True)
    witness: tuple[str, ...] = field(default=(), kw_only=True)

    def under(self, prefix: str) -> Problem:
        """Return the same problem seen from the outside: ``under("policy")`` of ``rules[0]`` is ``policy.rules[0]``."""
        joint = "" if not self.path or self.path.startswith("[") else "."
        return Problem(
            prefix + joint + self.path,
            self.message,
            code=self.code,
            severity=self.severity,
            witness=self.witness,
        )

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{where}{self.message}"


class DefinitionInvalid(ServiceDeskError):
    """The author's fault: a definition with problems, all of them listed.

    Attributes:
        problems: every `Problem`, in the order of the definition.
        what: the name of the thing that was defined.
    """

    def __init__(self, problems: Iterable[Problem], what: str = "definition") -> None:
        self.problems = tuple(problems)
        self.what = what
        super().__init__(_problem_list(what, self.problems))


def _problem_list(what: str, problems: Sequence[Problem]) -> str:
    if len(problems) == 1:
        only = str(problems[0])
        return only if problems[0].path.startswith(what) else f"{what}: {only}"
    width = max((len(problem.path) for problem in problems), default=0)
    lines = (f"  {problem.path:<{width}}  {problem.message}" for problem in problems)
    return "\n".join((f"{what}: {len(problems)} problems", *lines))


@frozen
class Refusal:
    """One reason why something was refused: a code of the room's closed set, and the values behind it.

    >>> print(Refusal("missing_field", {"field": "solution"}))
    missing_field (field='solution')
    """

    code: str
    details: FrozenMap[str, Any] = field(default=EMPTY, converter=freeze)

    def __getitem__(self, name: str) -> Any:
        return self.details[name]

    def __str__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in self.details.items())
        return f"{self.code} ({inside})" if inside else self.code


class Refused(ServiceDeskError):
    """The operator's: a command the rules do not allow. Pure code returns it, the desk raises it.

    Most refusals are answered by their codes alone, so what is possible may be given as a function: it is called when
    ``possible``, the message, a comparison or a pickle first asks for it, and then never again.

    Equal are two of the same reasons, attempt and possibilities, however each of them learnt those (decision 0008).

    >>> refused = Refused([Refusal("not_possible")], lambda: ["confirm", "rework"], attempt="'take' T-7")
    >>> print(refused)
    cannot 'take' T-7: not_possible; possible: confirm, rework
    >>> refused == Refused.because("not_possible", possible=("confirm", "rework"), attempt="'take' T-7")
    True
    """

    def __init__(
        self,
        refusals: Iterable[Refusal],
        possible: Iterable[str] | Callable[[], Iterable[str]] = (),
        *,
        attempt: str = "do this",
    ) -> None:
        self.args = ()  # no message yet: `__str__` tells it on demand
        self._refusals = tuple(refusals)
        self._possible = possible if callable(possible) else tuple(possible)
        self._attempt = attempt

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Every `Refusal`, in the order the checks ran."""
        return self._refusals

    @property
    def possible(self) -> tuple[str, ...]:
        """What could have been done instead. Where a host's guard raises, so does this."""
        if callable(self._possible):
            self._possible = tuple(self._possible())
        return self._possible

    @property
    def attempt(self) -> str:
        """What was tried, as a phrase (``"'archive' T-7 from 'resolved'"``)."""
        return self._attempt

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes alone, in order."""
        return tuple(refusal.code for refusal in self.refusals)

    def __str__(self) -> str:
        why = "; ".join(map(str, self.refusals))
        return f"cannot {self.attempt}: {why}; possible: {', '.join(self.possible) or 'nothing'}"

    def __repr__(self) -> str:
        return f"Refused({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Refused):
            return NotImplemented
        same = (self.refusals, self.attempt) == (other.refusals, other.attempt)
        return same and self.possible == other.possible

    def __hash__(self) -> int:
        return hash((self.refusals, self.attempt))

    @classmethod
    def because(
        cls,
        code: str,
        *,
        possible: Iterable[str] | Callable[[], Iterable[str]] = (),
        attempt: str = "do this",
        details: Mapping[str, Any] = EMPTY,
    ) -> Refused:
        """Build a refusal with a single reason."""
        return cls((Refusal(code, details),), possible, attempt=attempt)


class Conflict(ServiceDeskError):
    """Another writer's: the stream is not at the version the decision was made on. Read, decide and append again.

    Attributes:
        stream: its id.
        expected: the version the writer had seen.
        actual: the version found, or ``None`` where the loser cannot know it.
    """

    def __init__(self, stream: str, expected: object, actual: object) -> None:
        self.stream, self.expected, self.actual = stream, expected, actual
        found = "another writer's" if actual is None else f"at {actual}"
        super().__init__(f"{stream!r} is {found}, expected {expected}; read it again and decide anew")


class NoWorkingTime(ServiceDeskError):
    """The calendar's: the working time asked for does not exist before its end.

    Attributes:
        calendar: its name.
        start: where the search began.
        amount: the working time asked for.
        last: the last instant that was looked at.
    """

    def __init__(self, calendar: str, start: datetime, amount: object, last: datetime | None) -> None:
        self.calendar, self.start, self.amount, self.last = calendar, start, amount, last
        duration = str(amount)[:1].isdigit() and " " not in str(amount)  # "90min", not "3 working days" or "closing"
        what = f"{amount} of working time" if duration else str(amount)
        way = "before" if last is not None and last < start else "after"
        super().__init__(f"{calendar!r} has no {what} {way} {start}; looked as far as {last}")


class CalendarCoverageError(ServiceDeskError):
    """The calendar's: the answer would use a date whose holidays are not published yet.

    Attributes:
        calendar: its name and version.
        day: the first unknown date.
        known_until: the last known date, or ``None`` where there is no end.
        known_from: the first known date, or ``None``.
    """

    def __init__(self, calendar: str, day: date, known_until: date | None, known_from: date | None = None) -> None:
        self.calendar, self.day, self.known_until, self.known_from = calendar, day, known_until, known_from
        known = " ".join(
            f"{word} {day}" for word, day in (("from", known_from), ("until", known_until)) if day is not None
        )
        early = known_from is not None and day < known_from
        notice, bound = (day.year, "known_from") if early else (day.year + (day.month == 12), "known_until")
        ways = f"load the notice of {notice}, pass {bound}, or say beyond='assume'"
        super().__init__(f"{calendar!r} does not know {day}: its exceptions are known {known}; {ways}")


class NoSteadyState(ServiceDeskError):
    """The load's: offered work exceeds what the staff can serve, so no steady state exists.

    Attributes:
        load: offered work, in servers kept busy (erlang).
        servers: how many there are.
    """

    def __init__(self, load: object, servers: int) -> None:
        self.load, self.servers = load, servers
        super().__init__(f"a load of {load} erlang never settles on {servers} servers; more than {load} are needed")


class NaiveDatetimeError(ServiceDeskError, ValueError):
    """A datetime without a zone, refused at the edge.

    Attributes:
        argument: the argument's name.
        value: what was given.
    """

    def __init__(self, argument: str, value: datetime) -> None:
        self.argument, self.value = argument, value
        super().__init__(
            f"{argument} = {value.isoformat()} has no time zone; "
            "give one: pendulum.datetime(..., tz='Asia/Shanghai') or value.replace(tzinfo=...)"
        )


class UnknownKind(ServiceDeskError):
    """The data's: it names a kind, version or state that is not loaded here.

    Attributes:
        kind: the unknown name.
        where: where it was met.
        known: the names that are loaded.
    """

    def __init__(self, kind: str, where: str, known: Iterable[str] = ()) -> None:
        self.kind, self.where, self.known = kind, where, tuple(known)
        hint = did_you_mean(kind, self.known)
        loaded = f"; known: {', '.join(self.known)}" if 0 < len(self.known) <= 12 else ""
        super().__init__(f"{where}: {kind!r} is not known here{hint or loaded}")


class StoreError(ServiceDeskError):
    """The store's. No driver's own exception ever leaves an adapter bare."""


class Unavailable(StoreError):
    """The store cannot be used now: locked, full, unreachable.

    Attributes:
        reason: what stands in the way.
        outcome_known: ``True`` if nothing was written; ``False`` if the commit may have succeeded.
    """

    def __init__(self, reason: str, *, outcome_known: bool) -> None:
        self.reason, self.outcome_known = reason, outcome_known
        advice = (
            "nothing was written; try again"
            if outcome_known
            else "it may have been written; repeat it with the same key"
        )
        super().__init__(f"{reason}: {advice}")


class Unsupported(StoreError):
    """The store lacks a capability the commit asks for; nothing was written.

    Attributes:
        capability: its name.
    """

    def __init__(self, capability: str) -> None:
        self.capability = capability
        super().__init__(f"this store has no {capability}; nothing was written")


class SchemaMismatch(StoreError):
    """The file is older or newer than this library, or not a servicedesk store at all; it was not touched.

    Attributes:
        found: what the file says of itself.
        wanted: what this library reads and writes.
    """

    def __init__(self, found: object, wanted: object, advice: str) -> None:
        self.found, self.wanted = found, wanted
        super().__init__(f"found {found}, wanted {wanted}; {advice}")


class StoreDamaged(StoreError):
    """What the store holds cannot be read.

    Attributes:
        stream: the damaged stream, or the file.
        version: the damaged fact, or ``None`` if the whole store is unreadable.
        reason: what is wrong with it.
    """

    def __init__(self, stream: str, version: int | None, reason: str) -> None:
        self.stream, self.version, self.reason = stream, version, reason
        where = stream if version is None else f"{stream}@{version}"
        super().__init__(f"{where} is damaged: {reason}")
