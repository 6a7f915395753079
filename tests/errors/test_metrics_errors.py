"""Bad input to the metrics, row by row of metrics §5: the class, and what the message names."""

from datetime import datetime
from fractions import Fraction
from types import SimpleNamespace

import pendulum
import pytest
from attrs import evolve

from servicedesk.conditions import Field
from servicedesk.errors import DefinitionInvalid, NaiveDatetimeError, UnknownKind
from servicedesk.events import (
    ClockStarted,
    ClockStopped,
    NoteAdded,
    TicketAccepted,
    TicketAssigned,
    TicketImported,
    TicketMoved,
)
from servicedesk.metrics import Kpi, Period, Ratio, Target, library, nearest_rank, scorecard

MARCH = Period.month(2026, 3, zone="Asia/Shanghai")
START = MARCH.start_us
GOOD = Kpi("good", by="accepted", counts=Field("hops") > 0)


def problems(**changes):
    return [str(problem) for problem in evolve(GOOD, **changes).problems()]


def test_an_unknown_field_is_named_with_its_path_and_the_nearest_one():
    """§5, KPI-4: ``abandonment_rate.counts``, the field, the nearest real name."""
    kpi = Kpi("abandonment_rate", by="accepted", counts=Field("prioritty") == "1")
    with pytest.raises(DefinitionInvalid) as caught:
        scorecard([kpi], [], MARCH)
    message = "abandonment_rate.counts: 'prioritty' is no field of a ticket's journey; did you mean 'priority'?"
    assert str(caught.value) == f"scorecard: {message}"


def test_all_problems_of_all_definitions_come_at_once():
    """§5."""
    bad = Kpi("bad", by="resolvd", among=Field("kindd") == "fault", measure="mean", value="group")
    with pytest.raises(DefinitionInvalid) as caught:
        scorecard([bad, GOOD, library.backlog(), GOOD], [], MARCH)
    assert [problem.path for problem in caught.value.problems] == ["bad.by", "bad.value", "bad.among", "good"]
    assert "'resolvd' is no event of a ticket; did you mean 'resolved'?" in str(caught.value)
    assert "names 2 figures" in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": " "}, "name: is empty"),
        ({"subject": "contact"}, "subject: 'contact' has no journeys; possible: ticket"),
        ({"by": "netwrk_due"}, "by: 'netwrk_due' is no event of a ticket"),
        ({"by": "level"}, "by: 'level' goes with the measures level and level_average"),
        ({"measure": "level", "counts": None}, "by: 'level' goes with the measures level and level_average"),
        ({"measure": "shares"}, "measure: 'shares' is no measure; did you mean 'share'?"),
        ({"counts": None}, "counts: is missing; a share needs it"),
        ({"value": "hops"}, "value: says nothing here: a share is not made of it"),
        ({"measure": "mean", "counts": None}, "value: is missing; a mean needs it"),
        ({"measure": "percentile", "counts": None, "value": "hops"}, "p: is missing; a percentile needs it"),
        ({"measure": "mean", "counts": None, "value": "accepted"}, "value: 'accepted' holds instants; only numbers"),
        (
            {"measure": "mean", "counts": None, "value": "hop"},
            "value: 'hop' is no field of a ticket's journey; did you",
        ),
        ({"counts": Field("hops") == "many"}, "counts: "),
        ({"among": Field("network_met") == True}, "declare a metric of your own by clocks=('network',)"),  # noqa: E712  # a condition
        ({"counts": (Field("hops") > 0).held(minutes=3)}, "a hold needs a Watch"),
        ({"counts": Field("resolution_met") == True}, "stop: is missing: what ends 'resolution'"),  # noqa: E712  # a condition
        (
            {"counts": (Field("resolution_met") == True) & (Field("first_response_met") == True), "stop": "x"},  # noqa: E712  # a condition
            "counts: asks for the verdicts of first_response and resolution",
        ),
        ({"stop": "resolved"}, "stop: 'resolved' says nothing here: the figure is about no clock"),
        ({"within": pendulum.duration(days=-1)}, "within: looks ahead of an event"),
        ({"better": "lower", "target": Target(">=", "90 %")}, "target: >= 90% rewards the wrong side: lower is better"),
        ({"target": Target("<", "90 %")}, "target: < 90% rewards the wrong side: higher is better"),
        ({"target": Target(">=", 90)}, "target: >= 90 is outside 0–100 %"),
        ({"target": Target(">=", "1h")}, "target: >= 1h is not counted as the figure is, in unit 'percent'"),
    ],
)
def test_what_is_wrong_with_a_definition_is_said(changes, said):
    """§5, KPI-32, KPI-40: each fault by itself."""
    (problem,) = problems(**changes)
    assert said in problem


