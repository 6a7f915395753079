"""Laws of the page of facts: kinds are frozen, every fact round-trips, the text is canonical."""

import json
import re
import string
from datetime import timedelta
from pathlib import Path

import attrs
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from servicedesk.conditions import Field
from servicedesk.emergency.facts import Reason
from servicedesk.errors import StoreDamaged, UnknownKind
from servicedesk.events import FACTS, NoteAdded, from_json, private_paths, to_json
from servicedesk.frozenmap import FrozenMap
from servicedesk.routing import (
    Agent,
    Capacity,
    ChoicePolicy,
    Group,
    Limit,
    Override,
    QueuePolicy,
    Relaxation,
    Requirement,
    Skill,
    Work,
    WrapUp,
)
from servicedesk.routing.decision import Decision
from servicedesk.sla import LateChange, Pause

GOLDEN = Path(__file__).parents[1] / "data" / "kinds.json"

TEXTS = st.one_of(
    st.sampled_from(("T-7", "工单-1", "e\u0301tat", 'a"b\\c', "\n\t", "𝔘𝔫𝔦", "kind", "at", "")),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8),
)
INTS = st.one_of(st.sampled_from((0, 1, -1, 2**53, 2**63 - 1, -(2**63))), st.integers(-(2**63), 2**63 - 1))
SPANS = st.timedeltas(timedelta(days=-3), timedelta(days=3))
PLAIN = st.one_of(st.none(), st.booleans(), INTS, st.fractions(), TEXTS, SPANS)
FIELDS = st.dictionaries(TEXTS, PLAIN, max_size=3).map(FrozenMap)
SAMPLED = st.one_of(st.none(), st.booleans(), INTS, st.fractions(), TEXTS, SPANS)

BY_ANNOTATION = {
    "str": TEXTS,
    "int": INTS,
    "bool": st.booleans(),
    "timedelta": SPANS,
    "str | None": st.one_of(st.none(), TEXTS),
    "int | None": st.one_of(st.none(), INTS),
    "bool | None": st.one_of(st.none(), st.booleans()),
    "timedelta | None": st.one_of(st.none(), SPANS),
    "tuple[str, ...]": st.lists(TEXTS, max_size=3).map(tuple),
    "FrozenMap[str, Any]": FIELDS,
    "FrozenMap[str, int]": st.dictionaries(TEXTS, INTS, max_size=3).map(FrozenMap),
    "tuple[Any, ...]": st.tuples(TEXTS, INTS),
    "tuple[tuple[Any, ...], ...]": st.lists(st.tuples(TEXTS, INTS), max_size=3).map(tuple),
    "FrozenMap[str, Value | None]": st.dictionaries(TEXTS, SAMPLED, max_size=3).map(FrozenMap),
    "Value | None": SAMPLED,
}


def annotations(cls):
    """Each field and its type as written; attrs itself may have resolved its own copy meanwhile."""
    written = {
        name: text for base in reversed(cls.__mro__) for name, text in getattr(base, "__annotations__", {}).items()
    }
    required = {field.name: " (required)" if field.default is attrs.NOTHING else "" for field in attrs.fields(cls)}
    return {field.alias: written[field.name] + required[field.name] for field in attrs.fields(cls)}


def values_of(cls):
    """A strategy for each field, chosen by its annotation: a field of a new type must be added above."""
    written = {name: text.removesuffix(" (required)") for name, text in annotations(cls).items()}
    return {name: BY_ANNOTATION[text] if text in BY_ANNOTATION else words_of(text) for name, text in written.items()}


def words_of(annotation):
    """The words of a ``Literal``."""
    words = re.fullmatch(r"Literal\[(.*)\]", annotation)
    assert words, f"no strategy for {annotation}"
    return st.sampled_from([word.strip(" '\"") for word in words[1].split(",")])


LATE = {"change": st.sampled_from(["pause", "resume", "stop", "cancel"]), "at": INTS, "reason": TEXTS.filter(str.strip)}
BY_ANNOTATION["tuple[Pause, ...]"] = st.lists(st.builds(Pause, **values_of(Pause)), max_size=2).map(tuple)
BY_ANNOTATION["tuple[LateChange, ...]"] = st.lists(st.builds(LateChange, **LATE), max_size=2).map(tuple)
BY_ANNOTATION["tuple[Reason, ...]"] = st.lists(st.builds(Reason, **values_of(Reason)), max_size=2).map(tuple)


