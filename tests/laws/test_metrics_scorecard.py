"""Laws of the fold from facts to a card (metrics §6), against SQL queries and a walk over minutes."""

from collections import Counter
from fractions import Fraction

from attrs import evolve
from hypothesis import event, given, note
from hypothesis import strategies as st

from oracles.recount import MINUTE, backlog_walk, nearest, open_tickets, recount
from oracles.ticket_logs import EPOCH, SPAN, flat, interleavings, logs, minutes
from servicedesk.conditions import Field
from servicedesk.events import ClockPaused, ClockStarted, TicketAccepted, TicketMoved
from servicedesk.metrics import Kpi, Period, Ratio, library, scorecard

FIGURES = tuple(
    library.reopen_rate("5min") if kpi.name == "reopen_rate" else kpi for kpi in library.ticket_figures(stop="resolved")
)
VARIANTS = (
    Kpi("accepted_faults", by="accepted", among=Field("kind") == "fault", measure="count", better=None),
    Kpi("open_breaches", by="level", measure="level", among="resolution_met == false", stop="resolved", better=None),
    Kpi("waited", by="closed", counts=(Field("waited") == True) | ~Field("group").is_known),  # noqa: E712  # a condition
    Kpi("quick", by="accepted", counts=Field("settled") < Field("resolution_due"), within="3min"),
)
ALL = FIGURES + VARIANTS


OF_ONE_QUERY = {
    name: tuple(f"{name}_{statistic}" for statistic in ("mean", "p50", "p90"))
    for name in ("resolution_time", "resolution_time_worked")
}


def _period(start, length):
    return Period(start, start + length * MINUTE, zone="Asia/Shanghai")


