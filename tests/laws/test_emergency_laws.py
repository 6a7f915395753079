"""The laws of the watch (emergency spec, section 7), on dense plans where nearly every instant is a due or a sample."""

from __future__ import annotations

from datetime import timedelta
from itertools import accumulate, pairwise
from typing import Any

from attrs import evolve
from hypothesis import assume, event, given, target
from hypothesis import strategies as st

from oracles.emergency_plans import SIGNALS, comparisons, conditions, leaves, lengths, plans, samples
from oracles.every_instant import Given, Oracle, Poll, microseconds, without_holds
from servicedesk.conditions import Comparison, Condition, Held, Not
from servicedesk.emergency import Plan, Sample, SampleLate, SignalBack, SignalLost, Tier, TierRecommended, Watch
from servicedesk.emergency.rules import base, opposite

AFTER = 20  # longer than every hold, horizon and chain of holds in the plans


def told(fact: Any) -> tuple[Any, ...]:
    """A fact in the oracle's words."""
    if isinstance(fact, SignalLost):
        return ("lost", fact.at, fact.signal, fact.last)
    if isinstance(fact, SignalBack):
        return ("back", fact.at, fact.signal, microseconds(fact.gap))
    assert isinstance(fact, TierRecommended)
    return ("tier", fact.at, fact.from_rank, fact.to_rank)


def feed(watch: Watch, arrivals: list[Given | Poll], scope: str = "s") -> list[Any]:
    facts: list[Any] = []
    for arrival in arrivals:
        if isinstance(arrival, Poll):
            facts += watch.advance(arrival.at)
        else:
            facts += watch.observe(Sample(scope, arrival.signal, arrival.value, at=arrival.at))
    return facts


def run(plan: Plan, arrivals: list[Given | Poll], end: int) -> list[Any]:
    return feed(Watch(plan), [*arrivals, Poll(end)])


def moves(facts: list[Any]) -> list[tuple[int, int, int]]:
    return [(fact.at, fact.from_rank, fact.to_rank) for fact in facts if isinstance(fact, TierRecommended)]


def rises(facts: list[Any]) -> list[int]:
    return [at for at, before, after in moves(facts) if after > before]


def end_of(arrivals: list[Any]) -> int:
    return max(arrival.at for arrival in arrivals) + AFTER


def count(facts: list[Any]) -> None:
    """Label what the example reached, so that --hypothesis-show-statistics tells."""
    changes = moves(facts)
    for label, reached in {
        "a rise": any(after > before for _, before, after in changes),
        "a fall": any(after < before for _, before, after in changes),
        "a rise that jumps": any(after > before + 1 for _, before, after in changes),
        "a fall through several ranks": any(after < before - 1 for _, before, after in changes),
        "several episodes": sum(before == 0 for _, before, _ in changes) > 1,
        "a lost signal": any(isinstance(fact, SignalLost) for fact in facts),
        "a signal that came back": any(isinstance(fact, SignalBack) for fact in facts),
        "a late sample that counts": any(isinstance(fact, SampleLate) and fact.used for fact in facts),
        "a late sample that does not": any(isinstance(fact, SampleLate) and not fact.used for fact in facts),
    }.items():
        if reached:
            event(label)


@given(plans(), samples())
def test_l1_the_watch_agrees_with_brute_force_at_every_instant(plan: Plan, given_: list[Given]) -> None:
    """EMG-1, 2, 9, 11, 13, 14, 15, 16: gauges, horizons, holds, exits and ranks, evaluated at every integer instant."""
    end = end_of(given_)
    facts = run(plan, list(given_), end)
    count(facts)
    target(len(moves(facts)), label="changes of rank")
    assert [told(fact) for fact in facts] == Oracle(plan, list(given_), end).story
    changes = [fact for fact in facts if isinstance(fact, TierRecommended)]
    assert [fact.episode for fact in changes] == list(accumulate(fact.from_rank == 0 for fact in changes))  # EMG-17


