"""Bad input to emergency response: the class, and a message that says what was wrong, where, and what was possible."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from servicedesk.conditions import Condition
from servicedesk.emergency import Plan, Sample, Signal, Tier, Watch, library
from servicedesk.errors import DefinitionInvalid, NaiveDatetimeError, Refused, UnknownKind


def plan(*tiers: tuple[str, str], signals: Any = ("waiting", "idle")) -> Plan:
    named = [Tier(f"tier {place}", enter=enter, exit=exit_) for place, (enter, exit_) in enumerate(tiers)]
    return Plan("surge", 1, signals=signals, tiers=named)


def found(plan: Plan) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in plan.problems()]


# --- plans: EMG-50 ----------------------------------------------------------------------------------------------------


def test_an_unknown_signal_is_named_with_the_nearest_one() -> None:
    """EMG-50 ``unknown_signal``: path, code, witness."""
    [problem] = plan(("waiting > 3", "idel >= 3")).problems()
    assert (problem.path, problem.code, problem.witness) == ("tiers[0].exit", "unknown_signal", ("idel",))
    assert str(problem) == "tiers[0].exit: no signal 'idel' in this plan; did you mean 'idle'?"
    [problem] = plan(("waiting > 3", "zzz >= 3")).problems()
    assert str(problem).endswith("no signal 'zzz' in this plan; signals: waiting, idle")
    [problem] = plan(("x > 3", "x <= 3"), signals=()).problems()[:1]
    assert str(problem).endswith("signals: none")


def test_a_hold_under_not_is_an_error_however_deep() -> None:
    """EMG-8, 50 ``held_under_not``: only ``(~c).held(...)`` has a meaning."""
    rule = "waiting > 3 & ~(idle > 1 | held(waiting > 1, 3min))"
    [problem] = plan((rule, "waiting <= 3")).problems()
    assert (problem.path, problem.code) == ("tiers[0].enter", "held_under_not")
    assert problem.witness == ("~((idle > 1) | held(waiting > 1, 3min))",)
    assert "write held(~…, …)" in problem.message
    assert found(plan(("held(~(waiting > 3), 3min)", "waiting > 3"))) == []


def test_names_are_there_and_distinct() -> None:
    """EMG-50 ``duplicate_name``, section 6: empty names; "normal" is rank 0."""
    tiers = [Tier(name, enter="waiting > 3", exit="waiting <= 3") for name in ("III", "", "III", "normal")]
    bad = Plan(" ", 1, signals=("waiting", "waiting", ""), tiers=tiers)
    assert found(bad) == [
        ("name", "empty_name"),
        ("signals[1].name", "duplicate_name"),
        ("signals[2].name", "empty_name"),
        ("tiers[1].name", "empty_name"),
        ("tiers[2].name", "duplicate_name"),
        ("tiers[3].name", "duplicate_name"),
    ]
    assert [str(problem) for problem in bad.problems()][-2:] == [
        "tiers[2].name: 'III' is used before",
        "tiers[3].name: 'normal' is the name of rank 0",
    ]


def test_a_signal_and_a_tier_may_share_a_name_and_a_signal_may_be_called_normal() -> None:
    """EMG-50: names are distinct among their own kind."""
    assert found(Plan("p", 1, signals=("x", "normal"), tiers=[Tier("x", enter="x > 1", exit="normal == true")])) == []


@pytest.mark.parametrize("horizon", [timedelta(0), timedelta(seconds=-1)])
def test_a_horizon_is_longer_than_nothing(horizon: timedelta) -> None:
    """EMG-1: a reading that is unknown from the start would be no reading."""
    assert found(plan(signals=(Signal("waiting", horizon),))) == [("signals[0].horizon", "horizon_not_positive")]


def test_one_signal_is_compared_as_one_family() -> None:
    """COND-3: else no sample could suit all conditions; found over all tiers, and through fields that are compared."""
    bad = plan(("waiting > 3", "waiting == true"), ("idle >= waiting", "idle < 2"))
    assert [(p.path, p.code) for p in bad.problems()] == [
        ("tiers[0].enter", "mixed_families"),
        ("tiers[0].exit", "mixed_families"),
        ("tiers[1].enter", "mixed_families"),
        ("tiers[1].enter", "mixed_families"),
        ("tiers[1].exit", "mixed_families"),
    ]
    assert (
        str(bad.problems()[0])
        == "tiers[0].enter: waiting > 3: 'waiting' is compared as flag and as number in this plan"
    )
    assert found(plan(('waiting == "a"', "waiting > idle"))) != []  # texts have no order
    assert found(plan(("waiting == true", "waiting != idle"))) == []
    assert found(plan(("waiting > 90s", "waiting < idle"))) == []


def test_a_signal_is_never_an_instant() -> None:
    """Section 2: a sample's value is a number, flag, text or span; such a condition could never be judged."""
    [problem] = plan(("waiting > 2026-03-02T10:00:00+08:00", "idle > 1")).problems()
    assert (problem.path, problem.code) == ("tiers[0].enter", "instant_signal")
    assert "no sample is an instant" in problem.message


def test_a_rule_is_a_condition_or_its_text() -> None:
    """COND-8: nothing else is taken for a rule; a single signal may be given by its name alone."""
    with pytest.raises(TypeError, match="a tier's rule is a Condition or its text, not int 3"):
        Tier("III", enter=3, exit="waiting <= 3")  # type: ignore[arg-type]  # the wrong type is the case
    assert Plan("p", 1, signals="waiting", tiers=()).signals == (Signal("waiting"),)


