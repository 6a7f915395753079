"""How a watch is used: what it says about itself, late samples, replays, and the smallest cases of each rule."""

from __future__ import annotations

import pickle
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pendulum
import pytest

from servicedesk import events
from servicedesk.conditions import Condition
from servicedesk.emergency import (
    Plan,
    Sample,
    SampleLate,
    Signal,
    SignalBack,
    SignalLost,
    Tier,
    TierRecommended,
    Watch,
    library,
)
from servicedesk.emergency.facts import clock_text, spoken
from servicedesk.instants import to_us

MINUTE = 60_000_000
HALF_PAST_TWO = to_us(pendulum.datetime(2026, 3, 2, 14, 30, tz="Asia/Shanghai"))


def one_tier(enter: str, exit_: str = "~known(w)", **signals: Any) -> Plan:
    given = [Signal(name, horizon) for name, horizon in {"w": None, **signals}.items()]
    return Plan("one", 1, signals=given, tiers=[Tier("III", enter=enter, exit=exit_)])


def facts_of(plan: Plan, readings: list[tuple[int, str, Any]], until: int) -> list[Any]:
    watch, facts = Watch(plan), []
    for at, signal, value in readings:
        facts += watch.observe(Sample("s", signal, value, at=at))
    return facts + list(watch.advance(until))


def ranks(facts: list[Any]) -> list[tuple[int, int]]:
    return [(fact.at, fact.to_rank) for fact in facts if isinstance(fact, TierRecommended)]


# --- gauges, holds, logic: the smallest cases -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ([(0, "w", 4)], [(3, 1)]),  # due at exactly a + d
        ([(0, "w", 4), (3, "w", 0)], []),  # "for more than": a value that falls at a + d was never held (EMG-10)
        ([(0, "w", 4), (3, "w", 0), (3, "w", 5)], [(3, 1)]),  # of one instant the last given wins (EMG-14)
        ([(0, "w", 4), (2, "w", None), (3, "w", 4)], [(6, 1)]),  # Unknown restarts the clock (EMG-9)
        ([(0, "w", 4), (1, "w", 9), (2, "w", 5)], [(3, 1)]),  # another value, the same truth
    ],
)
def test_a_hold_is_true_on_the_whole_closed_interval(readings: Any, expected: Any) -> None:
    """EMG-9, 10: ``held(c, d)`` turns true at exactly a + d if c is still true after the samples of that instant."""
    assert ranks(facts_of(one_tier("held(w > 3, 3us)"), readings, 20)) == expected


def test_at_least_is_written_as_one_microsecond_less() -> None:
    """EMG-10: a value that falls at a + d has held for at least d, which is more than d - 1 us."""
    assert ranks(facts_of(one_tier("held(w > 3, 2us)"), [(0, "w", 4), (3, "w", 0)], 20)) == [(2, 1)]


def test_holds_nest() -> None:
    """EMG-8: a hold inside a hold starts its clock when the inner one becomes true."""
    plan = one_tier("held(held(w > 3, 2us) & w > 1, 3us)")
    assert ranks(facts_of(plan, [(0, "w", 4)], 20)) == [(5, 1)]


def test_a_hold_of_no_length_is_true_at_once() -> None:
    """EMG-9: the interval [t, t] is the instant itself."""
    assert ranks(facts_of(one_tier("held(w > 3, 0s)"), [(7, "w", 4)], 20)) == [(7, 1)]


def test_unknown_neither_starts_nor_ends_a_tier() -> None:
    """EMG-11, 16: only a plan that asks ``known`` lets missing data count."""
    readings = [(0, "w", 9), (5, "w", None), (9, "w", 0)]
    assert ranks(facts_of(one_tier("w > 3", "w <= 3"), readings, 20)) == [(0, 1), (9, 0)]
    assert ranks(facts_of(one_tier("w > 3 | ~known(w)", "w <= 3"), [(0, "w", None), (4, "w", 1)], 20)) == [
        (0, 1),
        (4, 0),
    ]
    assert ranks(facts_of(one_tier("w > 3 & known(x)", "w <= 3", x=None), readings, 20)) == []