def test_a_good_definition_has_no_problems():
    """KPI-31: nor has any figure of the library; a host's own metric is declared by ``clocks=``."""
    assert problems() == []
    assert [kpi.problems() for kpi in library.ticket_figures(stop="resolved")] == [()] * 19
    own = evolve(GOOD, by="network_due", counts=Field("network_met") == True, clocks=("network",), stop="done")  # noqa: E712  # a condition
    assert own.problems() == ()


def test_a_definition_can_be_required_to_be_valid():
    """§5: the exception carries the problems as values."""
    GOOD.require_valid()
    with pytest.raises(DefinitionInvalid, match=r"good\.counts: is missing"):
        evolve(GOOD, counts=None).require_valid()


@pytest.mark.parametrize(("part", "kind"), [(0.1, "float"), (True, "bool"), ("1", "str"), (None, "NoneType")])
def test_a_ratio_of_anything_but_exact_numbers_is_refused(part, kind):
    """§5: a type error that names the value."""
    with pytest.raises(TypeError, match=kind):
        Ratio(part, 1)
    with pytest.raises(TypeError, match=kind):
        Ratio(1, part)
    with pytest.raises(TypeError):
        Ratio(1, 1) + part


def test_a_negative_denominator_is_refused():
    """§5."""
    with pytest.raises(ValueError, match="0 or more, not -1"):
        Ratio(1, -1)


@pytest.mark.parametrize("p", [0, Fraction(-1, 2), Fraction(3, 2), "0 %", "101 %", "90 % of all", "nine"])
def test_a_percentile_outside_its_range_is_refused(p):
    """§5."""
    with pytest.raises(ValueError, match=r"percentile is more than 0|is no figure"):
        nearest_rank({1: 1}, p)
    with pytest.raises(ValueError, match=r"percentile is more than 0|is no figure"):
        Kpi("x", by="resolved", measure="percentile", value="hops", p=p)


def test_a_float_is_no_percentile_and_no_target():
    """§5, W6: 0.1 is not a tenth."""
    with pytest.raises(TypeError, match="float"):
        nearest_rank({1: 1}, 0.5)
    with pytest.raises(TypeError, match="float"):
        Target("<", 0.1)


@pytest.mark.parametrize(
    ("operator", "value", "said"), [("!=", 1, "'!=' is no comparison"), ("<", "ten", "'ten' is no")]
)
def test_a_target_that_cannot_be_read_is_refused(operator, value, said):
    """KPI-40."""
    with pytest.raises(DefinitionInvalid, match=said):
        Target(operator, value)


def test_a_period_that_ends_before_it_starts_is_refused():
    """§5."""
    with pytest.raises(ValueError, match="starts no later than it ends"):
        Period(1, 0, zone="UTC")


def test_a_period_needs_its_own_zone_and_a_calendar_that_exists():
    """KPI-3, §5."""
    with pytest.raises(TypeError, match="zone"):
        Period.month(2026, 3)
    with pytest.raises(DefinitionInvalid, match="Asia/Shanghai"):
        Period.month(2026, 3, zone="Asia/Shangai")
    with pytest.raises(ValueError, match="1, 2, 3 or 4"):
        Period.quarter(2026, 5, zone="UTC")
    with pytest.raises(DefinitionInvalid, match="o'clock\" is no wall time"):
        Period.day(2026, 3, 2, zone="UTC", starts="8 o'clock")
    with pytest.raises(DefinitionInvalid, match="did you mean 'month'"):
        MARCH.split("moth")


def test_naive_datetimes_are_refused():
    """§5: in a period and in as_of; "give a zone"."""
    with pytest.raises(NaiveDatetimeError, match="has no time zone"):
        Period(datetime(2026, 3, 1), MARCH.end, zone="UTC")
    with pytest.raises(NaiveDatetimeError, match="as_of"):
        scorecard([GOOD], [], MARCH, as_of=datetime(2026, 4, 1))
    with pytest.raises(NaiveDatetimeError):
        assert datetime(2026, 3, 2) in MARCH


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (SimpleNamespace(kind="ticket.movd", stream="T-7", at=1), "T-7: 'ticket.movd'.*did you mean 'ticket.moved'"),
        (SimpleNamespace(kind="ticket.moved", stream="T-7", at=1), "T-7: 'ticket.moved'"),
        (object(), "'object' is not known"),
    ],
)
def test_what_is_no_fact_is_refused(fact, said):
    """§5: nothing is half counted, nothing passed over silently; looking like a fact is not enough."""
    with pytest.raises(UnknownKind, match=said):
        scorecard([GOOD], [fact], MARCH)