@st.composite
def asked(draw):
    """A log, a period, and an as-of that is mostly at the period's end or after it."""
    period = _period(draw(minutes(0, SPAN // 4)), draw(st.integers(1, SPAN)))
    as_of = draw(st.one_of(st.just(period.end_us), minutes(SPAN // 2, 2 * SPAN), minutes()))
    return draw(logs()), period, as_of


@given(asked())
def test_every_figure_equals_its_query(question):
    """Oracle (a), KPI-4, 7, 8, 9, 10, 12, 14: each figure of the library is that of a query written by hand."""
    streams, period, as_of = question
    facts = flat(streams)
    card = scorecard(FIGURES, facts, period, as_of=as_of)
    twin = recount(facts, period.start_us, period.end_us, as_of)
    for name, (excluded, values) in twin.items():
        note(name)
        for line in map(card.__getitem__, OF_ONE_QUERY.get(name, (name,))):
            assert line.excluded == excluded
            assert line.members == len(values) + sum(excluded.values())  # L4
            if line.kpi.measure == "percentile":
                assert line.value == nearest(values, line.kpi.p)
                assert line.counted == len(values)
            else:
                assert line.ratio == Ratio(sum(values), len(values))
        for reason in excluded:
            event(f"excluded: {reason}")
        event(f"{name}: {'nobody' if not values else 'all alike' if len(set(values)) == 1 else 'various'}")


@given(asked())
def test_backlog_equals_a_walk_over_minutes(question):
    """L6, KPI-11, oracle (b): the level and its average are those seen minute by minute, up to as_of."""
    streams, period, as_of = question
    facts, end = flat(streams), min(period.end_us, as_of)
    card = scorecard(FIGURES, facts, period, as_of=as_of)
    if end <= period.start_us:
        event("as_of before the period")
        assert card["backlog_average"].ratio == Ratio(0, 0)
        return
    average, last = backlog_walk(facts, period.start_us, end, as_of)
    event(f"backlog {min(last, 3)}{', as_of inside' if end < period.end_us else ''}")
    assert card["backlog"].value == last
    assert card["backlog_average"].value == average


@given(asked(), st.data())
def test_backlog_changes_by_entries_less_exits(question, data):
    """L6, KPI-11: level(t2) - level(t1) = entries - exits in [t1, t2), on the borders too."""
    streams, period, as_of = question
    facts, later = flat(streams), max(as_of, period.end_us)
    before, after = (
        scorecard(FIGURES, facts, Period(EPOCH - MINUTE, at, zone="UTC"), as_of=later)["backlog"].value
        for at in (period.start_us, period.end_us)
    )
    entries = exits = 0
    for minute in range(period.start_us, period.end_us, MINUTE):
        were, are = (open_tickets(facts, at, later) for at in (minute - 1, minute))
        entries, exits = entries + len(are - were), exits + len(were - are)
    event("moves on the period's first instant" if any(f.at == period.start_us for f in facts) else "none there")
    assert after - before == entries - exits


@given(asked(), st.data())
def test_neither_the_order_of_streams_nor_facts_from_as_of_on_change_anything(question, data):
    """L2, KPI-5, KPI-16: any interleaving of the streams gives the card of the facts before its as-of."""
    streams, period, as_of = question
    mixed = data.draw(interleavings(streams))
    known = [fact for fact in flat(streams) if fact.at < as_of]
    event("a fact exactly at as_of" if any(fact.at == as_of for fact in mixed) else "no fact at as_of")
    assert scorecard(ALL, mixed, period, as_of=as_of) == scorecard(ALL, known, period, as_of=as_of)


def test_as_of_is_the_end_of_the_period_unless_given():
    """KPI-5."""
    period = Period(EPOCH, EPOCH + MINUTE, zone="UTC")
    assert scorecard(ALL, [], period) == scorecard(ALL, [], period, as_of=period.end)


@given(asked(), st.data())
def test_cards_of_branches_add_up_to_the_card_of_all(question, data):
    """L1, KPI-12: merging any partition of the subjects gives the whole, for every measure."""
    streams, period, as_of = question
    branch = {stream[0].ticket: data.draw(st.integers(0, 2)) for stream in streams}
    parts = [
        scorecard(ALL, flat([s for s in streams if branch[s[0].ticket] == number]), period, as_of=as_of)
        for number in range(3)
    ]
    event(f"{len(set(branch.values()))} branches")
    assert parts[0] + parts[1] + parts[2] == scorecard(ALL, flat(streams), period, as_of=as_of)
    assert parts[2] + (parts[0] + parts[1]) == parts[0] + (parts[1] + parts[2])


@given(asked(), minutes())
def test_cards_of_adjacent_periods_add_up_to_the_card_of_both(question, cut):
    """L3, KPI-12: cutting a period and adding the cards of one as_of gives the whole; the cut is in one part only."""
    streams, period, as_of = question
    facts = flat(streams)
    cut = min(max(cut, period.start_us), period.end_us)
    halves = [
        scorecard(ALL, facts, Period(start, end, zone=period.zone), as_of=as_of)
        for start, end in ((period.start_us, cut), (cut, period.end_us))
    ]
    event("a fact on the cut" if any(fact.at == cut for fact in facts) else "no fact on the cut")
    both, whole = halves[0] + halves[1], scorecard(ALL, facts, period, as_of=as_of)
    assert (both.period, both.as_of) == (whole.period, whole.as_of)
    for line, expected in zip(both, whole, strict=True):
        if line.kpi.measure == "level_average":  # a ticket open in both halves is in both cohorts
            assert line.ratio == expected.ratio
        elif line.kpi.by != "level" or cut < period.end_us:
            assert line == expected


@given(asked(), st.sampled_from(("withdrawn", "duplicate", "invalid", "contradictory")), st.data())
def test_a_subject_that_is_left_out_changes_no_value(question, why, data):
    """L4, KPI-8, KPI-9: an added withdrawn, duplicate, invalid or contradictory ticket is counted as excluded only."""
    streams, period, as_of = question
    facts = flat(streams)
    start = data.draw(minutes())
    names = {"ticket": "X", "actor": "seat"}
    begin = TicketAccepted(**names, at=start, workflow="fault", workflow_version=1, state="new", category="new")
    outcome = None if why == "contradictory" else why
    close = TicketMoved(
        **names,
        at=start,
        step=None,
        source="new",
        target="resolved",
        category="resolved",
        entered=start,
        outcome=outcome,
    )
    clock = {"ticket": "X", "at": start, "metric": "resolution", "elapsed": 0}
    paused = [ClockStarted(**clock, due=start, breach_at=start + 1, goal=0), ClockPaused(**clock, reason="customer")]
    extra = [begin, begin, close, *paused] if why == "contradictory" else [begin, close, *paused]
    before, after = (scorecard(ALL, found, period, as_of=as_of) for found in (facts, facts + extra))
    reason = {"duplicate": "merged"}.get(why, why)
    for line, changed in zip(before, after, strict=True):
        assert evolve(changed, excluded=line.excluded) == line
        assert Counter(changed.excluded) - Counter(line.excluded) in (Counter(), Counter({reason: 1}))
    if period.start_us <= start < period.end_us and start < as_of:
        event("in the period")
        assert after["ever_reopened"].excluded[reason] == before["ever_reopened"].excluded.get(reason, 0) + 1


@given(asked(), st.integers(-(10**9), 10**9))
def test_shifting_all_instants_and_the_period_changes_no_value(question, minutes_later):
    """L4."""
    streams, period, as_of = question
    by = minutes_later * MINUTE
    shifted = [_shifted(fact, by) for fact in flat(streams)]
    later = Period(period.start_us + by, period.end_us + by, zone=period.zone)
    card = scorecard(ALL, flat(streams), period, as_of=as_of)
    for line, expected in zip(scorecard(ALL, shifted, later, as_of=as_of + by), card, strict=True):
        assert evolve(line, final_at=None) == evolve(expected, final_at=None)
        assert (line.final_at is None) == (expected.final_at is None)


def _shifted(fact, by):
    names = ("at", "accepted", "entered", "due", "breach_at")
    instants = {name: getattr(fact, name) for name in names if getattr(fact, name, None) is not None}
    return evolve(fact, **{name: value + by for name, value in instants.items()})


@given(asked())
def test_figures_are_exact_and_do_not_depend_on_each_other(question):
    """L1, metrics §8, definition of done: each figure of a card is what it is on its own; no line holds a float."""
    streams, period, as_of = question
    facts = flat(streams)
    for line in scorecard(ALL, facts, period, as_of=as_of):
        assert scorecard([line.kpi], facts, period, as_of=as_of)[line.name] == line
        for number in (line.counted, line.numerator, line.denominator, *line.values, *line.excluded.values()):
            assert type(number) in (int, Fraction)
        assert type(line.value) in (int, Fraction, type(None))
        if line.kpi.measure == "share":
            assert 0 <= line.numerator <= line.denominator == line.counted
            assert (line.value is None) == (line.counted == 0)


@given(asked())
def test_nothing_waits_for_maturity_from_final_at_on(question):
    """KPI-7: asked again after ``final_at`` on the same facts, a figure has the same members, and none is immature."""
    streams, period, as_of = question
    facts = [fact for fact in flat(streams) if fact.at < as_of]
    card = scorecard(FIGURES, facts, period, as_of=as_of)
    for line in card:
        if line.final_at is None:
            event("open: a paused clock")
            assert line.immature
            continue
        again = scorecard([line.kpi], facts, period, as_of=max(as_of, line.final_at.int_timestamp * 10**6 + 10**6))
        event("immature" if line.immature else "mature")
        assert again[line.name].immature == 0
        assert again[line.name].members == line.members or line.kpi.by == "level"


@given(asked())
def test_maturing_moves_immature_subjects_to_the_counted_and_no_other(question):
    """KPI-7, W5: with the same facts, a later as_of turns immature subjects into counted ones and changes no other."""
    streams, period, as_of = question
    facts = [fact for fact in flat(streams) if fact.at < as_of]
    now, later = (scorecard(FIGURES, facts, period, as_of=at)["reopen_rate"] for at in (as_of, as_of + 1000 * MINUTE))
    assert later.counted == now.counted + now.immature
    assert now.numerator <= later.numerator <= now.numerator + now.immature
