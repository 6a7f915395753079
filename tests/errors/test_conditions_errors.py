"""What conditions refuse and how they say it (COND-2, 3, 7, 8, 9; workflow page, bad input)."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest

from servicedesk.conditions import And, Comparison, Condition, Field, Held, Known, Membership, Not, Or
from servicedesk.errors import DefinitionInvalid, NaiveDatetimeError

WAITING = Field("waiting") > 3
DAY = date(2026, 3, 2)
LITERAL = 'a literal: 12 0.06 6% 3/50 "text" true 90s 15min 2h 3d 2026-03-02T10:00:00+08:00'
BEGINNING = "a field's name, '(', '~', 'known(' or 'held('"
ESCAPES = r"""\n \t \r \" \` \\ and \u with four hexadecimal digits"""


def message(error, action):
    with pytest.raises(error) as caught:
        action()
    assert type(caught.value) is error
    return str(caught.value)


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (
            lambda: Field("loss") >= 0.06,
            "loss >= 0.06: 0.06 is a float; write 6 % as Fraction(6, 100) or, in text, 6%",
        ),
        (
            lambda: Field("first line") == None,  # noqa: E711  # the mistake is the case
            "`first line` == None: None is a NoneType; use .is_known to ask whether a value is there",
        ),
        (
            lambda: Field("x").is_in(None),
            "x in None: None is a NoneType; use .is_known to ask whether a value is there",
        ),
        (
            lambda: Field("x").is_in(["a"]),
            "x in ['a']: ['a'] is a list; give the literals one by one: .is_in(*literals)",
        ),
        (lambda: Field("x") > Decimal("NaN"), "x > Decimal('NaN'): Decimal('NaN') is a Decimal; a number is finite"),
        (
            lambda: Field("x") > DAY,
            f"x > {DAY!r}: {DAY!r} is a date; use bool, int, Fraction, Decimal, str, timedelta or an aware datetime",
        ),
        (lambda: Field("urgent") > True, "urgent > true: a flag has no order; it knows only == != .is_in"),
        (lambda: Field("kind") <= "fault", 'kind <= "fault": a text has no order; it knows only == != .is_in'),
        (lambda: Field("x").is_in("a", 3), 'x in {"a", 3}: one family only, not text and number'),
        (lambda: Membership("x", (1, True)), "x in {1, true}: one family only, not number and flag"),
        (lambda: Field(3), "a field's name is a text, not int 3"),
        (lambda: And((WAITING, True)), "And is made of conditions, not of bool True"),
        (lambda: Or((None, WAITING)), "Or is made of conditions, not of NoneType None"),
        (lambda: WAITING & True, "And is made of conditions, not of bool True"),
        (lambda: WAITING | Field("x"), "Or is made of conditions, not of Field Field(name='x')"),
        (lambda: Not("x"), "Not is made of conditions, not of str 'x'"),
        (lambda: Held(3, timedelta(0)), "Held is made of conditions, not of int 3"),
        (WAITING.held, "say how long: .held(minutes=3), whole numbers only, or .held('90s')"),
        (lambda: WAITING.held(minutes=1.5), "say how long: .held(minutes=3), whole numbers only, or .held('90s')"),
        (lambda: WAITING.held(3), "duration must be a timedelta or a text like '90min', not int 3"),
        (lambda: Condition.parse(WAITING), f"a condition is read from text, not from Comparison {WAITING!r}"),
    ],
)
def test_what_is_built_from_the_wrong_thing(build, told):
    """COND-2, 3: the message names operator, field and literal, and what to write instead."""
    assert message(TypeError, build) == told


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda: Field(""), "condition: name: a field needs a name"),
        (lambda: Known(""), "condition: name: a field needs a name"),
        (lambda: Field("x").is_in(), "condition: literals: x in {}: nothing is in an empty set; name the literals"),
        (lambda: Membership("x", ()), "condition: literals: x in {}: nothing is in an empty set; name the literals"),
        (lambda: Comparison("x", "=", 3), "condition: operator: '=' is no comparison; use == != < <= > >="),
        (lambda: And((WAITING,)), "condition: parts: And joins two conditions or more, not 1"),
        (lambda: Or(()), "condition: parts: Or joins two conditions or more, not 0"),
        (
            lambda: WAITING.held(minutes=-3),
            "condition: for_: a condition cannot be held for -3min; use 0s or more",
        ),
        (
            lambda: WAITING.held("3 minutes"),
            "duration: '3 minutes' is no duration: write hours, minutes or seconds: '4h', '90min', '1h30m', 'PT4H'",
        ),
    ],
)
def test_what_is_no_definition(build, told):
    """COND-1, 9: an author's slip is `DefinitionInvalid`, with what was possible."""
    assert message(DefinitionInvalid, build) == told