def test_a_tier_that_stands_on_missing_data_rises_when_the_scope_opens() -> None:
    """EMG-11, 17: before its first sample a scope has no history, so a hold starts then."""
    assert ranks(facts_of(one_tier("held(~known(x), 4us)", x=None), [(100, "w", 0)], 200)) == [(104, 1)]


def test_a_sample_exactly_at_the_horizon_leaves_no_gap() -> None:
    """EMG-1, 2: from exactly ``at + horizon`` on a gauge is Unknown, unless a sample comes at that instant."""
    plan = one_tier("w > 3", w="10us")
    assert facts_of(plan, [(0, "w", 1), (10, "w", 1)], 19) == []
    lost, back = facts_of(plan, [(0, "w", 1), (11, "w", 1)], 20)
    assert (lost, back) == (
        SignalLost(scope="s", at=10, plan="one", signal="w", last=0),
        SignalBack(scope="s", at=11, plan="one", signal="w", gap=timedelta(microseconds=1)),
    )


def test_not_known_is_not_lost() -> None:
    """EMG-2: a feed that says "not known" is alive; a lost one is back only with a value."""
    plan = one_tier("w > 3", w="10us")
    assert facts_of(plan, [(0, "w", 1), (5, "w", None)], 40) == []
    lost, back = facts_of(plan, [(0, "w", 1), (12, "w", None), (15, "w", 2)], 20)
    assert (lost.at, back.at, back.gap) == (10, 15, timedelta(microseconds=5))


def test_a_repeated_value_only_moves_the_horizon() -> None:
    """EMG-1, L8: the hold runs on through the repetitions."""
    plan = one_tier("held(w > 3, 25us)", w="10us")
    assert ranks(facts_of(plan, [(at, "w", 4) for at in range(0, 40, 10)], 30)) == [(25, 1)]


def test_the_guard_stands_inside_every_hold_of_an_exit() -> None:
    """EMG-13: who was idle all along proves nothing; the clear clock starts when the trigger turns false."""
    plan = one_tier("w > 3", "held(idle >= 2, 5us)", idle=None)
    assert ranks(facts_of(plan, [(0, "idle", 4), (10, "w", 9), (20, "w", 0)], 40)) == [(10, 1), (25, 0)]


def test_enter_and_exit_that_are_both_true_do_not_loop() -> None:
    """EMG-13, section 8: the effective exit is false while the trigger is true."""
    assert ranks(facts_of(one_tier("w > 3", "w > 1"), [(0, "w", 9), (5, "w", 2), (9, "w", 0)], 20)) == [(0, 1), (5, 0)]


def test_values_of_all_families_are_watched() -> None:
    """COND-3: flags, texts, spans and exact ratios, each compared as what it is."""
    plan = one_tier('(flag == true & text in {"a", "b"}) & (span > 90s & w >= 6%)', flag=None, text=None, span=None)
    readings = [(0, "flag", True), (1, "text", "b"), (2, "span", timedelta(seconds=91)), (3, "w", Fraction(6, 100))]
    assert ranks(facts_of(plan, readings, 9)) == [(3, 1)]


def test_two_signals_are_compared_with_each_other() -> None:
    """COND-1: a leaf may look at two signals; a change of either counts."""
    plan = one_tier("w > idle", "w <= idle", idle=None)
    readings = [(0, "w", 3), (1, "idle", 5), (2, "w", 6), (4, "idle", 6)]
    assert ranks(facts_of(plan, readings, 9)) == [(2, 1), (4, 0)]


# --- one line of time -------------------------------------------------------------------------------------------------


def test_the_instant_of_a_sample_stays_open() -> None:
    """EMG-24: samples of one instant may come one by one; observe closes only what lies before."""
    watch = Watch(one_tier("w > 3 & x > 3", x=None))
    assert watch.observe(Sample("s", "w", 9, at=5)) == ()
    assert watch.next_due == 5
    assert watch.observe(Sample("s", "x", 9, at=5)) == ()
    [risen] = watch.advance(5)
    assert (risen.at, watch.next_due) == (5, None)