@st.composite
def disorder(draw: Any) -> list[Given | Poll]:
    """Samples that come out of order, and a host that advances too early."""
    given_ = draw(samples(most=15))
    delays = draw(st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 6]), min_size=len(given_), max_size=len(given_)))
    arrivals: list[Given | Poll] = [
        sample._replace(at=max(0, sample.at - delay)) for sample, delay in zip(given_, delays, strict=True)
    ]
    polls = draw(st.lists(st.tuples(st.integers(0, len(arrivals)), st.integers(0, 4)), max_size=4))
    for place, ahead in sorted(polls, reverse=True):
        latest = max((arrival.at for arrival in arrivals[:place]), default=0)
        arrivals.insert(place, Poll(latest + ahead))
    return forward(arrivals)


def forward(arrivals: list[Given | Poll]) -> list[Given | Poll]:
    """Leave out the polls that would go back in time."""
    kept: list[Given | Poll] = []
    closed = -1
    for arrival in arrivals:
        if isinstance(arrival, Poll) and arrival.at < closed:
            continue
        closed = max(closed, arrival.at if isinstance(arrival, Poll) else arrival.at - 1)
        kept.append(arrival)
    return kept


@given(plans(), disorder())
def test_l1_late_samples_agree_with_brute_force(plan: Plan, arrivals: list[Given | Poll]) -> None:
    """EMG-24, 25: a sample of a closed instant counts from the next one on, if it is news; history stays."""
    assume(any(isinstance(arrival, Given) for arrival in arrivals))
    end = end_of(arrivals)
    facts = run(plan, arrivals, end)
    count(facts)
    oracle = Oracle(plan, arrivals, end)
    late = [(fact.at, fact.signal, fact.stamped, fact.used) for fact in facts if isinstance(fact, SampleLate)]
    assert late == oracle.late
    assert [told(fact) for fact in facts if not isinstance(fact, SampleLate)] == oracle.story
    assert [fact.at for fact in facts] == sorted(fact.at for fact in facts)  # EV-6: a stream never goes back


@st.composite
def polled(draw: Any) -> tuple[list[Given], list[Given | Poll]]:
    """Samples in order, and the same with polls that keep the promise: nothing stamped so early comes later."""
    given_ = draw(samples())
    arrivals: list[Given | Poll] = []
    for before, after in zip(given_, [*given_[1:], Given("a", 0, end_of(given_))], strict=True):
        arrivals.append(before)
        last = max(before.at, after.at - 1) if after.at > before.at else before.at - 1
        polls = draw(st.lists(st.integers(before.at - 1, last), max_size=3)) if draw(st.booleans()) else []
        arrivals += [Poll(at) for at in sorted(polls)]
    return given_, arrivals


@given(plans(), polled())
def test_l2_polling_changes_no_fact(plan: Plan, both: tuple[list[Given], list[Given | Poll]]) -> None:
    """EMG-27: facts are dated when they became true, not when somebody looked."""
    given_, arrivals = both
    end = end_of(given_)
    event(f"{min(len(arrivals) - len(given_), 10)} polls")
    assert run(plan, arrivals, end) == run(plan, list(given_), end)


@given(plans(), samples())
def test_l2_a_host_that_only_comes_when_due_misses_nothing(plan: Plan, given_: list[Given]) -> None:
    """EMG-26: every fact lies at an instant that ``next_due`` had named, and in between nothing happens (EMG-12)."""
    end, watch, facts = end_of(given_), Watch(plan), []
    for sample in [*given_, None]:
        until = end if sample is None else sample.at - 1
        while (due := watch.next_due) is not None and due <= until:
            found = watch.advance(due)
            assert all(fact.at == due for fact in found)
            facts += found
        if sample is not None:
            assert watch.observe(Sample("s", *sample[:2], at=sample.at)) == ()
    assert watch.advance(end) == ()
    assert facts == run(plan, list(given_), end)


@given(plans(), samples())
def test_next_due_is_none_exactly_when_nothing_can_happen_by_itself(plan: Plan, given_: list[Given]) -> None:
    """EMG-26: once nothing is due, no later instant brings a fact; and what is due lies after what is closed."""
    watch = Watch(plan)
    assert watch.next_due is None
    for sample in given_:
        watch.observe(Sample("s", *sample[:2], at=sample.at))
        assert watch.next_due == sample.at  # the open instant counts as due (EMG-24)
    closed = given_[-1].at
    watch.advance(closed)
    while (due := watch.next_due) is not None:
        assert due > closed
        watch.advance(due)
        closed = due
    assert watch.advance(closed + 1_000) == ()


