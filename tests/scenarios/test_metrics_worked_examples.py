"""The worked examples of metrics §4 that tickets alone can tell: W4, W5, W6, W7 (first line), W8 (backlog)."""

from fractions import Fraction

import pendulum
import pytest
from attrs import evolve

from servicedesk.events import (
    ClockBreached,
    ClockCancelled,
    ClockPaused,
    ClockStarted,
    ClockStopped,
    TicketAccepted,
    TicketAssigned,
    TicketImported,
    TicketMoved,
)
from servicedesk.instants import to_us
from servicedesk.metrics import Kpi, Period, Ratio, Target, library, scorecard

SHANGHAI = "Asia/Shanghai"
MARCH = Period.month(2026, 3, zone=SHANGHAI)


def instant(month, day, hour=12, minute=0):
    return to_us(pendulum.datetime(2026, month, day, hour, minute, tz=SHANGHAI))


def accepted(ticket, at, **values):
    names = {"workflow": "fault", "workflow_version": 1, "state": "new", "category": "new", "line": 1}
    return TicketAccepted(ticket=ticket, at=at, actor="seat", **{**names, **values})


def moved(ticket, at, category, source="new", **values):
    names = {"step": None, "source": source, "target": category, "category": category, "entered": at, "line": 1}
    return TicketMoved(ticket=ticket, at=at, actor="seat", **{**names, **values})


def promised(ticket, start, due, stop=None):
    """A resolution clock that is broken one microsecond after due, and stops at ``stop``."""
    clock = {"ticket": ticket, "metric": "resolution", "due": due, "breach_at": due + 1}
    facts = [ClockStarted(**clock, at=start, elapsed=0, goal=due - start, stop="resolved")]
    if stop is not None:
        facts.append(ClockStopped(**clock, at=stop, elapsed=stop - start, met=stop <= due))
    return facts


APRIL_1 = instant(4, 1, 0)
W4 = {  # accepted, due, resolved
    "T1": (instant(2, 26), instant(3, 2), instant(3, 1)),
    "T2": (instant(2, 27), instant(3, 3), instant(3, 5)),
    "T3": (instant(3, 3), instant(3, 6), instant(3, 5)),
    "T4": (instant(3, 10), instant(3, 13), instant(3, 13)),
    "T5": (instant(3, 12), instant(3, 17), None),
    "T6": (instant(2, 28), instant(3, 25), instant(4, 2)),
    "T7": (instant(3, 27), APRIL_1, instant(3, 31)),
    "T8": (instant(3, 30), instant(4, 3), None),
}


def w4_facts():
    for ticket, (start, due, resolved) in W4.items():
        yield accepted(ticket, start)
        yield from promised(ticket, start, due, resolved)
        if resolved is not None:
            yield moved(ticket, resolved, "resolved")
    for ticket, outcome in (("T9", "withdrawn"), ("T10", "duplicate")):
        yield accepted(ticket, instant(3, 4))
        yield from promised(ticket, instant(3, 4), instant(3, 9))
        yield moved(ticket, instant(3, 5), "closed", outcome=outcome)
        yield ClockCancelled(ticket=ticket, at=instant(3, 5), metric="resolution", elapsed=0, due=instant(3, 9))


ON_TIME = library.on_time_resolution(stop="resolved")
ON_TIME_ACCEPTED = evolve(ON_TIME, name="on_time_resolution_by_accepted", by="accepted")


def test_W4_the_same_month_by_three_cohorts():
    """W4, KPI-4, KPI-7, KPI-9: 50 %, 80 % and 2 of 3 from one set of facts."""
    by_resolved = library.on_time_resolution(stop="resolved", by="stopped")
    card = scorecard([ON_TIME, by_resolved, ON_TIME_ACCEPTED], w4_facts(), MARCH, as_of=APRIL_1)
    assert card["on_time_resolution"].ratio == Ratio(3, 6)
    assert card["on_time_resolution"].excluded == {"withdrawn": 1, "merged": 1}
    assert card["on_time_resolution_by_stopped"].ratio == Ratio(4, 5)
    assert card["on_time_resolution_by_accepted"].ratio == Ratio(2, 3)
    assert card["on_time_resolution_by_accepted"].excluded == {"withdrawn": 1, "merged": 1, "immature": 2}


