"""W8 of the emergency spec: the full January of a real call centre. Needs the public data set, so it is marked slow."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import watch_call_queue
from servicedesk.emergency import Plan, Sample, Tier, Watch
from servicedesk.instants import from_us

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
MINUTE = 60_000_000
Readings = list[tuple[int, int]]


@pytest.fixture(scope="module")
def readings() -> Readings:
    """How many wait, from each instant on at which that number changes: 16,479 waits."""
    data = Path(os.environ.get("SERVICEDESK_DATA") or ROOT.parent / "shared" / "data")
    path = data / "anonymous_bank_1999" / "january.txt.gz"
    if not path.is_file():
        pytest.skip("set SERVICEDESK_DATA to the directory that holds anonymous_bank_1999/january.txt.gz")
    by_day = watch_call_queue.waits_of(Console(quiet=True), path)
    waits = [wait for spans in by_day.values() for wait in spans]
    assert len(waits) == 16_479
    return watch_call_queue.queue(waits)


def rises(readings: Readings, enter: str, exit_: str, *, every: int | None = None, phase: int = 0) -> list[int]:
    """The instants at which the tier rises; with ``every``, the host advances the watch so often."""
    watch = Watch(Plan("calls", 1, signals=("waiting",), tiers=[Tier("III", enter=enter, exit=exit_)]))
    facts: list[Any] = []
    for (at, waiting), (after, _) in pairwise([*readings, (readings[-1][0] + 60 * MINUTE, 0)]):
        facts += watch.observe(Sample("bank", "waiting", waiting, at=at))
        if every is not None:
            for poll in range(at - (at - phase) % every + every, after, every):
                facts += watch.advance(poll)
    facts += watch.advance(readings[-1][0] + 60 * MINUTE)
    return [fact.at for fact in facts if fact.to_rank]


def test_w8_a_real_january_has_117_rises_on_16_days(readings: Readings) -> None:
    """W8: more than 3 waiting for more than 3 minutes, without a hold for the stand-down."""
    found = rises(readings, "held(waiting > 3, 3min)", "waiting <= 3")
    assert len(found) == 117
    assert len({from_us(at, watch_call_queue.ZONE).date() for at in found}) == 16


@pytest.mark.parametrize(
    ("enter", "exit_", "count"),
    [
        ("held(waiting >= 3, 3min)", "waiting < 3", 210),
        ("held(waiting > 5, 3min)", "waiting <= 5", 34),
        ("held(waiting > 5, 5min)", "waiting <= 5", 15),
        ("held(waiting > 8, 3min)", "waiting <= 8", 4),
        ("held(waiting > 3, 3min)", "held(waiting <= 3, 5min)", 72),
        ("held(waiting > 3, 3min)", "held(waiting <= 3, 10min)", 54),
        ("held(waiting > 3, 3min)", "held(waiting <= 3, 15min)", 43),
        ("held(waiting > 3, 3min)", "held(waiting <= 3, 20min)", 33),
    ],
)
def test_w8_thresholds_and_stand_down_holds(readings: Readings, enter: str, exit_: str, count: int) -> None:
    """W8: how the number of episodes depends on the threshold, the hold, and the calm that is asked for."""
    assert len(rises(readings, enter, exit_)) == count


@pytest.mark.parametrize("phase", [0, 17 * 1_000_000, 59_999_999])
def test_w8_polling_every_minute_changes_no_rise(readings: Readings, phase: int) -> None:
    """EMG-27: a watch is told the same by every host, however and whenever it polls."""
    straight = rises(readings, "held(waiting > 3, 3min)", "waiting <= 3")
    assert rises(readings, "held(waiting > 3, 3min)", "waiting <= 3", every=MINUTE, phase=phase) == straight


def looked_at_every_minute(readings: Readings, phase: int) -> int:
    """Count the rises of a rule that knows only what it sees at each poll, as a scraping monitor does."""
    count, since, raised, place, waiting = 0, None, False, 0, 0
    for at in range(readings[0][0] // MINUTE * MINUTE + phase, readings[-1][0] + MINUTE, MINUTE):
        while place < len(readings) and readings[place][0] <= at:
            waiting = readings[place][1]
            place += 1
        since = (at if since is None else since) if waiting > 3 else None
        before, raised = raised, since is not None and at - since >= 3 * MINUTE
        count += raised and not before
    return count


def test_w8_a_rule_that_only_looks_once_a_minute_depends_on_the_phase(readings: Readings) -> None:
    """W8: the same rule polled every 60 s, in twelve phases, finds 117 to 132 rises: that is why EMG-27 exists."""
    counts = [looked_at_every_minute(readings, second * 1_000_000) for second in range(0, 60, 5)]
    assert (min(counts), max(counts)) == (117, 132)