NAMES = st.sampled_from(("system:marketing", "语言:彝语", "data change", "or"))
LEVELS = st.integers(1, 5)
NEEDS = st.builds(
    Requirement,
    all_of=st.lists(st.builds(Skill, NAMES, LEVELS), max_size=2),
    any_of=st.lists(st.lists(st.builds(Skill, NAMES, LEVELS), min_size=1, max_size=2), max_size=1),
    preferred=st.lists(st.tuples(st.builds(Skill, NAMES, LEVELS), LEVELS), max_size=2),
    lines=st.sampled_from((None, (1, 1), (1, 2))),
    groups=st.lists(NAMES, max_size=2),
)
AFTER = st.timedeltas(timedelta(0), timedelta(days=3))
ROUTING = {
    "Requirement": NEEDS,
    "Relaxation | None": st.one_of(
        st.none(), st.builds(Relaxation, st.lists(st.tuples(AFTER, NEEDS), max_size=2), widening=st.booleans())
    ),
    "Capacity": st.builds(Capacity, total=LEVELS, cost=st.dictionaries(NAMES, LEVELS, max_size=2)),
    "WrapUp | None": st.one_of(st.none(), st.builds(WrapUp, st.sampled_from(("timed", "discretionary")), SPANS)),
    "tuple[Limit, ...]": st.lists(st.builds(Limit, LEVELS, SPANS), max_size=2).map(tuple),
    "Condition | None": st.sampled_from((None, Field("urgent") == False)),  # noqa: E712  # a condition, no comparison
    "tuple[Group, ...]": st.lists(st.builds(Group, NAMES, st.lists(NAMES, max_size=2)), max_size=2).map(tuple),
    "tuple[QueuePolicy, ...]": st.lists(st.builds(QueuePolicy, name=NAMES), max_size=2).map(tuple),
    "ChoicePolicy | None": st.sampled_from((None, ChoicePolicy("line", "longest_idle"))),
}
BY_ANNOTATION |= ROUTING
for _value in (Work, Agent, Override, Decision):
    BY_ANNOTATION[_value.__name__] = st.builds(_value, **values_of(_value))
BY_ANNOTATION["Decision | None"] = st.one_of(st.none(), BY_ANNOTATION["Decision"])


def facts():
    return st.sampled_from(sorted(FACTS)).flatmap(lambda kind: st.builds(FACTS[kind], **values_of(FACTS[kind])))


@given(facts())
def test_every_fact_round_trips_exactly(fact):
    """EV-4, PLN-1, law 7 of the adapters: the text gives the equal fact, and equal facts have equal text."""
    event(fact.kind)
    text = to_json(fact)
    again = from_json(text)
    assert again == fact
    assert type(again) is type(fact)
    assert to_json(again) == text
    for field in attrs.fields(type(fact)):
        assert type(getattr(again, field.name)) is type(getattr(fact, field.name))


@given(facts())
def test_the_text_is_canonical_json(fact):
    """PLN-5: keys sorted by code point, no blanks, no escapes beyond JSON's need, and no float anywhere."""
    text = to_json(fact)
    data = json.loads(text, parse_float=lambda number: pytest.fail(f"a float: {number}"))
    assert list(data) == sorted(data)
    assert data["kind"] == fact.kind
    assert json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False) == text


@given(facts(), TEXTS, st.one_of(st.none(), st.booleans(), INTS, TEXTS, st.lists(INTS, max_size=2)))
def test_a_field_from_the_future_is_ignored(fact, name, value):
    """PLN-4: readers may be older than writers."""
    data = json.loads(to_json(fact))
    name = f"future {name}"
    assert from_json(json.dumps(data | {name: value})) == fact


def test_kinds_and_fields_are_frozen():
    """EV-2, EV-5: what is once in a log stays readable. A new field is added to the file, and may not be required."""
    now = {kind: annotations(cls) for kind, cls in sorted(FACTS.items())}
    frozen = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert now == frozen, "a kind or a field changed: add defaults for new fields, and a new kind for a new meaning"


def test_the_documented_text():
    """Adapters §4 example 10."""
    fact = NoteAdded(ticket="T-7", at=1772416800000000, text_ref="话务/1")
    assert to_json(fact) == '{"at":1772416800000000,"kind":"ticket.noted","text_ref":"话务/1","ticket":"T-7"}'


def test_an_unknown_kind_is_an_error_that_names_where():
    """PLN-4, §5: strict about kinds; the message names the place and the nearest kind."""
    with pytest.raises(UnknownKind) as caught:
        from_json('{"kind":"ticket.mvoed","at":1}', stream="T-7", version=3)
    assert str(caught.value) == "T-7@3: 'ticket.mvoed' is not known here; did you mean 'ticket.moved'?"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"at":1}',
        '{"kind":7}',
        '{"kind":"ticket.noted","ticket":"T-7","at":"1","text_ref":"x"}',
        '{"kind":"ticket.noted","ticket":"T-7","at":1.0,"text_ref":"x"}',
        '{"kind":"ticket.noted","ticket":"T-7","at":true,"text_ref":"x"}',
        '{"kind":"ticket.noted","ticket":"T-7","at":1}',
        '{"kind":"ticket.noted","ticket":7,"at":1,"text_ref":"x"}',
    ],
)
def test_a_damaged_text_is_named_with_its_place(text):
    """PLN-2, §5: nothing is coerced; what cannot be read is damage, with stream and version."""
    with pytest.raises(StoreDamaged, match=r"^T-7@3 is damaged: "):
        from_json(text, stream="T-7", version=3)


def test_a_misspelt_kind_has_no_private_paths_to_forget():
    """EV-7: "nothing to protect" is never the answer to a typo."""
    with pytest.raises(UnknownKind, match=r"did you mean 'ticket.noted'"):
        private_paths("ticket.note")


def test_kinds_are_well_formed_and_private_fields_exist():
    """EV-2, EV-7: kinds are ``stream.verb``; what must be protected is a field that exists."""
    for kind, cls in FACTS.items():
        stream, _, verb = kind.partition(".")
        assert set(stream + verb) <= set(string.ascii_lowercase + "_")
        names = {field.alias for field in attrs.fields(cls)}
        assert set(private_paths(kind)) <= names
        assert "at" in names