def test_W4_is_final_when_the_last_promise_has_ended():
    """W4, KPI-7: the accepted cohort waits for T8, due on 3 April."""
    card = scorecard([ON_TIME, ON_TIME_ACCEPTED], w4_facts(), MARCH, as_of=APRIL_1)
    assert to_us(card["on_time_resolution_by_accepted"].final_at) == instant(4, 3) + 1
    assert to_us(card["on_time_resolution"].final_at) == APRIL_1
    final = scorecard([ON_TIME_ACCEPTED], w4_facts(), MARCH, as_of=instant(4, 4))[ON_TIME_ACCEPTED.name]
    assert (final.ratio, final.immature) == (Ratio(3, 5), 0)


def test_a_month_closed_twice_keeps_its_first_card():
    """KPI-5, definition of done: what is learnt in April restates March only where April is asked about."""
    facts = list(w4_facts())
    assert scorecard([ON_TIME], facts, MARCH) == scorecard([ON_TIME], facts, MARCH, as_of=APRIL_1)
    assert scorecard([ON_TIME], facts, MARCH, as_of=instant(4, 9))["on_time_resolution"].ratio == Ratio(3, 6)


@pytest.mark.parametrize(("breach_at", "counted"), [(APRIL_1 - 1, 1), (APRIL_1, 1), (APRIL_1 + 1, 0)])
def test_a_promise_counts_once_it_has_ended_at_as_of_and_not_before(breach_at, counted):
    """KPI-7, KPI-10: an unstopped clock is breached iff breach_at ≤ as_of, whether or not anybody recorded it."""
    start, due = instant(3, 30), instant(3, 31)
    clock = ClockStarted(
        ticket="T", at=start, metric="resolution", elapsed=0, due=due, breach_at=breach_at, goal=1, stop="resolved"
    )
    overdue = evolve(ON_TIME, name="overdue", counts="resolution_met == false", better="lower")
    card = scorecard([ON_TIME, overdue], [accepted("T", start), clock], MARCH)
    assert (card["on_time_resolution"].ratio, card["on_time_resolution"].immature) == (Ratio(0, counted), 1 - counted)
    assert card["overdue"].ratio == Ratio(counted, counted)


def test_a_paused_clock_without_due_is_in_no_due_cohort_and_shown_beside():
    """KPI-10: ``paused_open`` counts it; a figure that must wait for it has no final instant yet."""
    start, due = instant(3, 2), instant(3, 9)
    pause = ClockPaused(ticket="T", at=instant(3, 3), metric="resolution", elapsed=0, reason="customer")
    facts = [accepted("T", start), *promised("T", start, due), pause]
    card = scorecard([ON_TIME, ON_TIME_ACCEPTED], facts, MARCH)
    assert (card["on_time_resolution"].members, card["on_time_resolution"].beside) == (0, {"paused_open": 1})
    assert card["on_time_resolution_by_accepted"].immature == 1
    assert card["on_time_resolution_by_accepted"].final_at is None


def test_a_pause_after_the_breach_hides_nothing():
    """KPI-10, SLA-58: the broken promise stays due where it was."""
    start, due = instant(3, 2), instant(3, 9)
    clock = {"ticket": "T", "metric": "resolution", "elapsed": 0, "breach_at": due + 1}
    breach = ClockBreached(**clock, at=due + 1, due=due)
    pause = ClockPaused(**clock, at=instant(3, 10), reason="customer")
    line = scorecard([ON_TIME], [accepted("T", start), *promised("T", start, due), breach, pause], MARCH)
    assert line["on_time_resolution"].ratio == Ratio(0, 1)
    assert line["on_time_resolution"].beside == {}


