"""Laws of date goals (SLA-40 to SLA-45): working dates against a walk from date to date over the minutes that ran."""

from __future__ import annotations

from datetime import date, timedelta

from attrs import frozen
from hypothesis import assume, event, given
from hypothesis import strategies as st

from oracles.clock_lives import crossings
from oracles.minute_walk import Hours
from oracles.sla_calendars import hours, weekly_text
from oracles.stepped_clock import MINUTE
from servicedesk.sla import Calendar, Clock, Escalation, Goal, Latest, Pause, Until, WorkingDays

FIRST = date(2026, 3, 2)  # a Monday
ORIGIN = (FIRST - date(1970, 1, 1)).days * 1440 * MINUTE - 8 * 60 * MINUTE  # its midnight at +08:00
DAY = 1440


@frozen
class Case:
    """A calendar at +08:00, a limit, a start and pauses, in minutes since midnight of the first date."""

    table: Hours
    limit: WorkingDays
    boundary: str
    start: int
    pauses: tuple[tuple[int, int], ...]

    @property
    def goal(self) -> Goal:
        calendar = Calendar.weekly(weekly_text(self.table), zone="+08:00", name="desk")
        return Goal(
            "answer",
            within=self.limit,
            calendar=calendar,
            boundary=self.boundary,
            warn_at=("1/3", "4/5"),
            warn_before=("30min",),
            escalations=(Escalation("10min", "boss"),),
        )

    def clock(self) -> Clock:
        return Clock.start(self.goal, at=instant(self.start), ticket="T-7")


def instant(minute: int) -> int:
    return ORIGIN + minute * MINUTE


_walls = st.integers(0, DAY - 1).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")


@st.composite
def cases(draw: st.DrawFn, on_pause: str) -> Case:
    """Draw a case; pauses begin and end anywhere, and on closings too."""
    table = draw(hours())
    limit = WorkingDays(
        draw(st.integers(0, 6)),
        by=draw(st.sampled_from(["close", "close", "same_time"]) | _walls),
        cutoff=draw(st.none() | _walls),
        off_day=draw(st.sampled_from([None, "next_working_day"])),
        roll=draw(st.sampled_from([None, None, "close", "open"])),
        on_pause=on_pause,
    )
    start = draw(st.integers(0, 4 * DAY))
    ends = [day * DAY + end for day in range(9) for _, end in table.get(day % 7, ())]
    edges = draw(st.lists(st.integers(start, 14 * DAY) | st.sampled_from(ends), max_size=6))
    cuts = sorted(edge for edge in edges if edge >= start)
    pauses = tuple(zip(cuts[::2], cuts[1::2], strict=False))
    return Case(table, limit, draw(st.sampled_from(["inclusive", "strict", "by_due"])), start, pauses)


def wall_minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:5])