def test_a_late_sample_counts_from_the_next_instant_if_it_is_news() -> None:
    """EMG-25: history is never rewritten; the fact tells what came late, and whether it still counts."""
    watch = Watch(one_tier("w > 3", "w <= 3", w="10us"))
    watch.observe(Sample("s", "w", 0, at=5))
    assert watch.advance(12) == ()
    [late] = watch.observe(Sample("s", "w", 9, at=8))
    assert late == SampleLate(scope="s", at=13, plan="one", signal="w", value=9, stamped=8, used=True)
    [old] = watch.observe(Sample("s", "w", 0, at=7))
    assert (old.at, old.used) == (13, False)
    assert ranks(list(watch.advance(13))) == [(13, 1)]
    [lost] = watch.advance(30)
    assert (lost.at, lost.last) == (18, 8)  # its horizon counts from its own stamp


def test_a_late_sample_that_has_aged_already_is_unknown() -> None:
    """EMG-25, EMG-1: its horizon counts from its own stamp, so it brings nothing back."""
    watch = Watch(one_tier("w > 3", w="10us"))
    watch.observe(Sample("s", "w", 0, at=5))
    assert [fact.at for fact in watch.advance(40)] == [15]
    [late] = watch.observe(Sample("s", "w", 9, at=20))
    assert (late.at, late.used) == (41, True)
    assert watch.advance(60) == ()
    assert watch.status("s").unknown == ("w",)


def test_a_scope_may_open_with_a_late_sample() -> None:
    """EMG-17, 25: it opens at the first instant that is still open."""
    watch = Watch(one_tier("w > 3"))
    assert watch.advance(100) == ()
    [late] = watch.observe(Sample("s", "w", 9, at=100))
    assert (late.at, late.used) == (101, True)
    assert ranks(list(watch.advance(101))) == [(101, 1)]


def test_facts_of_several_scopes_come_in_one_order() -> None:
    """Design 7: by instant, then by scope, whichever was given first."""
    watch = Watch(one_tier("held(w > 3, 2us)"))
    for scope in ("b", "a", "c"):
        watch.observe(Sample(scope, "w", 9, at=0 if scope != "c" else 1))
    assert [(fact.at, fact.scope) for fact in watch.advance(9)] == [(2, "a"), (2, "b"), (3, "c")]
    assert watch.scopes == ("a", "b", "c")


def test_a_replay_takes_the_samples_as_they_were_kept() -> None:
    """EMG-29: samples, the facts of late ones, and how far the host had advanced."""
    plan = one_tier("held(w > 3, 5us)", "w <= 3")
    live = Watch(plan)
    kept: list[Sample | SampleLate] = [Sample("s", "w", 0, at=3)]
    live.observe(kept[0])
    live.advance(10)
    kept += live.observe(Sample("s", "w", 9, at=10))
    assert isinstance(kept[-1], SampleLate)
    live.advance(14)
    again = Watch.replay(plan, kept, at=14)
    assert repr(again) == repr(live)
    assert (again.status("s"), again.next_due) == (live.status("s"), 16)
    assert again.advance(30) == live.advance(30) != ()


# --- what it says of itself -------------------------------------------------------------------------------------------


def raised() -> Watch:
    watch = Watch(library.yunnan_tier_three())
    for signal, value in (("waiting", 6), ("idle", 0)):
        watch.observe(Sample("assets", signal, value, at=HALF_PAST_TWO))
    return watch


def test_status_tells_rank_since_and_what_is_unknown() -> None:
    """EMG-28: where a scope stands after the last closed instant."""
    watch = raised()
    watch.advance(HALF_PAST_TWO + MINUTE)
    status = watch.status("assets")
    assert (status.recommended, status.tier, status.since, status.episode) == (0, "normal", HALF_PAST_TWO, 0)
    watch.advance(HALF_PAST_TWO + 4 * MINUTE)
    status = watch.status("assets")
    assert (status.recommended, status.tier, status.episode) == (1, "III", 1)
    assert (status.at - status.since, status.unknown) == (MINUTE, ("abandonment",))


def test_explain_tells_how_far_a_tier_is() -> None:
    """EMG-28: the sentence of the spec, for a tier that is not in force yet."""
    watch = raised()
    watch.advance(HALF_PAST_TWO + 130_000_000)
    why = watch.explain("assets", "III")
    assert why.text("Asia/Shanghai") == "waiting 6 > 3 since 14:30:00; 2 min 10 s of 3 min; III at 14:33:00 if it stays"
    leaf, hold = why.findings
    assert (why.rule, why.result, why.due) == ("enter", False, HALF_PAST_TWO + 3 * MINUTE)
    assert (leaf.condition, leaf.result, dict(leaf.values)) == (Condition.parse("waiting > 3"), True, {"waiting": 6})
    assert (hold.since, hold.due, hold.missing) == (HALF_PAST_TWO, why.due, timedelta(seconds=50))