def test_a_clock_stopped_during_a_pause_counts_where_it_was_last_due():
    """KPI-10: its verdict must land in some period; the last due instant that was known decides."""
    start, due = instant(3, 2), instant(3, 9)
    pause = ClockPaused(ticket="T", at=instant(3, 3), metric="resolution", elapsed=0, reason="customer")
    stop = ClockStopped(ticket="T", at=instant(3, 4), metric="resolution", elapsed=0, met=True)
    line = scorecard([ON_TIME], [accepted("T", start), *promised("T", start, due), pause, stop], MARCH)
    assert line["on_time_resolution"].ratio == Ratio(1, 1)


def test_cancelling_a_clock_hides_no_breach():
    """KPI-10, SLA-66: a cancelled clock is not judged; one that was broken before is shown beside."""
    start, due = instant(3, 2), instant(3, 9)
    cancel = ClockCancelled(
        ticket="T",
        at=instant(3, 10),
        metric="resolution",
        elapsed=0,
        due=due,
        breach_at=due + 1,
        breached_before_cancel=True,
    )
    facts = [accepted("T", start), *promised("T", start, due), cancel]
    line = scorecard([ON_TIME], facts, MARCH)["on_time_resolution"]
    assert (line.ratio, line.excluded) == (Ratio(0, 0), {"not_among": 1})
    assert line.beside == {"breached_before_cancel": 1}
    assert scorecard([ON_TIME], facts, MARCH.next())["on_time_resolution"].beside == {}  # it was due in March


def test_only_clocks_that_stop_where_the_figure_says_are_judged():
    """KPI-32, SLA-47: a figure named "closed in time" does not judge clocks that end at resolved."""
    facts = list(w4_facts())
    line = scorecard([library.on_time_resolution(stop="closed")], facts, MARCH)["on_time_resolution"]
    assert (line.counted, line.excluded["not_among"]) == (0, 6)


def test_a_verdict_needs_no_ticket_stream():
    """KPI-10: verdicts are read from clock facts alone."""
    start, due = instant(3, 2), instant(3, 9)
    line = scorecard([ON_TIME], promised("T", start, due, stop=due), MARCH)["on_time_resolution"]
    assert line.ratio == Ratio(1, 1)


def w5_facts():
    for number in range(90):
        at = instant(3, 1 + number % 20, 9)
        yield from (accepted(f"A{number}", at - 1), moved(f"A{number}", at, "resolved"))
        if number < 6:
            yield moved(f"A{number}", at + 7 * 86_400_000_000, "active", "resolved")
    for number in range(10):
        at = instant(3, 26, number)
        yield from (accepted(f"B{number}", at - 1), moved(f"B{number}", at, "resolved"))
    yield moved("B0", instant(3, 27), "active", "resolved")


def test_W5_immature_subjects_leave_both_sides():
    """W5, KPI-7: 6/90, not 7/91 (failures before successes) and not 7/100; final on 8 April 00:00."""
    line = scorecard([library.reopen_rate("7d")], w5_facts(), MARCH)["reopen_rate"]
    assert (line.ratio, line.immature) == (Ratio(6, 90), 10)
    assert line.final_at == pendulum.datetime(2026, 4, 8, tz=SHANGHAI)
    assert line.text == "6.67 %"


def test_W5_when_the_window_has_passed():
    """W5: at the end of the look-ahead the early failure counts, once."""
    (line,) = scorecard([library.reopen_rate("7d")], w5_facts(), MARCH, as_of=instant(4, 8, 0))
    assert (line.ratio, line.immature) == (Ratio(7, 100), 0)


@pytest.mark.parametrize(("extra", "ratio"), [(-1, Ratio(1, 1)), (0, Ratio(1, 1)), (1, Ratio(0, 1))])
def test_the_window_of_reopening_is_closed_at_its_end(extra, ratio):
    """KPI-7: ``[event, event + w]``."""
    at = instant(3, 2)
    again = moved("T", at + 7 * 86_400_000_000 + extra, "active", "resolved")
    facts = [accepted("T", at), moved("T", at, "resolved"), again]
    assert scorecard([library.reopen_rate("7d")], facts, MARCH)["reopen_rate"].ratio == ratio