class Walk:
    """Goes from date to date, as far as the pauses up to a minute tell (SLA-41 to 44); dates are counted from 0."""

    def __init__(self, case: Case, known: int) -> None:
        self.case, self.limit, self.table = case, case.limit, case.table
        pauses = () if self.limit.on_pause == "ignore" else case.pauses
        self.held = {at for since, until in pauses for at in range(since, min(until, known))}

    def works(self, day: int) -> bool:
        return bool(self.table.get(day % 7))

    def follow(self, day: int) -> int:
        return next(later for later in range(day + 1, day + 60) if self.works(later))

    def close(self, day: int) -> int:
        return day * DAY + max(end for _, end in self.table[day % 7])

    def is_open(self, at: int) -> bool:
        days = [at // DAY - 1, at // DAY]
        return any(
            day * DAY + first <= at < day * DAY + end for day in days for first, end in self.table.get(day % 7, ())
        )

    def promised(self, day: int) -> int:
        if self.limit.by == "close":
            return self.close(day)
        due = day * DAY + (self.case.start % DAY if self.limit.by == "same_time" else wall_minutes(self.limit.by))
        if self.limit.roll == "close":
            return min(due, self.close(day))
        while self.limit.roll == "open" and not self.is_open(due):
            due += 1
        return due

    def ran_up_to(self, at: int) -> bool:
        return at - 1 not in self.held

    def received(self) -> int:
        day, wall = divmod(self.case.start, DAY)
        if self.works(day):
            late = self.limit.cutoff is not None and wall >= wall_minutes(self.limit.cutoff)
            return self.follow(day) if late else day
        return self.follow(day) if self.limit.off_day else day

    def due(self) -> int:
        day, counted = self.received(), 0
        today = self.limit.n == 0 and self.works(day) and self.promised(day) > self.case.start
        if today and self.ran_up_to(self.promised(day)):
            return self.promised(day)
        while True:
            day = self.follow(day)
            run = self.ran_up_to(self.close(day))
            in_time = run or self.promised(day) < self.close(day)
            if counted + 1 >= self.limit.n and in_time and self.ran_up_to(self.promised(day)):
                return self.promised(day)
            counted += run


def walk(case: Case, known: int) -> int:
    """Return the due minute."""
    return Walk(case, known).due()


@given(cases("extend"))
def test_sla_41_to_44_a_limit_of_working_dates_is_what_a_walk_over_the_dates_finds(case):
    """SLA-41 to 44: due at start, while held, and after each pause; a date counts if the clock ran at its closing."""
    clock, closings = case.clock(), [Walk(case, 0).close(day) for day in range(9) if case.table.get(day % 7)]
    rising = case.limit.by != "close" or closings == sorted(closings)
    assert clock.due_us == instant(walk(case, case.start))
    for since, until in case.pauses:
        before = clock.due_us
        clock = clock.pause("supplier", at=instant(since))
        assert clock.due_us is None
        used_up = before <= instant(since)
        expected = before if used_up else instant(walk(case, until))
        assert clock.due_if_resumed(instant(until)) == clock.goal.calendar.local(expected)
        clock = clock.resume("supplier", at=instant(until))
        event(f"used up: {used_up}, moved: {clock.due_us > before}, by {case.limit.by[:5]}")
        assert clock.due_us == expected
        if rising:  # a night that outlasts all hours of the next date closes after it: that date is the earlier one
            assert clock.due_us >= before  # law 16
        clock = clock.advance(clock.at_us)
        again = clock.retarget(clock.goal, at=clock.at_us)  # law 18
        assert (again.due_us, again.breach_at_us, again.breached) == (clock.due_us, clock.breach_at_us, clock.breached)
    assert Clock.replay(case.goal, clock.changes) == clock
    log = [Pause("supplier", instant(since), instant(until)) for since, until in case.pauses]
    known_at_once = case.goal.date_us(clock.started_us, {}, log)
    assert known_at_once == instant(walk(case, 99 * DAY))


@given(cases("ignore"))
def test_sla_44_58_a_goal_that_pauses_do_not_move_runs_on(case):
    """SLA-44, 58: due stays, thresholds fire while paused, and the breach is told by instants alone."""
    clock, free = case.clock(), case.clock()
    for since, until in case.pauses:
        clock = clock.pause("supplier", at=instant(since))
        assert clock.due_us == free.due_us == instant(walk(case, case.start))
        clock = clock.resume("supplier", at=instant(until))
    late = max(clock.at_us, instant(60 * DAY))
    assert crossings(clock.advance(late).changes) == crossings(free.advance(late).changes)
    assert Clock.replay(case.goal, clock.changes) == clock
    stop = case.pauses[-1][1] if case.pauses else case.start
    due, at = free.due_us, instant(stop)
    kept = at < due if case.boundary == "strict" else at <= due
    event(f"met: {kept}")
    assert clock.stop(at=at).met == kept


@given(cases("forbid"))
def test_sla_62_a_date_goal_divides_the_working_time_up_to_due(case):
    """SLA-62: its warnings and escalations are those of a duration goal as long as the working time up to due."""
    clock = case.clock()
    total = clock.goal.calendar.elapsed_us(clock.started_us, clock.due_us)
    assert clock.goal_us == total
    assume(total > 30 * MINUTE)
    event("a real ladder")
    measured = Goal(
        "answer",
        within=timedelta(microseconds=total),
        calendar=clock.goal.calendar,
        warn_at=clock.goal.warn_at,
        warn_before=clock.goal.warn_before,
        escalations=clock.goal.escalations,
    )
    end = clock.due_us + 30 * DAY * MINUTE
    dated = crossings(clock.advance(end).changes)
    twin = crossings(Clock.start(measured, at=clock.started_us).advance(end).changes)
    assert [each for each in dated if each[1] != ("breach",)] == [each for each in twin if each[1] != ("breach",)]
    breach = clock.due_us + (case.boundary != "strict")
    assert [each[0] for each in dated if each[1] == ("breach",)] == [breach]


@given(cases("forbid"), st.integers(-500, 3000), st.integers(0, 500))
def test_sla_45_until_and_latest_are_the_instants_they_name(case, ahead, later):
    """SLA-45: a past value is due at start and says so; of several the latest counts."""
    calendar, start = case.goal.calendar, instant(case.start)
    value = start + ahead * MINUTE
    until = Goal("visit", within=Until("booked_at"), calendar=calendar, warn_before=("1h",))
    clock = Clock.start(until, at=start, values={"booked_at": value, "other": "text"})
    status = clock.status(start)
    assert status.due_us == max(start, value)
    assert status.due_at_start == (ahead <= 0)
    assert clock.advance(max(start, value) + 1).breached
    both = Goal("visit", within=Latest(f"{later}min" if later else "1min", Until(value)), calendar=calendar)
    due = Clock.start(both, at=start).due_us
    assert due == max(calendar.add_us(start, max(later, 1) * MINUTE), value)
    restored = Clock.replay(until, clock.changes)
    assert restored == clock


def test_sla_44_of_the_last_date_nothing_after_by_matters():
    """SLA-44: due on Tuesday at 10:00, though a pause later that day held the clock over the closing."""
    office = Calendar.weekly("daily 08:00-18:00", zone="+08:00")
    clock = Clock.start(Goal("answer", within="99h", calendar=office), at=instant(600))
    clock = clock.pause("supplier", at=instant(DAY + 660)).resume("supplier", at=instant(2 * DAY + 540))
    tenth = WorkingDays(1, by="10:00", on_pause="extend")
    changed = clock.retarget(Goal("answer", within=tenth, calendar=office), at=instant(2 * DAY + 600))
    assert (changed.due_us, changed.breach_at_us) == (instant(DAY + 600), instant(DAY + 600) + 1)
    assert changed.goal_us == 10 * 60 * MINUTE
