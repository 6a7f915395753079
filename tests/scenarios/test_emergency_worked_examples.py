"""The worked examples W1 to W3 of the emergency spec, instant for instant."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pendulum
import pytest

from servicedesk.emergency import Plan, Sample, Signal, SignalBack, SignalLost, Tier, TierRecommended, Watch, library
from servicedesk.instants import from_us, to_us

ZONE = "Asia/Shanghai"
Reading = tuple[str, str, Any]


def at(clock: str) -> int:
    """The instant of a clock time on Monday, 2 March 2026."""
    return to_us(pendulum.parse(f"2026-03-02T{clock}", tz=ZONE))


def clock(us: int) -> str:
    return from_us(us, ZONE).format("HH:mm:ss")


def run(plan: Plan, readings: list[Reading], until: str = "23:00") -> list[Any]:
    watch = Watch(plan)
    facts: list[Any] = []
    for when, signal, value in sorted(readings, key=lambda reading: at(reading[0])):
        facts += watch.observe(Sample("assets", signal, value, at=at(when)))
    return facts + list(watch.advance(at(until)))


def moves(facts: list[Any]) -> list[tuple[str, int]]:
    return [(clock(fact.at), fact.to_rank) for fact in facts if isinstance(fact, TierRecommended)]


DOCUMENTED = [
    ("14:00", "idle", 3),
    ("14:00", "waiting", 0),
    ("14:30", "waiting", 4),
    ("14:30", "idle", 0),
    ("14:33", "abandonment", Fraction(6, 100)),
    ("14:45", "waiting", 0),
    ("14:45", "idle", 3),
    ("14:45", "abandonment", Fraction(2, 100)),
]


def test_w1_the_documented_case_rises_at_1433_and_ends_at_1500() -> None:
    """W1, EMG-53: III at 14:33:00, normal at 15:00:00, 12 + 15 = 27 minutes; one tier is the whole plan."""
    facts = run(library.yunnan_tier_three(), DOCUMENTED)
    assert moves(facts) == [("14:33:00", 1), ("15:00:00", 0)]
    rise, fall = facts
    assert (rise.scope, rise.tier, rise.episode) == ("assets", "III", 1)
    assert rise.why(ZONE) == "waiting > 3 held 3 min since 14:30:00"
    assert (fall.tier, fall.episode, fall.at - rise.at) == ("normal", 1, 27 * 60 * 1_000_000)
    assert fall.why(ZONE) == (
        "(idle >= 3) & (waiting <= 3) held 15 min since 14:45:00; abandonment <= 2% since 14:45:00; "
        "waiting == 0 since 14:45:00"
    )


def test_w1_reasons_are_values_before_they_are_text() -> None:
    """EMG-14: which condition of which tier, with which values, since when, how long, and due when."""
    rise, fall = run(library.yunnan_tier_three(), DOCUMENTED)
    [reason] = rise.because
    assert (reason.tier, reason.condition, dict(reason.values)) == ("III", "waiting > 3", {"waiting": 4})
    assert (reason.since, reason.held, reason.due) == (at("14:30"), timedelta(minutes=3), at("14:33"))
    held, loss, queue = fall.because
    assert (held.due, loss.due, queue.held) == (at("15:00"), None, None)
    assert dict(loss.values) == {"abandonment": Fraction(1, 50)}


# --- W2: one rule, eight days -----------------------------------------------------------------------------------------

ENTER = "held(waiting > 5, 2min)"
GATE_OUTSIDE = "held(idle >= 2, 10min) & abandonment <= 3%"
GATE_INSIDE = "held(idle >= 2 & abandonment <= 3%, 10min)"
BASE: list[Reading] = [
    ("09:00:00", "waiting", 6),
    ("09:00:00", "idle", 0),
    ("09:01:00", "abandonment", Fraction(8, 100)),
    ("09:08:00", "waiting", 1),
    ("09:08:00", "idle", 2),
    ("09:08:00", "abandonment", Fraction(3, 100)),
]


def rule(exit_: str = GATE_OUTSIDE, horizon: str | None = None) -> Plan:
    signals = (Signal("waiting", horizon), "idle", "abandonment")
    return Plan("one rule", 1, signals=signals, tiers=(Tier("III", enter=ENTER, exit=exit_),))


def without(signal: str) -> list[Reading]:
    return [reading for reading in BASE if reading[1] != signal]


UNKNOWN_FOR_A_WHILE: list[Reading] = [("09:15:00", "abandonment", None), ("09:21:00", "abandonment", Fraction(2, 100))]
EVERY_HALF_MINUTE: list[Reading] = [
    *[(f"09:{minute:02}:{second}", "waiting", 6) for minute in range(5) for second in ("00", "30")],
    ("09:05:00", "waiting", 6),
    *[(f"09:{minute}:{second}", "waiting", 0) for minute in range(14, 30) for second in ("00", "30")],
]
ALL_DAY_IDLE: list[Reading] = [
    ("08:00:00", "idle", 4),
    ("08:00:00", "abandonment", Fraction(1, 100)),
    ("09:00:00", "waiting", 6),
    ("09:06:00", "waiting", 5),
]


@pytest.mark.parametrize(
    ("readings", "exit_", "rise", "fall"),
    [
        pytest.param(BASE, GATE_OUTSIDE, "09:02:00", "09:18:00", id="none"),
        pytest.param(
            [*BASE, ("09:01:30", "waiting", 5), ("09:01:31", "waiting", 7)],
            *(GATE_OUTSIDE, "09:03:31", "09:18:00"),
            id="one second breaks a hold",
        ),
        pytest.param([*BASE, ("09:02:00", "waiting", 5)], GATE_OUTSIDE, None, None, id="falls at the due instant"),
        pytest.param(
            [*BASE, ("08:00:00", "idle", 2), ("09:12:00", "waiting", 9), ("09:12:20", "waiting", 1)],
            *(GATE_OUTSIDE, "09:02:00", "09:22:20"),
            id="clear clock only while the trigger is false",
        ),
        pytest.param(
            BASE + UNKNOWN_FOR_A_WHILE, GATE_OUTSIDE, "09:02:00", "09:21:00", id="the gate waits for evidence"
        ),
        pytest.param(BASE + UNKNOWN_FOR_A_WHILE, GATE_INSIDE, "09:02:00", "09:31:00", id="Unknown restarts a hold"),
        pytest.param(ALL_DAY_IDLE, GATE_OUTSIDE, "09:02:00", "09:16:00", id="clock from 09:06, not from the morning"),
    ],
)
def test_w2_one_rule_eight_days(readings: list[Reading], exit_: str, rise: str | None, fall: str | None) -> None:
    """EMG-9, 10, 13, 16: what breaks a hold, what starts the clear clock, what Unknown does."""
    expected = [(rise, 1), (fall, 0)] if rise else []
    assert moves(run(rule(exit_), readings)) == expected


def test_w2_a_lost_signal_ends_nothing_and_is_reported() -> None:
    """EMG-1, 2: waiting is Unknown from 09:06:30 to 09:14:00; the fall waits for ten minutes of evidence."""
    facts = run(rule(horizon="90s"), [*without("waiting"), *EVERY_HALF_MINUTE], until="09:30")
    lost, back = (next(fact for fact in facts if isinstance(fact, kind)) for kind in (SignalLost, SignalBack))
    assert (clock(lost.at), lost.signal, clock(lost.last)) == ("09:06:30", "waiting", "09:05:00")
    assert (clock(back.at), back.signal, back.gap) == ("09:14:00", "waiting", timedelta(minutes=7, seconds=30))
    assert moves(facts) == [("09:02:00", 1), ("09:24:00", 0)]
    assert len(facts) == 4


# --- W3: nested tiers -------------------------------------------------------------------------------------------------

NESTED = Plan(
    "nested",
    1,
    signals=("waiting",),
    tiers=(
        Tier("III", enter="held(waiting > 5, 2min)", exit="held(waiting <= 2, 6min)"),
        Tier("II", enter="held(waiting > 12, 2min)", exit="held(waiting <= 8, 4min)"),
        Tier("I", enter="held(waiting > 20, 1min)", exit="held(waiting <= 15, 3min)"),
    ),
)
LOAD = [
    ("10:00:00", "waiting", 7),
    ("10:01:30", "waiting", 22),
    ("10:05:00", "waiting", 14),
    ("10:11:00", "waiting", 6),
    ("10:20:00", "waiting", 1),
]


def test_w3_nested_tiers_jump_up_and_come_down_rank_by_rank() -> None:
    """EMG-14, 15: rank 3 is reached before rank 2's own hold would be complete at 10:03:30."""
    facts = run(NESTED, LOAD)
    expected = [("10:02:00", 1), ("10:02:30", 3), ("10:08:00", 2), ("10:15:00", 1), ("10:26:00", 0)]
    assert moves(facts) == expected
    assert [fact.tier for fact in facts] == ["III", "I", "II", "III", "normal"]
    assert {fact.episode for fact in facts} == {1}  # EMG-17: from leaving rank 0 until it is reached again