@pytest.mark.parametrize(("later", "immature"), [(-1, 1), (0, 1), (1, 0)])
def test_a_subject_is_mature_only_after_its_whole_window(later, immature):
    """KPI-7: ``event + w < as_of``, because a fact exactly at its end is not known at that instant."""
    at = instant(3, 2)
    as_of = at + 7 * 86_400_000_000 + later
    facts = [accepted("T", at), moved("T", at, "resolved")]
    assert scorecard([library.reopen_rate("7d")], facts, MARCH, as_of=as_of)["reopen_rate"].immature == immature


def test_W6_digits_are_added_until_the_text_agrees_with_the_verdict():
    """W6, KPI-2: 9.995 % meets < 10 %, and is not printed as 10.00 %."""
    target = Target("<", "10 %")
    assert target.verdict(Ratio(1999, 20_000)) == "met"
    assert Ratio(1999, 20_000).text(target=target) == "1,999 / 20,000 = 9.995 %"
    assert Ratio(1999, 20_000).text() == "1,999 / 20,000 = 10.00 %"


def test_W6_branches_add_their_counts():
    """W6, KPI-12, KPI-13: 2/4 and 90/100 are 92/104 = 88.46 %, not 70 %."""
    total = Ratio(2, 4) + Ratio(90, 100)
    assert (total, total.text()) == (Ratio(92, 104), "92 / 104 = 88.46 %")


def test_W7_first_line_resolution_is_over_solved_tickets():
    """W7: 700 solved on line 1, 300 passed on, 285 of them solved: 700/985 = 71.07 %, and 985/985 for line 2."""
    at, facts = instant(3, 2), []
    for number in range(1000):
        ticket = f"T{number}"
        facts.append(accepted(ticket, at))
        if number >= 700:
            facts.append(TicketAssigned(ticket=ticket, at=at, actor="seat", group="experts", assignee=None, line=2))
        outcome = "solved" if number < 985 else "refused"
        facts.append(moved(ticket, at + 1, "resolved", line=1 if number < 700 else 2, outcome=outcome))
    card = scorecard([library.first_line_resolution(line=line) for line in (1, 2)], facts, MARCH)
    assert card["first_line_resolution"].ratio == Ratio(700, 985)
    assert card["first_line_resolution"].text == "71.07 %"
    assert card["first_line_resolution_2"].ratio == Ratio(985, 985)
    assert card["first_line_resolution"].excluded == {"not_among": 15}


def w8_facts():
    yield accepted("T1", instant(3, 2, 8))
    yield moved("T1", instant(3, 2, 10), "resolved")
    yield accepted("T2", instant(3, 2, 9))
    yield moved("T2", instant(3, 2, 9, 30), "resolved")
    yield moved("T2", instant(3, 2, 11), "active", "resolved")
    yield moved("T2", instant(3, 2, 12), "closed", "active")
    yield accepted("T3", instant(3, 2, 9, 15))


@pytest.mark.parametrize(("hour", "minute", "level"), [(9, 20, 3), (10, 0, 2), (12, 0, 2), (8, 0, 0), (9, 0, 1)])
def test_W8_the_backlog_is_the_state_just_before(hour, minute, level):
    """W8, KPI-11."""
    until = Period(instant(3, 2, 0), instant(3, 2, hour, minute), zone=SHANGHAI)
    assert scorecard([library.backlog()], w8_facts(), until)["backlog"].value == level


def test_W8_the_time_average_is_open_time_over_time():
    """W8, L6: 375/240 minutes = 25/16; both parts are kept."""
    morning = Period(instant(3, 2, 8), instant(3, 2, 12), zone=SHANGHAI)
    line = scorecard([library.backlog_average()], w8_facts(), morning)["backlog_average"]
    assert line.ratio == Ratio(375 * 60_000_000, 240 * 60_000_000)
    assert line.value == Fraction(25, 16)