def test_a_watch_refuses_a_plan_with_all_its_errors_at_once() -> None:
    """Section 6: ``DefinitionInvalid`` lists everything, each with its path."""
    with pytest.raises(DefinitionInvalid) as caught:
        Watch(plan(("wating > 3", "idel >= 3")))
    assert str(caught.value) == (
        "plan 'surge': 2 problems\n"
        "  tiers[0].enter  no signal 'wating' in this plan; did you mean 'waiting'?\n"
        "  tiers[0].exit   no signal 'idel' in this plan; did you mean 'idle'?"
    )


def test_a_condition_that_cannot_be_read_says_where() -> None:
    """COND-8: the text of a tier is parsed, never evaluated."""
    with pytest.raises(DefinitionInvalid, match="expected"):
        Tier("III", enter="held(waiting >, 3min)", exit="waiting <= 3")


def test_a_hold_needs_a_watch() -> None:
    """EMG-8: one snapshot of values has no history."""
    with pytest.raises(TypeError, match="a hold needs a Watch"):
        Condition.parse("held(waiting > 3, 3min)").holds({"waiting": 4})


# --- samples ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.06, "0.06 is a float, not a number .*; write 6 % as Fraction\\(6, 100\\)"),
        (Decimal("0.06"), "is a Decimal, not a number .*; use None where it is not known"),
        ([1], "is a list"),
    ],
)
def test_a_value_that_is_not_exact_plain_data_is_refused(value: Any, said: str) -> None:
    """Section 6: float value → ``TypeError`` naming the signal."""
    with pytest.raises(TypeError, match=f"signal 'abandonment': .*{said}"):
        Sample("assets", "abandonment", value, at=0)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "signal 'waiting' is a number in this plan, not a flag: True"),
        ("many", "signal 'waiting' is a number in this plan, not a text: 'many'"),
        (timedelta(1), "not a span"),
    ],
)
def test_a_value_of_another_family_is_refused_and_nothing_is_lost(value: Any, said: str) -> None:
    """Section 6: bool where the plan compares numbers → ``TypeError`` naming signal and both families."""
    watch = Watch(library.yunnan_tier_three())
    watch.observe(Sample("assets", "waiting", 4, at=0))
    before = repr(watch), watch.next_due
    with pytest.raises(TypeError, match=said):
        watch.observe(Sample("assets", "waiting", value, at=200_000_000))
    assert (repr(watch), watch.next_due) == before
    assert [fact.at for fact in watch.advance(200_000_000)] == [180_000_000]


def test_signals_compared_only_with_each_other_are_numbers_and_unasked_ones_are_free() -> None:
    """COND-3: ``known`` alone fixes no family."""
    watch = Watch(plan(("waiting > idle", "known(note)"), signals=("waiting", "idle", "note")))
    with pytest.raises(TypeError, match="'idle' is a number in this plan, not a text"):
        watch.observe(Sample("s", "idle", "x", at=0))
    for value in ("x", True, Fraction(1, 2), None):
        assert watch.observe(Sample("s", "note", value, at=0)) == ()


@pytest.mark.parametrize(("scope", "signal"), [(None, "waiting"), ("s", 3)])
def test_scope_and_signal_are_texts(scope: Any, signal: Any) -> None:
    with pytest.raises(TypeError, match="are texts"):
        Sample(scope, signal, 1, at=0)


def test_a_naive_instant_is_refused() -> None:
    """Section 6: ``NaiveDatetimeError`` at the edge."""
    with pytest.raises(NaiveDatetimeError):
        Sample("assets", "waiting", 4, at=datetime(2026, 3, 2, 14, 30))
    with pytest.raises(NaiveDatetimeError):
        Watch(library.yunnan_tier_three()).advance(datetime(2026, 3, 2, 14, 30))


def test_an_unknown_signal_is_refused_or_counted() -> None:
    """Section 6: ``UnknownKind`` with the nearest name; with ``strict=False`` ignored, and nothing is closed by it."""
    with pytest.raises(UnknownKind, match="'wating' is not known here; did you mean 'waiting'"):
        Watch(library.yunnan_tier_three()).observe(Sample("assets", "wating", 4, at=0))
    watch = Watch(library.yunnan_tier_three(), strict=False)
    watch.observe(Sample("assets", "waiting", 4, at=0))
    assert watch.observe(Sample("assets", "weather", "storm", at=999_000_000)) == ()
    assert (watch.ignored, watch.next_due) == (1, 0)


# --- time and questions -----------------------------------------------------------------------------------------------


def test_advance_never_goes_back() -> None:
    """Section 6: ``Refused(time_went_back)`` with both instants; the last closed instant itself is no step back."""
    watch = Watch(library.yunnan_tier_three())
    watch.observe(Sample("assets", "waiting", 4, at=10_000_000))
    assert watch.advance(9_999_999) == ()
    with pytest.raises(Refused) as caught:
        watch.advance(9_999_998)
    [refusal] = caught.value.refusals
    assert (refusal.code, refusal["at"], refusal["last"]) == (
        "time_went_back",
        "1970-01-01T00:00:09.999998+00:00",
        "1970-01-01T00:00:09.999999+00:00",
    )
    assert caught.value.possible == ("1970-01-01T00:00:09.999999+00:00 or later",)


def test_questions_about_what_is_not_there_are_refused_with_what_is() -> None:
    """Section 6: ``unknown_scope`` and ``unknown_tier`` name the choices."""
    watch = Watch(library.yunnan_tier_three())
    watch.observe(Sample("assets", "waiting", 4, at=0))
    for ask, code, possible in (
        (lambda: watch.status("asset"), "unknown_scope", ("assets",)),
        (lambda: watch.explain("asset", "III"), "unknown_scope", ("assets",)),
        (lambda: watch.explain("assets", "3"), "unknown_tier", ("III",)),
    ):
        with pytest.raises(Refused) as caught:
            ask()
        assert (caught.value.codes, caught.value.possible) == ((code,), possible)