def test_explain_tells_what_ends_a_tier() -> None:
    """EMG-28: of a tier in force the effective exit is explained, leaf by leaf."""
    watch = raised()
    watch.advance(HALF_PAST_TWO + 15 * MINUTE - 1)
    assert watch.explain("assets", "III").text("Asia/Shanghai") == (
        "idle 0 >= 3 is false since 14:30:00; waiting 6 <= 3 is false since 14:30:00; 0 s of 15 min; "
        "abandonment unknown <= 2% is unknown since 14:30:00; waiting 6 == 0 is false since 14:30:00; "
        "III ends only after a change"
    )
    for signal, value in (("waiting", 0), ("idle", 3), ("abandonment", Fraction(2, 100))):
        watch.observe(Sample("assets", signal, value, at=HALF_PAST_TWO + 15 * MINUTE))
    watch.advance(HALF_PAST_TWO + 20 * MINUTE)
    why = watch.explain("assets", "III")
    assert why.text("Asia/Shanghai").endswith("waiting 0 == 0 since 14:45:00; III ends at 15:00:00 if it stays")
    assert (why.rule, why.due) == ("exit", HALF_PAST_TWO + 30 * MINUTE)


@pytest.mark.parametrize(
    ("rule", "due"),
    [
        ("held(w > 3, 9us) & held(x > 3, 2us)", 9),  # all parts: the last one
        ("held(w > 3, 9us) | held(x > 3, 2us)", 6),  # any part: the first one
        ("held(held(w > 3, 5us), 6us)", 11),  # a hold in a hold waits for it
        ("held(w > 3, 9us) & x > 9", None),  # something has to change first
        ("held(w > 3, 9us) | x > 9", 9),
    ],
)
def test_explain_foresees_when_a_rule_is_true_if_nothing_changes(rule: str, due: int | None) -> None:
    """EMG-28: w is 4 from 0, x is 4 from 4; at 5 the rise is foreseen, and it comes exactly then."""
    watch = Watch(one_tier(rule, x=None))
    watch.observe(Sample("s", "w", 4, at=0))
    watch.observe(Sample("s", "x", 4, at=4))
    watch.advance(5)
    assert watch.explain("s", "III").due == due
    assert ranks(list(watch.advance(99))) == ([] if due is None else [(due, 1)])


def test_explain_tells_that_a_hold_is_complete() -> None:
    """EMG-28: what is fulfilled already is told as such, beside what is still missing."""
    watch = Watch(one_tier("held(w > 3, 2us) & x > 3", x=None))
    watch.observe(Sample("s", "w", 4, at=0))
    watch.advance(9)
    why = watch.explain("s", "III")
    assert why.text() == (
        "w 4 > 3 since 00:00:00; held 2 us; x unknown > 3 is unknown since 00:00:00; III begins only after a change"
    )
    assert why.findings[1].missing == timedelta(0)


def test_explain_tells_unknown_from_false() -> None:
    """EMG-9, 28: a hold is unknown while its part is, and false while its part has not been true long enough."""
    watch = Watch(one_tier("held(w > 3, 9us)"))
    for at, value, result in ((0, None, None), (1, 2, False), (2, 4, False), (5, None, None)):
        watch.observe(Sample("s", "w", value, at=at))
        watch.advance(at)
        _, hold = watch.explain("s", "III").findings
        assert (hold.result, hold.missing) == (result, timedelta(microseconds=9) if value == 4 else None)


def test_an_explanation_is_complete_once_a_rule_is_true() -> None:
    """EMG-28: rank 1 may be ready to end while a higher one is still in force (EMG-15)."""
    tiers = [Tier("low", enter="w > 1", exit="w <= 1"), Tier("high", enter="x > 1", exit="held(x <= 1, 9us)")]
    watch = Watch(Plan("two", 1, signals=("w", "x"), tiers=tiers))
    watch.observe(Sample("s", "x", 5, at=0))
    watch.observe(Sample("s", "w", 0, at=1))
    watch.advance(3)
    why = watch.explain("s", "low")
    assert (why.rule, why.result, why.due) == ("exit", True, None)
    assert why.text() == "w 0 <= 1 since 00:00:00.000001; low ends"
    assert watch.status("s").recommended == 2


