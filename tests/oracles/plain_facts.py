"""A fact with a field of each form, a strategy for it, and its plain form written from the specification."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from fractions import Fraction
from typing import Any, ClassVar, Literal

from attrs import field, frozen
from hypothesis import strategies as st

from oracles.store_facts import exact_values, integers, keys_of_maps, scalars, spans, texts
from servicedesk.frozenmap import EMPTY, FrozenMap, freeze
from servicedesk.plain import FactCodec


class Colour(Enum):
    RED = "red"
    DARK_BLUE = "dark blue"
    SEVEN = 7


@frozen(kw_only=True)
class Reason:
    """A value inside a fact, of one field beyond the default."""

    name: str
    since: int = 0


@frozen
class Lone:
    """A value of a single field, with a private name."""

    _only: timedelta


@frozen(kw_only=True)
class Everything:
    """One field of each form that a fact may have."""

    kind: ClassVar[str] = "test.everything"
    ticket: str
    at: int
    flag: bool
    ratio: Fraction
    span: timedelta
    maybe: int | None
    either: int | Fraction | str | bool | timedelta | None
    anything: Any
    word: Literal["yes", "no", "不"]
    colour: Colour
    numbers: tuple[int, ...]
    pairs: tuple[tuple[str, ...], ...]
    reasons: tuple[Reason, ...]
    lone: Lone | None
    fields: FrozenMap[str, Any] = field(converter=freeze)
    counts: FrozenMap[str, int]
    rest: tuple
    note: str = ""
    more: FrozenMap[str, Any] = field(default=EMPTY, converter=freeze)
    rank: int = 0
    share: Fraction = Fraction(1, 2)
    tags: tuple[str, ...] = field(factory=tuple)


@frozen(kw_only=True)
class Empty:
    kind: ClassVar[str] = "test.empty"


CODEC = FactCodec([Everything, Empty])

maps = st.dictionaries(keys_of_maps, exact_values, max_size=3).map(FrozenMap)
reasons = st.builds(Reason, name=texts, since=st.one_of(st.just(0), integers))
everything = st.builds(
    Everything,
    ticket=texts,
    at=integers,
    flag=st.booleans(),
    ratio=st.fractions(),
    span=spans,
    maybe=st.none() | integers,
    either=scalars,
    anything=exact_values,
    word=st.sampled_from(["yes", "no", "不"]),
    colour=st.sampled_from(Colour),
    numbers=st.lists(integers, max_size=3).map(tuple),
    pairs=st.lists(st.lists(texts, max_size=2).map(tuple), max_size=2).map(tuple),
    reasons=st.lists(reasons, max_size=2).map(tuple),
    lone=st.none() | spans.map(Lone),
    fields=maps,
    counts=st.dictionaries(texts, integers, max_size=2).map(FrozenMap),
    rest=st.lists(exact_values, max_size=2).map(tuple),
    note=st.just("") | texts,
    more=st.just(EMPTY) | maps,
    rank=st.sampled_from([0, 1]),
    share=st.sampled_from([Fraction(1, 2), Fraction(2, 4), Fraction(1, 3)]),
    tags=st.sampled_from([(), ("a",)]),
)


# --- an oracle for the form, written from PLN-1 and PLN-5 -------------------------------------------------------------


def plain_span(value: timedelta) -> str:
    """Hours, minutes, seconds, ms, µs; those that are zero left out."""
    us = abs(value) // timedelta(microseconds=1)
    text = ""
    for unit, size in (("h", 3_600_000_000), ("min", 60_000_000), ("s", 1_000_000), ("ms", 1_000), ("us", 1)):
        text += f"{us // size}{unit}" if us // size else ""
        us %= size
    return ("-" if value < timedelta(0) else "") + (text or "0s")


def plain_fraction(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}" if value.denominator > 1 else f"{value.numerator}"


def plain_untyped(value: Any) -> Any:
    if isinstance(value, Fraction):
        return {"fraction": plain_fraction(value)}
    if isinstance(value, timedelta):
        return {"span": plain_span(value)}
    if isinstance(value, tuple):
        return [plain_untyped(item) for item in value]
    if isinstance(value, dict):
        table = {key: plain_untyped(item) for key, item in value.items()}
        return {"map": table} if list(value) in (["fraction"], ["span"], ["map"]) else table
    return value


def plain_everything(fact: Everything) -> dict[str, Any]:
    found = {
        "kind": "test.everything",
        "ticket": fact.ticket,
        "at": fact.at,
        "flag": fact.flag,
        "ratio": plain_fraction(fact.ratio),
        "span": plain_span(fact.span),
        "maybe": fact.maybe,
        "either": plain_untyped(fact.either),
        "anything": plain_untyped(fact.anything),
        "word": fact.word,
        "colour": fact.colour.value,
        "numbers": list(fact.numbers),
        "pairs": [list(pair) for pair in fact.pairs],
        "reasons": [{"name": r.name, **({"since": r.since} if r.since else {})} for r in fact.reasons],
        "lone": None if fact.lone is None else {"only": plain_span(fact.lone._only)},
        "fields": {key: plain_untyped(value) for key, value in fact.fields.items()},
        "counts": dict(fact.counts),
        "rest": plain_untyped(fact.rest),
    }
    if fact.note:
        found["note"] = fact.note
    if fact.more:
        found["more"] = {key: plain_untyped(value) for key, value in fact.more.items()}
    if fact.rank != 0:
        found["rank"] = fact.rank
    if fact.share != Fraction(1, 2):
        found["share"] = plain_fraction(fact.share)
    if fact.tags:
        found["tags"] = list(fact.tags)
    return found