@given(plans(), samples(), st.integers(0, 40))
def test_l3_what_comes_later_changes_nothing_before(plan: Plan, given_: list[Given], cut: int) -> None:
    """Causality: samples stamped at or after an instant change no fact stamped before it."""
    early: list[Any] = [sample for sample in given_ if sample.at < cut]
    end = end_of(given_)
    whole = [fact for fact in run(plan, list(given_), end) if fact.at < cut]
    assert [fact for fact in run(plan, early, end) if fact.at < cut] == whole


@given(plans(), samples())
def test_l4_no_tier_falls_while_its_trigger_is_true_or_unknown(plan: Plan, given_: list[Given]) -> None:
    """EMG-13, 16: only evidence ends a tier, and a fall passes every rank on its way (EMG-15)."""
    end = end_of(given_)
    oracle = Oracle(plan, list(given_), end)
    triggers = [without_holds(tier.enter) for tier in plan.tiers]
    for at, before, after in moves(run(plan, list(given_), end)):
        for rank in range(after + 1, before + 1):
            assert oracle.truth(triggers[rank - 1], at) is False


@given(comparisons, st.none() | leaves, lengths, lengths, samples())
def test_l5_rises_of_a_single_tier_keep_their_distance(
    enter: Condition, other: Condition | None, first: timedelta, second: timedelta, given_: list[Given]
) -> None:
    """Two rises are at least the hold of ``enter`` plus the outermost hold of ``exit`` apart: the bound of flapping."""
    exit_ = Not(enter) if other is None else other
    plan = Plan("one", 1, signals=SIGNALS, tiers=[Tier("III", enter=Held(enter, first), exit=Held(exit_, second))])
    found = rises(run(plan, list(given_), end_of(given_)))
    event(f"{min(len(found), 3)} rises")
    least = microseconds(first) + microseconds(second)
    assert all(after - before >= least for before, after in pairwise(found))


@given(plans(), samples(), st.integers(-1_000, 10**15))
def test_l7_a_shift_in_time_shifts_every_fact_and_nothing_else(plan: Plan, given_: list[Given], by: int) -> None:
    def shifted(fact: Any) -> Any:
        if isinstance(fact, SignalLost):
            return evolve(fact, at=fact.at + by, last=fact.last + by)
        if isinstance(fact, TierRecommended):
            because = tuple(evolve(reason, since=reason.since + by) for reason in fact.because)
            return evolve(fact, at=fact.at + by, because=because)
        return evolve(fact, at=fact.at + by)

    end = end_of(given_)
    later = [sample._replace(at=sample.at + by) for sample in given_]
    assert run(plan, list(later), end + by) == [shifted(fact) for fact in run(plan, list(given_), end)]


@given(plans(ageing=False), samples(), st.lists(st.tuples(st.integers(0, 60), st.sampled_from(SIGNALS)), max_size=6))
def test_l8_a_repeated_value_changes_nothing(plan: Plan, given_: list[Given], repeats: list[tuple[int, str]]) -> None:
    """Without horizons; what a repeated value does to its own horizon is part of L1."""
    more = list(given_)
    for at, signal in repeats:
        known = [sample.value for sample in given_ if sample.signal == signal and sample.at <= at]
        if known:
            more.append(Given(signal, known[-1], at))
    more.sort(key=lambda sample: sample.at)
    end = end_of(more)
    assert run(plan, list(more), end) == run(plan, list(given_), end)


@given(plans(), samples(), st.randoms(use_true_random=False))
def test_l9_samples_of_different_signals_at_one_instant_commute(plan: Plan, given_: list[Given], chance: Any) -> None:
    """EMG-14: the samples of an instant are one batch."""
    last = {(sample.at, sample.signal): sample for sample in given_}  # of one signal the last given wins
    shuffled = list(last.values())
    chance.shuffle(shuffled)
    shuffled.sort(key=lambda sample: sample.at)
    event("another order" if shuffled != given_ else "the same order")
    end = end_of(given_)
    assert run(plan, list(shuffled), end) == run(plan, list(given_), end)