def test_leaves_of_every_kind_are_told_with_their_values() -> None:
    """EMG-28: comparisons carry the value beside the name, the others behind."""
    watch = Watch(one_tier("(w > x & known(x)) | w in {7, 8}", x=None))
    watch.observe(Sample("s", "w", 4, at=0))
    watch.observe(Sample("s", "x", 5, at=0))
    watch.advance(0)
    assert watch.explain("s", "III").text() == (
        "w 4 > x 5 is false since 00:00:00; known(x) (x 5) since 00:00:00; "
        "w in {7, 8} (w 4) is false since 00:00:00; III begins only after a change"
    )


def test_reasons_name_only_what_decided() -> None:
    """EMG-14: of an ``|`` the true branches; what a hold says is not said again."""
    plan = one_tier("held(w > 3, 2us) & w > 3 & (x > 1 | x < 1)", x=None)
    [risen] = facts_of(plan, [(0, "x", 0), (0, "w", 4)], 9)
    assert [reason.condition for reason in risen.because] == ["w > 3", "x < 1"]
    assert repr(risen) == (
        "TierRecommended('s' 0 → 1 'III' at 1970-01-01 00:00:00.000002+00:00, "
        "because w > 3 held 2 us since 00:00:00; x < 1 since 00:00:00)"
    )


def test_texts_name_the_day_only_where_it_differs() -> None:
    """EMG-28: clock times of the zone asked for."""
    night = to_us(pendulum.datetime(2026, 3, 2, 23, 59, tz="Asia/Shanghai"))
    assert clock_text(night, "Asia/Shanghai", beside=night + MINUTE) == "2026-03-02 23:59:00"
    assert clock_text(night, "UTC", beside=night + MINUTE) == "15:59:00"
    assert (spoken(timedelta(hours=1, seconds=5)), spoken(timedelta(microseconds=10))) == ("1 h 5 s", "10 us")


# --- values -----------------------------------------------------------------------------------------------------------


def test_facts_are_plain_and_come_back_from_json() -> None:
    """EV-2, 4: every fact of a watch round-trips; kinds are fixed."""
    watch, facts = Watch(library.yunnan_tier_three(horizon="20min")), []
    for minute, value in ((0, Fraction(9, 2)), (1, 6), (50, 0)):
        sample = Sample("assets", "waiting", value, at=HALF_PAST_TWO + minute * MINUTE)
        facts += [sample, *watch.observe(sample)]
    facts += watch.advance(HALF_PAST_TWO + 60 * MINUTE)
    facts += watch.observe(Sample("assets", "idle", None, at=HALF_PAST_TWO))
    assert {fact.kind for fact in facts} == {
        "sample.taken",
        "sample.late",
        "signal.lost",
        "signal.back",
        "tier.recommended",
    }
    for fact in facts:
        assert events.from_json(events.to_json(fact)) == fact
        assert pickle.loads(pickle.dumps(fact)) == fact


def test_equal_plans_are_equal_and_hash_alike() -> None:
    """Design 4: a plan is a value; texts and conditions make the same tier."""
    one, other = library.yunnan_tier_three(), library.yunnan_tier_three()
    assert (one, hash(one)) == (other, hash(other))
    assert one != library.yunnan_tier_three(horizon="90s")
    assert Tier("III", enter="w > 3", exit="w < 2") == Tier(
        "III", enter=Condition.parse("w > 3"), exit=Condition.parse("w < 2")
    )


def test_the_library_plan_has_no_problems_and_says_its_source() -> None:
    """EMG-53: documented figures, no horizon unless one is given."""
    plan = library.yunnan_tier_three()
    assert plan.problems() == ()
    assert plan.source.startswith("documented")
    assert {signal.horizon for signal in plan.signals} == {None}
    assert {s.horizon for s in library.yunnan_tier_three(horizon="2min").signals} == {timedelta(minutes=2)}
