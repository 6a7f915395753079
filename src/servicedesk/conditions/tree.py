"""The tree of a condition: what all conditions share, and how they are joined by ``& | ~`` and in time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, ClassVar, NoReturn

from attrs import field, frozen

from servicedesk.conditions.explain import Explanation, explained
from servicedesk.conditions.literals import invalid
from servicedesk.conditions.truth import Truth, Values, all_of, any_of, negation
from servicedesk.instants import duration_text, to_duration

__all__ = ["And", "Condition", "Held", "Not", "Or"]

_NO_BOOL = (
    "a condition has no truth value of its own: join conditions with & | ~ instead of and, or, not; write "
    "(Field('x') > 1) & (Field('x') < 5) for a range and .is_in(...) for 'in'; ask .holds(values) for the result"
)


class Condition:
    """The root of all conditions: leaves `Comparison`, `Membership`, `Known`; joints `And`, `Or`, `Not`; `Held`.

    Conditions are frozen, hashable and compared by structure (COND-1); ``repr`` is the expression that rebuilds them.

    >>> from servicedesk import Field
    >>> condition = (Field("waiting") > 3) & ~Field("agent").is_known
    >>> condition
    Condition.parse('(waiting > 3) & ~known(agent)')
    >>> condition.holds({"waiting": 5}), condition.holds({"agent": "a7"})
    (True, False)
    """

    __slots__ = ("_truth",)
    __match_args__: ClassVar[tuple[str, ...]]
    _truth: Truth

    @staticmethod
    def parse(text: str) -> Condition:
        """Read a condition from text; no code is evaluated (COND-6, 8).

        ``&`` binds weaker than a comparison and stronger than ``|``; ``and or not`` are read too. Literals are
        ``12 0.06 6% 3/50 "text" true 90s 15min 2h 3d`` (a day is 24 h) and ISO instants with offset.

        Raises:
            DefinitionInvalid: the first fault: its position, what was found, what was expected; or more than 10,000
                characters, or 100 levels.

        >>> Condition.parse('waiting > 3 and kind in {"fault", "alarm"} or not loss < 6%')
        Condition.parse('((waiting > 3) & (kind in {"fault", "alarm"})) | ~(loss < 6%)')
        """
        from servicedesk.conditions.text import parse  # noqa: PLC0415  # it knows all nodes: it imports us

        return parse(text)

    @property
    def children(self) -> tuple[Condition, ...]:
        """The conditions this one is directly made of; none for a leaf."""
        return ()

    @property
    def fields(self) -> frozenset[str]:
        """The names of all fields that are looked at."""
        return frozenset[str]().union(*(child.fields for child in self.children))

    def walk(self) -> Iterator[Condition]:
        """Yield this condition and all below it, parents first, in the order of the text."""
        yield self
        for child in self.children:
            yield from child.walk()

    def truth(self, values: Values) -> bool | None:
        """Return Kleene's truth: true, false, or ``None`` for unknown (COND-4).

        Raises:
            TypeError: a value is of another family than its literal (COND-3), or the condition contains a hold
                (COND-9).
            NaiveDatetimeError: a value is a datetime without a zone.

        >>> print(Condition.parse("loss >= 6%").truth({"loss": None}))
        None
        """
        truth: Truth | None = getattr(self, "_truth", None)
        if truth is None:  # asked for the first time
            truth = self.compiled(lambda leaf: leaf.decided())
            object.__setattr__(self, "_truth", truth)
        return truth(values)

    def holds(self, values: Values) -> bool:
        """Return whether the condition is true; unknown does not hold (COND-4). Errors as in `truth`."""
        return self.truth(values) is True

    def explain(self, values: Values) -> Explanation:
        """Return the result with each leaf's value, own result, and whether it was decisive (COND-5).

        >>> print(Condition.parse("waiting > 3 | loss >= 6%").explain({"waiting": 5}))
        true: (waiting > 3) | (loss >= 6%)
          true: waiting > 3, waiting is 5 (decisive)
          unknown: loss >= 6%, loss is unknown
        """
        return explained(self, values)

    def held(
        self,
        for_: timedelta | str | None = None,
        *,
        hours: int | None = None,
        minutes: int | None = None,
        seconds: int | None = None,
    ) -> Held:
        """Return the condition that this one has been true without a break for so long (COND-9, EMG-9).

        >>> Condition.parse("waiting > 3").held(minutes=3)
        Condition.parse('held(waiting > 3, 3min)')
        """
        counts = {"hours": hours, "minutes": minutes, "seconds": seconds}
        given = {unit: count for unit, count in counts.items() if count is not None}
        if not all(type(count) is int for count in given.values()) or (for_ is None and not given):
            raise TypeError("say how long: .held(minutes=3), whole numbers only, or .held('90s')")
        return Held(self, to_duration(for_ or "0s") + timedelta(**given))

    def decided(self) -> Truth:
        """Return the function that decides this leaf on values; a hold has none, it needs a history.

        Raises:
            TypeError: this is a hold (COND-9).
        """
        raise TypeError(f"{self}: a hold needs a Watch; one snapshot of values has no history")

    def compiled(self, leaf: Callable[[Condition], Truth]) -> Truth:
        """Compile the logic of the tree; ``leaf`` gives the function of each leaf and of each hold."""
        return leaf(self)

    def __and__(self, other: Condition) -> And:
        return And((self, other))

    def __or__(self, other: Condition) -> Or:
        return Or((self, other))

    def __invert__(self) -> Not:
        return Not(self)

    def __bool__(self) -> NoReturn:
        raise TypeError(_NO_BOOL)

    def __str__(self) -> str:
        from servicedesk.conditions.text import written  # noqa: PLC0415  # it knows all nodes: it imports us

        return written(self)

    def __repr__(self) -> str:
        return f"Condition.parse({str(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy by rebuilding: the compiled function stays behind."""
        return type(self), tuple(getattr(self, name) for name in self.__match_args__)