def test_facts_of_other_streams_are_passed_over():
    """§5, EV-9: a card reads the whole log."""
    note = NoteAdded(ticket="T", at=START, text_ref="x")
    assert scorecard([GOOD], [note], MARCH)["good"].members == 0


def accepted(at=START, **values):
    names = {"ticket": "T", "actor": "seat", "workflow": "fault", "workflow_version": 1, "state": "new"}
    return TicketAccepted(at=at, **{**names, "category": "new", **values})


def moved(at, category="resolved"):
    return TicketMoved(
        ticket="T", at=at, actor="seat", step=None, source="new", target="x", category=category, entered=at
    )


def assigned(at):
    return TicketAssigned(ticket="T", at=at, actor="seat", group="A", assignee=None)


def clock(at):
    return ClockStarted(ticket="T", at=at, metric="resolution", elapsed=0, due=at + 1, breach_at=at + 2, goal=1)


def stopped(at):
    return ClockStopped(ticket="T", at=at, metric="resolution", elapsed=0, met=True)


IMPORTED = TicketImported(
    ticket="T", at=START, actor="import", workflow="f", workflow_version=1, state="new", category="new"
)


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param([accepted(), accepted(), moved(START)], id="accepted twice"),
        pytest.param([accepted(), IMPORTED, moved(START)], id="accepted and imported"),
        pytest.param([moved(START), accepted()], id="moved before it was accepted"),
        pytest.param([moved(START)], id="never accepted"),
        pytest.param([assigned(START), accepted(), moved(START)], id="assigned before it was accepted"),
        pytest.param([accepted(START + 1), moved(START)], id="time went back"),
        pytest.param([accepted(accepted=START + 1), moved(START + 1)], id="heard after it was recorded"),
        pytest.param(
            [accepted(), moved(START), stopped(START)],
            id="a clock that never started",
        ),
        pytest.param([accepted(), moved(START), clock(START + 1), stopped(START)], id="a clock whose time went back"),
    ],
)
def test_contradictory_facts_are_excluded_and_listed(facts):
    """§5, KPI-8: no error, and no figure either."""
    line = scorecard([library.ever_reopened()], facts, MARCH)["ever_reopened"]
    assert (line.ratio, line.excluded) == (Ratio(0, 0), {"contradictory": 1})


def test_an_empty_period_has_no_data():
    """§5, KPI-1: no error, no value, no verdict."""
    kpi = evolve(GOOD, target=Target(">=", "90 %"))
    line = scorecard([kpi], [], MARCH)["good"]
    assert (line.value, line.text, line.verdict, line.members) == (None, "no data", "no_data", 0)
    assert scorecard([library.resolution_time("p90")], [], MARCH)["resolution_time_p90"].value is None
    assert scorecard([library.backlog()], [], MARCH)["backlog"].value == 0


def test_cards_of_different_definitions_do_not_add_up():
    """§5, KPI-13: the message names the KPI, both versions and digests; or the figure that only one has."""
    one, two = (scorecard([library.reopen_rate(window)], [], MARCH) for window in ("7d", "3d"))
    digests = [card["reopen_rate"].kpi.digest for card in (one, two)]
    with pytest.raises(
        DefinitionInvalid, match=f"reopen_rate: has two definitions: v1 {digests[0]} and v1 {digests[1]}"
    ):
        one + two
    with pytest.raises(DefinitionInvalid, match="backlog: is on one card only"):
        one + scorecard([library.reopen_rate(), library.backlog()], [], MARCH)
    with pytest.raises(TypeError):
        one + 1


@pytest.mark.parametrize(
    "other", [MARCH.next().next(), MARCH.previous(), Period.day(2026, 3, 31, zone="Asia/Shanghai")]
)
def test_cards_with_a_gap_between_them_or_an_overlap_do_not_add_up(other):
    """§5, KPI-13: the message names both periods."""
    cards = [scorecard([GOOD], [], period) for period in (MARCH, other)]
    with pytest.raises(DefinitionInvalid, match=f"2026-03 and {other}"):
        cards[0] + cards[1]


def test_cards_of_different_as_of_are_mixed():
    """KPI-13: allowed, and shown."""
    whole = scorecard([GOOD], [], MARCH) + scorecard([GOOD], [], MARCH.next())
    assert whole.as_of is None
    assert "as of mixed instants" in whole.markdown()


def test_a_figure_that_is_not_on_the_card_is_named_with_the_nearest_one():
    """§5."""
    card = scorecard([GOOD], [], MARCH)
    with pytest.raises(KeyError, match="did you mean 'good'"):
        card["goood"]
    with pytest.raises(KeyError, match="it has good"):
        card["backlog"]
    assert (len(card), [line.name for line in card]) == (1, ["good"])
