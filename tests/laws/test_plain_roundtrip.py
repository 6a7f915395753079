"""Facts as text: law 7, PLN-1, PLN-4 and PLN-5."""

from __future__ import annotations

import json
import random
from datetime import datetime
from enum import Enum
from fractions import Fraction
from typing import Any, ClassVar, Literal

import attrs
import pytest
from attrs import field, frozen
from hypothesis import event, given
from hypothesis import strategies as st

from oracles.plain_facts import CODEC, Empty, Everything, Reason, everything, plain_everything
from oracles.store_facts import exact_values, integers, same, texts
from servicedesk.errors import DefinitionInvalid, StoreDamaged, UnknownKind
from servicedesk.frozenmap import FrozenMap
from servicedesk.plain import FactCodec

# --- facts ------------------------------------------------------------------------------------------------------------


@given(everything)
def test_PLN_1_a_fact_comes_back_from_its_text_as_what_it_was(fact: Everything):
    """Law 7 for facts: equal, and of the same types all the way down."""
    text = CODEC.encode(fact)
    event(f"{len(text) // 250 * 250} characters and more")
    assert same(CODEC.decode(text), fact)


@given(everything)
def test_PLN_5_the_text_is_the_canonical_json_of_the_plain_form(fact: Everything):
    """Keys by code point, no blanks, no escapes beyond JSON's need; the standard library writes it again."""
    canonical = json.dumps(
        plain_everything(fact), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    assert CODEC.encode(fact) == canonical
    assert canonical.encode().decode() == canonical


@given(everything, st.randoms(use_true_random=False))
def test_PLN_5_equal_facts_have_equal_text(fact: Everything, chance: random.Random):
    """The order in which a mapping was filled, and whether a default was given or left out, do not show."""

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            items = [(key, shuffled(item)) for key, item in value.items()]
            chance.shuffle(items)
            return FrozenMap(items)
        return tuple(map(shuffled, value)) if isinstance(value, tuple) else value

    other = attrs.evolve(
        fact,
        fields=shuffled(fact.fields),
        anything=shuffled(fact.anything),
        note="".join(fact.note),
        share=Fraction(fact.share.numerator * 3, fact.share.denominator * 3),
        more=FrozenMap(fact.more),
    )
    assert other == fact
    assert CODEC.encode(other) == CODEC.encode(fact)


def test_PLN_5_the_canonical_text_of_the_specification():
    """Worked example 10: a note at 2026-03-02 10:00 +08:00."""

    @frozen(kw_only=True)
    class NoteAdded:
        kind: ClassVar[str] = "ticket.noted"
        text_ref: str
        at: int
        ticket: str

    codec = FactCodec([NoteAdded])
    text = '{"at":1772416800000000,"kind":"ticket.noted","text_ref":"话务/1","ticket":"T-7"}'
    fact = NoteAdded(ticket="T-7", at=1772416800000000, text_ref="话务/1")
    assert codec.encode(fact) == text
    assert codec.decode(text) == fact
    assert codec.kinds == ("ticket.noted",)


def test_PLN_5_only_what_json_must_escape_is_escaped():
    fact = Small(name='"\\/\b\f\n\r\t\x01\x1f\x7f\u2028é工\U0001f4de')
    text = FactCodec([Small]).encode(fact)
    assert text == '{"kind":"r","name":"\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\u2028é工\U0001f4de"}'
    assert FactCodec([Small]).decode(text) == fact


@frozen(kw_only=True)
class Small:
    """A fact before it grew."""

    kind: ClassVar[str] = "r"
    name: str


@frozen(kw_only=True)
class Grown:
    """The same kind, later."""

    kind: ClassVar[str] = "r"
    name: str
    since: int = 0
    why: str | None = None
    more: tuple[Reason, ...] = ()


@given(texts)
def test_PLN_4_older_text_is_read_by_newer_classes_and_keeps_its_bytes(name: str):
    """Additive evolution, as EV-5 wants it."""
    old, new = FactCodec([Small]), FactCodec([Grown])
    text = old.encode(Small(name=name))
    assert new.decode(text) == Grown(name=name)
    assert new.encode(new.decode(text)) == text


@given(texts, integers, st.none() | texts)
def test_PLN_4_newer_text_is_read_by_older_classes(name: str, since: int, why: str | None):
    """An unknown field of a known kind is ignored, inside nested values too."""
    old, new = FactCodec([Small]), FactCodec([Grown])
    text = new.encode(Grown(name=name, since=since, why=why, more=(Reason(name="x", since=1),)))
    assert old.decode(text) == Small(name=name)
    nested = '{"kind":"r","more":[{"name":"a","since":1,"later":{"deep":[0.5]}}],"name":"b"}'
    assert new.decode(nested).more == (Reason(name="a", since=1),)


def test_PLN_4_an_unknown_kind_is_named_with_its_place():
    with pytest.raises(UnknownKind) as caught:
        CODEC.decode('{"kind":"test.everythin","at":1}', stream="T-7", version=3)
    assert str(caught.value) == "T-7@3: 'test.everythin' is not known here; did you mean 'test.everything'?"
    assert caught.value.kind == "test.everythin"


NO_FACTS = [
    *("", "{", "null", "[]", "5", '"x"', "{}", '{"kind":5}', '{"kind":["r"]}', '{"kind":null}', '{"kind":"r"} '),
    *("\ufeff{}", "[" * 100_000, '{"kind":"r","name":"a"}{}', '{"kind":"r","name":"a"', "NaN", None, 5, b"{}"),
]


@pytest.mark.parametrize("text", NO_FACTS, ids=lambda text: repr(text)[:20])
def test_PLN_4_damaged_text_is_damage_whatever_it_is(text: Any):
    with pytest.raises(StoreDamaged) as caught:
        FactCodec([Small]).decode(text, stream="T-7", version=3)
    assert (caught.value.stream, caught.value.version) == ("T-7", 3)
    assert str(caught.value).startswith("T-7@3 is damaged: it is not ")


def test_PLN_1_a_value_may_be_nested_thirty_two_levels_and_no_more():
    """The limit is the same for writing and reading: what is stored can be read, from however deep a call."""

    def nested(levels: int) -> Any:
        return () if levels == 1 else (nested(levels - 1),)

    codec = FactCodec([Anything])
    deepest = Anything(value=nested(32))
    assert codec.decode(codec.encode(deepest)) == deepest
    with pytest.raises(DefinitionInvalid, match="nested more than 32 levels deep"):
        codec.encode(Anything(value=(nested(32), 1)))
    with pytest.raises(StoreDamaged, match="nested more than 32 levels deep"):
        codec.decode('{"kind":"any","value":' + "[" * 33 + "1" + "]" * 33 + "}")


@frozen(kw_only=True)
class Anything:
    kind: ClassVar[str] = "any"
    value: Any


@given(exact_values)
def test_PLN_1_what_looks_like_a_mark_comes_back_as_the_mapping_it_was(value: Any):
    codec = FactCodec([Anything])
    for key in ("fraction", "span", "map"):
        for looks in (
            FrozenMap({key: value}),
            FrozenMap({key: FrozenMap({key: value})}),
            FrozenMap({key: value, "x": 1}),
        ):
            assert same(codec.decode(codec.encode(Anything(value=looks))), Anything(value=looks))


def test_a_fact_of_no_field_and_a_codec_of_classes_that_are_none():
    assert CODEC.encode(Empty()) == '{"kind":"test.empty"}'
    assert CODEC.decode('{"kind":"test.empty"}') == Empty()
    for value in (None, 5, "text", Reason(name="x"), Everything):
        with pytest.raises(DefinitionInvalid, match="is not a fact known here"):
            CODEC.encode(value)


class Flags(Enum):
    UP = (1, 2)


def test_a_class_whose_fields_have_no_exact_form_is_refused_when_the_codec_is_built():
    def codec_of(annotation: Any) -> FactCodec:
        return FactCodec(
            [attrs.make_class("Bad", {"f": field(type=annotation)}, frozen=True, class_body={"kind": "bad"})]
        )

    for annotation in (
        float,
        datetime,
        list[int],
        dict[str, int],
        set,
        bytes,
        int | Reason,
        tuple[int, str],
        FrozenMap[int, str],
        Literal[True],
        Flags,
        None,
    ):
        with pytest.raises(TypeError, match=r"Bad\.f: .* has no (exact )?plain form"):
            codec_of(annotation)
    for classes in ([Reason], [Small, Grown]):
        with pytest.raises(TypeError, match="a fact needs a kind of its own"):
            FactCodec(classes)