def _part(node: Condition, _attribute: object, part: Condition) -> None:
    if not isinstance(part, Condition):
        raise TypeError(f"{type(node).__name__} is made of conditions, not of {type(part).__name__} {part!r}")


def _tuple(parts: Iterable[Condition]) -> tuple[Condition, ...]:
    return tuple(parts)


@frozen(repr=False)
class _Joint(Condition):
    parts: tuple[Condition, ...] = field(converter=_tuple)

    def __attrs_post_init__(self) -> None:
        for part in self.parts:
            _part(self, None, part)
        if len(self.parts) < 2:
            raise invalid("parts", f"{type(self).__name__} joins two conditions or more, not {len(self.parts)}")
        flat = (leaf for part in self.parts for leaf in (part.children if type(part) is type(self) else (part,)))
        object.__setattr__(self, "parts", tuple(flat))

    @property
    def children(self) -> tuple[Condition, ...]:
        """The parts."""
        return self.parts


@frozen(repr=False)
class And(_Joint):
    """All ``parts`` together; parts that are `And` themselves are taken apart, the order is kept (COND-6)."""

    def compiled(self, leaf: Callable[[Condition], Truth]) -> Truth:
        """Compile the parts; false beats unknown, unknown beats true."""
        return all_of(part.compiled(leaf) for part in self.parts)


@frozen(repr=False)
class Or(_Joint):
    """Any of the ``parts``; parts that are `Or` themselves are taken apart, the order is kept (COND-6)."""

    def compiled(self, leaf: Callable[[Condition], Truth]) -> Truth:
        """Compile the parts; true beats unknown, unknown beats false."""
        return any_of(part.compiled(leaf) for part in self.parts)


@frozen(repr=False)
class Not(Condition):
    """The opposite of a condition; unknown stays unknown."""

    part: Condition = field(validator=_part)

    @property
    def children(self) -> tuple[Condition, ...]:
        """The one part."""
        return (self.part,)

    def compiled(self, leaf: Callable[[Condition], Truth]) -> Truth:
        """Compile the part, turned round."""
        return negation(self.part.compiled(leaf))


def _length(_node: object, _attribute: object, for_: timedelta) -> None:
    if for_ < timedelta(0):
        raise invalid("for_", f"a condition cannot be held for {duration_text(for_)}; use 0s or more")


@frozen(repr=False)
class Held(Condition):
    """A condition that has been true all the time for so long; it needs a history of values (COND-9, EMG-8, 9).

    Only a Watch decides it; asked about one snapshot of values it is a `TypeError`.
    """

    part: Condition = field(validator=_part)
    for_: timedelta = field(converter=to_duration, validator=_length)

    @property
    def children(self) -> tuple[Condition, ...]:
        """The one part."""
        return (self.part,)