def test_a_subject_without_the_value_is_not_looked_at():
    """KPI-8, KPI-12: a ticket closed without a resolution has no time to resolve; it is no zero in a mean."""
    closed = [evolve(fact, ticket="C") for fact in (accepted("C", instant(3, 2)), moved("C", instant(3, 3), "closed"))]
    facts = [accepted("T", instant(3, 2)), moved("T", instant(3, 3), "resolved"), *closed]
    mean, half = (
        Kpi(measure, by="settled", measure=measure, value="time_to_resolve", p=p)
        for measure, p in (("mean", None), ("percentile", "50 %"))
    )
    card = scorecard([mean, half], facts, MARCH)
    assert (card["mean"].ratio, card["mean"].excluded) == (Ratio(86_400_000_000, 1), {"not_among": 1})
    assert (card["percentile"].value, card["percentile"].members) == (86_400_000_000, 2)
    assert (card["mean"].text, str(card["mean"])) == ("24h", "mean v1: 24h (1 not_among)")


def test_a_ticket_met_in_mid_life_is_left_out_where_the_acceptance_is_needed():
    """KPI-8, IMP-4: and counted by the instant it was met, so that the exclusion is seen."""
    met = TicketImported(
        ticket="T", at=instant(3, 2), actor="import", workflow="f", workflow_version=1, state="a", category="active"
    )
    facts = [met, moved("T", instant(3, 3), "closed", "active")]
    card = scorecard([library.closure_rate(), library.resolution_time(), library.ever_reopened()], facts, MARCH)
    assert (card["closure_rate"].ratio, card["closure_rate"].excluded) == (Ratio(0, 0), {"incomplete": 1})
    assert card["closure_rate"].text == "no data"


def test_a_target_is_judged_on_the_line():
    """KPI-40, L8."""
    kpi = evolve(library.reopen_rate("7d"), target=Target("<", "6.67 %"))
    line = scorecard([kpi], w5_facts(), MARCH)["reopen_rate"]
    assert (line.verdict, line.text) == ("met", "6.667 %")


@pytest.mark.parametrize(("least", "verdict"), [(99, "met"), (100, "met"), (101, "too_few")])
def test_a_verdict_needs_enough_subjects(least, verdict):
    """KPI-40: of a percentile too, which has no denominator."""
    kpis = [
        evolve(kpi, target=Target("<", value, least=least))
        for kpi, value in ((library.resolution_time("p90"), "1h"), (library.ever_reopened(), "10 %"))
    ]
    assert [line.verdict for line in scorecard(kpis, w5_facts(), MARCH)] == [verdict, verdict]
    assert [line.verdict for line in scorecard(kpis, [], MARCH)] == ["no_data", "no_data"]


def test_a_card_prints_counts_exclusions_and_definitions():
    """KPI-4, KPI-31, KPI-32: no number leaves without its definition, its two counts and its subjects."""
    card = scorecard([ON_TIME_ACCEPTED, library.backlog()], w4_facts(), MARCH)
    text = card.markdown()
    assert "2026-03 (Asia/Shanghai), as of 2026-04-01 00:00:00+08:00" in text
    assert "按时解决率 (resolved in time)" in text
    assert "| 66.67 % | 2 | 3 | 1 merged, 1 withdrawn, 2 immature |" in text
    assert "2026-04-03T12:00:00.000001+08:00" in text
    assert ON_TIME_ACCEPTED.digest in text
    assert [len(row) for row in card.rows()] == [9, 9]
    assert str(card["on_time_resolution_by_accepted"]).startswith(
        "on_time_resolution_by_accepted v1 按时解决率 (resolved in time): 2 / 3 = 66.67 % (1 merged"
    )


def test_conditions_with_or_do_not_break_the_table():
    """The card as Markdown: a bar inside a definition is escaped."""
    kpi = Kpi("odd", by="accepted", counts='(kind == "a") | (kind == "b")')
    rows = scorecard([kpi], [], MARCH).markdown().splitlines()[2:]
    assert {row.replace("\\|", "").count("|") for row in rows} == {10}