@pytest.mark.parametrize(
    ("condition", "values", "told"),
    [
        (WAITING, {"waiting": "many"}, "waiting > 3: the value of waiting is text 'many', the literal a number"),
        (WAITING, {"waiting": True}, "waiting > 3: the value of waiting is flag True, the literal a number"),
        (
            Field("loss") > Fraction(6, 100),
            {"loss": 0.08},
            "loss > 6%: 0.08 is a float; write 6 % as Fraction(6, 100) or, in text, 6%",
        ),
        (
            Field("kind").is_in("fault", "alarm"),
            {"kind": 3},
            'kind in {"fault", "alarm"}: the value of kind is number 3, the literal a text',
        ),
        (
            Field("answered") < Field("due"),
            {"answered": 3, "due": "x"},
            "answered < due: a text has no order; it knows only == != .is_in",
        ),
        (
            Field("answered") == Field("due"),
            {"answered": 3, "due": "x"},
            "answered == due: answered is number 3, due is text 'x'; only values of one family compare",
        ),
        (
            Field("answered") < Field("due"),
            {"answered": "early"},
            "answered < due: a text has no order; it knows only == != .is_in",
        ),
        (
            WAITING & Field("waiting").is_in(1),
            {"waiting": [4]},
            "waiting > 3: [4] is a list; give the literals one by one: .is_in(*literals)",
        ),
        (
            ~WAITING.held(minutes=3),
            {"waiting": 3},
            "held(waiting > 3, 3min): a hold needs a Watch; one snapshot of values has no history",
        ),
    ],
)
def test_what_values_cannot_be_compared(condition, values, told):
    """COND-3, 9: the message names operator, field, literal and value."""
    assert message(TypeError, lambda: condition.truth(values)) == told


def test_naive_datetimes_are_refused_wherever_they_come_in():
    """COND-2: as literal, in a set, as value; the message names the field."""
    naive, aware = datetime(2026, 3, 2), datetime(2026, 3, 2, tzinfo=timezone(timedelta(hours=8)))
    for attempt in (
        lambda: Field("due") < naive,
        lambda: Field("due").is_in(aware, naive),
        lambda: (Field("due") < aware).truth({"due": naive}),
        lambda: (Field("at") < Field("due")).truth({"at": aware, "due": naive}),
    ):
        assert message(NaiveDatetimeError, attempt).startswith("due = 2026-03-02T00:00:00 has no time zone; ")


@pytest.mark.parametrize(
    "misuse",
    [
        lambda: bool(WAITING),
        lambda: WAITING and Field("x") == 1,
        lambda: WAITING or Field("x") == 1,
        lambda: not WAITING,
        lambda: 1 < Field("x") < 5,
        lambda: Field("x") in (1, 2),
        lambda: 5 if WAITING.held(minutes=3) else 6,
    ],
)
def test_a_condition_is_no_bool(misuse):
    """COND-7: and, or, not, if, chained comparisons and ``in`` fail loudly and name what to write."""
    told = message(TypeError, misuse)
    assert told == (
        "a condition has no truth value of its own: join conditions with & | ~ instead of and, or, not; write "
        "(Field('x') > 1) & (Field('x') < 5) for a range and .is_in(...) for 'in'; ask .holds(values) for the result"
    )