@given(plans(), disorder(), st.integers(0, 20))
def test_l10_a_replay_up_to_anywhere_goes_on_as_the_straight_run(
    plan: Plan, arrivals: list[Given | Poll], cut: int
) -> None:
    """EMG-29: what was kept (samples, and the facts of late ones) rebuilds the watch, holds that run included."""
    before, after = arrivals[:cut], arrivals[cut:]
    live = Watch(plan)
    kept: list[Sample | SampleLate] = []
    closed = None
    for arrival in before:
        facts = feed(live, [arrival])
        if isinstance(arrival, Given):
            late = [fact for fact in facts if isinstance(fact, SampleLate)]
            kept += late or [Sample("s", arrival.signal, arrival.value, at=arrival.at)]
        else:
            closed = arrival.at
    newest = [sample.at for sample in kept]
    again = Watch.replay(
        plan, kept, at=closed if closed is not None and closed >= max(newest, default=closed) else None
    )
    assert again.next_due == live.next_due
    assert [again.status(scope) for scope in again.scopes] == [live.status(scope) for scope in live.scopes]
    end = end_of(arrivals or [Poll(0)])
    assert feed(again, [*after, Poll(end)]) == feed(live, [*after, Poll(end)])


@given(plans(), samples(most=12), samples(most=12))
def test_l12_scopes_do_not_touch_each_other(plan: Plan, one: list[Given], other: list[Given]) -> None:
    """Two scopes in one watch give the facts each gives alone; of one instant the facts come in order of scope."""
    end = max(end_of(one), end_of(other))
    both = sorted([("x", sample) for sample in one] + [("y", sample) for sample in other], key=lambda pair: pair[1].at)
    watch, facts = Watch(plan), []
    for scope, sample in both:
        facts += watch.observe(Sample(scope, sample.signal, sample.value, at=sample.at))
    facts += watch.advance(end)
    for scope, alone in (("x", one), ("y", other)):
        assert [fact for fact in facts if fact.scope == scope] == feed(Watch(plan), [*alone, Poll(end)], scope)
    assert [(fact.at, fact.scope) for fact in facts] == sorted((fact.at, fact.scope) for fact in facts)


@given(
    st.sampled_from(SIGNALS),
    st.integers(0, 3),
    st.integers(0, 2),
    st.integers(0, 4),
    st.integers(0, 3),
    samples(most=40),
)
def test_l15_a_higher_threshold_or_a_longer_hold_never_rises_earlier(
    signal: str, threshold: int, higher: int, hold: int, longer: int, given_: list[Given]
) -> None:
    def first_rise(threshold: int, hold: int) -> int | None:
        trigger = Comparison(signal, ">", threshold)
        tier = Tier("III", enter=Held(trigger, timedelta(microseconds=hold)), exit=Not(trigger))
        found = rises(run(Plan("one", 1, signals=SIGNALS, tiers=[tier]), list(given_), end_of(given_)))
        return found[0] if found else None

    mild, strict = first_rise(threshold, hold), first_rise(threshold + higher, hold + longer)
    event(
        f"mild {'rises' if mild is not None else 'stays calm'}, strict {'rises' if strict is not None else 'does not'}"
    )
    assert strict is None or (mild is not None and mild <= strict)


@given(plans(), samples())
def test_reasons_are_true_and_complete(plan: Plan, given_: list[Given]) -> None:
    """EMG-14: each reason held since when it says, was not true before, and a hold is never reported before its due."""
    end = end_of(given_)
    oracle = Oracle(plan, list(given_), end)
    for fact in (fact for fact in run(plan, list(given_), end) if isinstance(fact, TierRecommended)):
        assert fact.because
        for reason in fact.because:
            condition = Condition.parse(reason.condition)
            assert all(oracle.truth(condition, at) is True for at in range(reason.since, fact.at + 1))
            assert reason.since == oracle.start or oracle.truth(condition, reason.since - 1) is not True
            assert reason.due is None or reason.due <= fact.at
            assert dict(reason.values) == {name: oracle.value(name, fact.at) for name in condition.fields}


@given(conditions, st.fixed_dictionaries({name: st.none() | st.integers(0, 4) for name in SIGNALS}))
def test_the_opposite_of_a_base_is_its_negation(condition: Condition, values: dict[str, int | None]) -> None:
    """EMG-13: ``base`` has no hold left, and ``opposite`` has Kleene's truth of ``~`` whatever is known."""
    trigger = base(condition)
    assert trigger == without_holds(condition)
    assert opposite(trigger).truth(values) is Not(trigger).truth(values)