def test_a_fall_through_several_ranks_is_one_fact_with_all_reasons() -> None:
    """EMG-14, 15: exits that are true at one instant are passed together, each with its own reason."""
    facts = run(NESTED, [("10:00", "waiting", 30), ("10:30", "waiting", None), ("10:40", "waiting", 0)])
    assert moves(facts) == [("10:01:00", 3), ("10:43:00", 2), ("10:44:00", 1), ("10:46:00", 0)]
    plan = Plan(
        "together",
        1,
        signals=("waiting",),
        tiers=[Tier(str(n), enter=f"waiting > {n}", exit=f"held(waiting <= {n}, 1min)") for n in (1, 2, 3)],
    )
    rise, fall = run(plan, [("10:00", "waiting", 9), ("10:30", "waiting", 0)])
    assert (rise.from_rank, rise.to_rank, fall.from_rank, fall.to_rank) == (0, 3, 3, 0)
    assert [(reason.tier, reason.condition) for reason in fall.because] == [
        ("3", "waiting <= 3"),
        ("2", "waiting <= 2"),
        ("1", "waiting <= 1"),
    ]


def test_episodes_are_numbered_per_scope() -> None:
    """EMG-17: the number of an episode never depends on a measured value, nor on another scope."""
    plan = Plan("plain", 1, signals=("waiting",), tiers=[Tier("III", enter="waiting > 3", exit="waiting <= 3")])
    watch, facts = Watch(plan), []
    for minute, scope, value in ((0, "a", 9), (1, "a", 0), (2, "b", 9), (3, "a", 5), (4, "b", 0), (5, "a", 1)):
        facts += watch.observe(Sample(scope, "waiting", value, at=minute))
    facts += watch.advance(9)
    assert [(fact.scope, fact.at, fact.to_rank, fact.episode) for fact in facts] == [
        ("a", 0, 1, 1),
        ("a", 1, 0, 1),
        ("b", 2, 1, 1),
        ("a", 3, 1, 2),
        ("b", 4, 0, 1),
        ("a", 5, 0, 2),
    ]