@pytest.mark.parametrize(
    "misuse",
    [
        lambda: bool(Field("x")),
        lambda: {Field("x")},
        lambda: True & WAITING,
        lambda: ~Field("x"),
        lambda: Field("x") > 3 & Field("y") > 1,
        lambda: 3 in Field("x"),
        lambda: list(Field("x")),
        lambda: WAITING < ~WAITING,
    ],
)
def test_other_slips_are_type_errors_too(misuse):
    """COND-1, 7: fields are neither flags, keys nor containers; only conditions join conditions."""
    with pytest.raises(TypeError):
        misuse()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", f"condition[0]: found the end, expected {BEGINNING}"),
        ("waiting", "condition[7]: found the end, expected == != < <= > >= or in"),
        ("waiting => 3", "condition[8]: found '=>', expected == != < <= > >= or in"),
        ("waiting = 3", "condition[8]: found '=', expected == != < <= > >= or in"),
        ("waiting > 3 and and x", f"condition[16]: found 'and', expected {BEGINNING}"),
        ("waiting > 3 &", f"condition[13]: found the end, expected {BEGINNING}"),
        ("1 < waiting", f"condition[0]: found '1', expected {BEGINNING}"),
        ("waiting > 3 > 2", "condition[12]: found '>', expected '&', '|' or the end"),
        ("(waiting > 3", "condition[12]: found the end, expected ')'"),
        ("waiting > 3)", "condition[11]: found ')', expected '&', '|' or the end"),
        ("kind == 'fault'", f"condition[8]: found \"'fault'\", expected a field's name or {LITERAL}"),
        ('kind == "fault', f"condition[8]: found '\"fault', expected a field's name or {LITERAL}"),
        ("urgent == True", f"condition[10]: found 'True', expected a field's name or {LITERAL}"),
        ("agent == none", f"condition[9]: found 'none', expected a field's name or {LITERAL}"),
        ("NOT waiting > 3", f"condition[0]: found 'NOT', expected {BEGINNING}"),
        ("loss > 3/0", f"condition[7]: found '3/0', expected a field's name or {LITERAL}"),
        ("wait > 3 min", "condition[9]: found 'min', expected '&', '|' or the end"),
        ("wait > 3months", f"condition[7]: found '3months', expected a field's name or {LITERAL}"),
        ("wait > 99999999999d", f"condition[7]: found '99999999999d', expected a field's name or {LITERAL}"),
        ("at > 2026-03-02", f"condition[5]: found '2026-03-02', expected a field's name or {LITERAL}"),
        ("at > 2026-03-02T10:00", f"condition[5]: found '2026-03-02T10:00', expected a field's name or {LITERAL}"),
        (
            "at > 2026-02-30T10:00:00Z",
            f"condition[5]: found '2026-02-30T10:00:00Z', expected a field's name or {LITERAL}",
        ),
        (
            "at > 2026-03-02T24:00:00Z",
            f"condition[5]: found '2026-03-02T24:00:00Z', expected a field's name or {LITERAL}",
        ),
        (
            "at > 0001-01-01T00:00:00+08:00",
            f"condition[5]: found '0001-01-01T00:00:00+08:00', expected a field's name or {LITERAL}",
        ),
        ("n > " + "9" * 5000, f"condition[4]: found '{'9' * 50}…', expected a field's name or {LITERAL}"),
        ("kind in fault", "condition[8]: found 'fault', expected '{'"),
        ("kind in {}", f"condition[9]: found '}}', expected {LITERAL}"),
        ("kind in {fault}", f"condition[9]: found 'fault', expected {LITERAL}"),
        ('kind in {"a" "b"}', "condition[13]: found '\"b\"', expected '}'"),
        (
            r'kind == "a\d"',
            r"""condition[8]: found '"a\\d"', expected only the escapes """ + ESCAPES,
        ),
        ("known(3)", "condition[6]: found '3', expected a field's name"),
        ("known waiting", "condition[6]: found 'waiting', expected '('"),
        ("held(waiting > 3)", "condition[16]: found ')', expected ','"),
        ("held(waiting > 3, 3)", "condition[18]: found '3', expected how long it is held: 90s, 3min, 2h, 3d"),
        ("held(waiting > 3, -3min)", "condition[18]: found '-3min', expected how long it is held: 90s, 3min, 2h, 3d"),
        ("held(waiting > 3, wait)", "condition[18]: found 'wait', expected how long it is held: 90s, 3min, 2h, 3d"),
        ("`` > 3", f"condition[0]: found '``', expected {BEGINNING}"),
        ("__import__('os').abort()", "condition[10]: found '(', expected == != < <= > >= or in"),
        ("urgent > true", "condition[7]: urgent > true: a flag has no order; it knows only == != .is_in"),
        ('kind in {"a", 3}', 'condition[5]: kind in {"a", 3}: one family only, not text and number'),
        ("x" * 10_001, "condition[10000]: 10001 characters; a condition has at most 10000"),
        ("(" * 101, "condition[100]: more than 100 levels of brackets, '~' and 'held('"),
    ],
)
def test_a_fault_in_text_is_found_where_it_is(text, told):
    """COND-8: the position in the text, the token found there, and what was expected."""
    assert message(DefinitionInvalid, lambda: Condition.parse(text)) == told


def test_a_fault_in_text_keeps_its_values():
    """COND-8: one problem with a code, whose path a definition puts under its own."""
    with pytest.raises(DefinitionInvalid) as caught:
        Condition.parse("waiting => 3")
    (problem,) = caught.value.problems
    assert (problem.path, problem.code, problem.severity) == ("condition[8]", "condition_text", "error")
    assert str(problem.under("tiers[1].enter")).startswith("tiers[1].enter.condition[8]: found '=>'")


def test_a_literal_outside_the_years_1_to_9999_is_refused():
    """COND-2: an instant that no UTC datetime can show."""
    with pytest.raises(OverflowError):
        assert Field("at") > datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=8)))
