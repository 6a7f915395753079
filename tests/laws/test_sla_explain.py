"""A clock's explanation is gapless, adds up to its elapsed time, and names what the history says (SLA-80)."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import event, given
from hypothesis import strategies as st

from oracles.ticket_stories import MONDAY, OFFICE, POLICY, histories
from servicedesk.sla import Calendar, Clock, Goal, TicketClocks
from servicedesk.sla.facts import ClockRetargeted

HOUR = 3_600_000_000
OTHER = Calendar.weekly("daily 10:00-20:00", zone="Asia/Shanghai", name="other")


def lived(history) -> TicketClocks:
    (at, values), *rest = history
    clocks = TicketClocks.accept(POLICY, ticket="T", at=at, values=values)
    for at, values in rest:
        clocks = clocks.observe(values, at=at)
    return clocks


@given(histories(), st.integers(0, 4000), st.booleans())
def test_sla_80_the_segments_of_a_clock_are_gapless_and_sum_to_its_elapsed_time(history, later, with_facts):
    """Law 11 for clocks: from the start of the cycle to now or its end, with and without the recorded facts."""
    clocks = lived(history)
    now = clocks.at_us + later * 60_000_000
    for clock in clocks.clocks:
        status = clock.status(now)
        rows = (clock if with_facts else clock.drop_changes()).explain(now)
        event(f"carried: {any(row.kind == 'carried' for row in rows)}")
        event(f"paused: {any(row.kind == 'paused' for row in rows)}")
        assert rows.elapsed == status.elapsed
        assert sum((row.counted_us for row in rows), 0) == status.elapsed_us
        if len(rows):
            end = clock.at_us if clock.ended else now
            assert (rows[0].start_us, rows[-1].end_us) == (clock.started_us, end)
        assert all(left.end_us == right.start_us for left, right in pairwise(rows))


@given(histories())
def test_sla_80_what_is_paused_is_what_the_history_says(history):
    """SLA-57, 80: paused rows are the stretches in which a reason held, or the ticket was resolved."""
    clocks = lived(history)
    (clock,) = [one for one in clocks.clocks if one.goal.metric == "resolution"]
    end = clock.at_us if clock.ended else clocks.at_us
    reasons = {"with_customer": "customer", "with_vendor": "vendor", "done": "completed"}
    expected, resolved = [], False
    for (at, values), (later, _) in pairwise(history):
        resolved = (resolved or values["event"] == "resolved") and values["event"] != "reopened"
        reason = "completed" if resolved else reasons.get(values["state"])
        stretch = (max(at, clock.started_us), min(later, end))
        if reason is not None and stretch[0] < stretch[1]:
            if expected and expected[-1][1:] == (stretch[0], reason):
                expected[-1] = (expected[-1][0], stretch[1], reason)
            else:
                expected.append((*stretch, reason))
    found = []
    for row in clock.explain(clocks.at_us):
        if row.kind == "paused":
            if found and found[-1][1:] == (row.start_us, row.name):
                found[-1] = (found[-1][0], row.end_us, row.name)
            else:
                found.append((row.start_us, row.end_us, row.name))
    event(f"stretches: {len(expected)}")
    assert found == expected


@given(
    st.integers(1, 40),
    st.integers(0, 60),
    st.sampled_from(["keep_elapsed", "restart", "proportional", "retroactive"]),
    st.sampled_from(["from_start", "from_now"]),
)
def test_sla_80_a_changed_promise_stands_where_it_changed(first, second, carry, counting):
    """SLA-65, 80: with the goals at hand each stretch is counted on the calendar of its time."""
    old = Goal("resolution", within="100h", calendar=OFFICE, stop="resolved")
    new = Goal("resolution", within="60h", calendar=OTHER, stop="resolved")
    changed, now = MONDAY + first * HOUR, MONDAY + (first + second) * HOUR
    clock = Clock.start(old, at=MONDAY).retarget(new, at=changed, carry=carry, counting=counting)

    def goal_of(fact) -> Goal:
        return new if isinstance(fact, ClockRetargeted) else old

    rows = clock.explain(now, goals=goal_of)
    place = next(number for number, row in enumerate(rows) if row.kind == "carried")
    before, carried, after = rows[:place], rows[place], rows[place + 1 :]
    assert carried.start_us == carried.end_us == changed
    assert sum(row.counted_us for row in before) == OFFICE.elapsed_us(MONDAY, changed)
    assert sum(row.counted_us for row in after) == OTHER.elapsed_us(changed, now)
    assert rows.elapsed == clock.status(now).elapsed
