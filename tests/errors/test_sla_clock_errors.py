"""Bad input to goals, limits and clocks (SLA §5): the right error, its attributes, and a message that helps."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pendulum
import pytest

from servicedesk.errors import DefinitionInvalid, NaiveDatetimeError, Problem, Refused
from servicedesk.instants import to_us
from servicedesk.plain import from_plain, to_plain
from servicedesk.sla import Calendar, Clock, Earliest, Escalation, Goal, Latest, Pause, Until, WorkingDays

OFFICE = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Europe/London", name="office", version="3")
MONDAY = pendulum.datetime(2026, 3, 2, 10, tz="Europe/London")


def problems(act) -> tuple[Problem, ...]:
    with pytest.raises(DefinitionInvalid) as caught:
        act()
    return caught.value.problems


def goal(**options) -> Goal:
    return Goal("answer", **{"within": "4h", "calendar": OFFICE, **options})


@pytest.mark.parametrize(
    ("options", "path", "message"),
    [
        ({"warn_at": (0.5,)}, "goal.warn_at[0]", "0.5 is no exact fraction; write '50%', '4/5' or a Fraction"),
        ({"warn_at": ("0.5",)}, "goal.warn_at[0]", "'0.5' is no exact fraction"),
        ({"warn_at": ("1/0",)}, "goal.warn_at[0]", "'1/0' is no exact fraction"),
        ({"warn_at": ("50%", "100%")}, "goal.warn_at[1]", "'100%' lies not between 0 and 1"),
        ({"warn_at": (Fraction(-1, 2),)}, "goal.warn_at[0]", "'-50%' lies not between 0 and 1"),
        ({"warn_at": ("80%", "1/2")}, "goal.warn_at[1]", "'50%' is reached before '80%'; write them in the order"),
        ({"warn_at": ("50%", "1/2")}, "goal.warn_at[1]", "'50%' stands there twice; name each once"),
        ({"warn_at": "50%"}, "goal.warn_at", "'50%' is no list; write a tuple like ('50%',)"),
        ({"warn_before": ("4h",)}, "goal.warn_before[0]", "'4h' is the whole goal of '4h' or more; warn later"),
        ({"warn_before": ("1h", "2h")}, "goal.warn_before[1]", "'2h' is reached before '1h'"),
        ({"warn_before": ("2d",)}, "goal.warn_before[0]", "a day may be 24 hours or a working day"),
        ({"warn_before": ("0h",)}, "goal.warn_before[0]", "'0s' lies not before the goal"),
        ({"warn_before": (4,)}, "goal.warn_before[0]", "must be a timedelta or a text like '90min', not int 4"),
        ({"escalations": (Escalation("0h", "a"),)}, "goal.escalations[0].after", "'0s' lies not after the goal"),
        (
            {"escalations": (Escalation("2h", "a"), Escalation("1h", "b"))},
            "goal.escalations[1]",
            "'1h' is reached before '2h'",
        ),
        ({"escalations": (Escalation("1h", "a"),) * 2}, "goal.escalations[1]", "'1h' to 'a' stands there twice"),
        ({"escalations": ("1h",)}, "goal.escalations[0]", "'1h' is no escalation; write Escalation('1h', 'group_lead"),
        ({"escalations": "1h"}, "goal.escalations", "'1h' is no list; write a tuple like (Escalation('1h', 'group"),
        ({"escalations": Escalation("1h", "a")}, "goal.escalations", "Escalation('1h', 'a') is no list"),
    ],
)
def test_sla_62_a_ladder_that_cannot_stand(options, path, message):
    """SLA-62: path, value and what is possible."""
    (found,) = problems(lambda: goal(**options))
    assert found.path == path
    assert message in found.message


def test_sla_62_an_escalation_tells_somebody():
    for to in ("", 5):
        (found,) = problems(lambda to=to: Escalation("1h", to))
        assert (found.path, found.message) == (
            "escalation.to",
            f"{to!r} is nobody to tell; write for instance 'group_leader'",
        )


@pytest.mark.parametrize(
    ("act", "path", "message"),
    [
        (lambda: Goal(5, within="4h", calendar=OFFICE), "goal.metric", "5 is no name; write for instance 'resolution'"),
        (lambda: goal(stop=5), "goal.stop", "5 is no state or event; write for instance stop='resolved'"),
        (lambda: goal(stop=""), "goal.stop", "'' is no state or event"),
        (lambda: goal(pause={"": "waiting"}), "goal.pause", "'' names no reason; write for instance 'customer'"),
        (lambda: goal(pause={5: "waiting"}), "goal.pause", "5 names no reason"),
        (lambda: Clock.start(goal(), at=MONDAY).pause(5, at=MONDAY), "reason", "5 names no reason"),
        (lambda: Clock.start(goal(), at=MONDAY).pause("", at=MONDAY), "reason", "'' names no reason"),
        (lambda: Clock.start(goal(), at=5, pauses=(Pause("", 1, 2),)), "pauses.reason", "'' names no reason"),
    ],
)
def test_sla_57_names_that_are_none(act, path, message):
    """SLA-47, 48, 57: metric, stop state and reasons are texts that name something."""
    (found,) = problems(act)
    assert found.path == path
    assert message in found.message


@pytest.mark.parametrize(
    "within", [WorkingDays(2), Until("x"), Latest("1h", Until("x")), Earliest("1h", WorkingDays(1))]
)
def test_sla_44_a_date_goal_with_pauses_says_what_they_mean(within):
    """SLA-44: a problem of the goal, unless ``on_pause`` says it; a duration always can be paused."""
    ways = "on_pause='extend' for working days, 'ignore', or no pause"
    (found,) = problems(lambda: goal(within=within, pause={"customer": 'state == "waiting"'}))
    assert (found.path, found.message) == (
        "goal.pause",
        f"a date goal cannot be paused as it stands; write {ways} (SLA-44)",
    )
    for limit in ("4h", WorkingDays(2, on_pause="extend"), Until("x", on_pause="ignore")):
        assert tuple(goal(within=limit, pause={"customer": "waiting"}).pause) == ("customer",)


def test_sla_83_a_goal_lists_problems_of_every_part_at_once():
    found = problems(lambda: Goal("", within="2d", calendar=OFFICE, warn_at=("x",), boundary="hard"))
    assert [each.path for each in found] == ["goal.metric", "goal.within", "goal.boundary", "goal.warn_at[0]"]


@pytest.mark.parametrize(
    ("act", "path", "message"),
    [
        (lambda: WorkingDays(-1), "working_days.n", "-1 is no number of working dates; write 0, 1, 2 …"),
        (lambda: WorkingDays(n=True), "working_days.n", "True is no number"),
        (lambda: WorkingDays(1.5), "working_days.n", "1.5 is no number"),
        (lambda: WorkingDays(1, by="closing"), "working_days.by", "write 'close', 'same_time', or HH:MM like '16:00'"),
        (lambda: WorkingDays(1, by="24:00"), "working_days.by", "'24:00' is no wall time"),
        (lambda: WorkingDays(1, cutoff="3pm"), "working_days.cutoff", "'3pm' is no wall time; write HH:MM"),
        (lambda: WorkingDays(1, off_day="next"), "working_days.off_day", "'next' is none of next_working_day"),
        (lambda: WorkingDays(1, roll="opne"), "working_days.roll", "did you mean 'open'?"),
        (lambda: WorkingDays(1, on_pause="extended"), "working_days.on_pause", "did you mean 'extend'?"),
        (lambda: Until("x", on_pause="extend"), "until.on_pause", "'extend' is none of forbid, ignore"),
        (lambda: Until(""), "until.until", "it names no value"),
        (Latest, "latest", "it has no parts"),
        (lambda: Latest("2d"), "latest[0]", "WorkingDays(n)"),
        (lambda: Earliest("1h", Until("x", on_pause="ignore")), "earliest[1].on_pause", "say it once, for the whole"),
        (lambda: goal(within=Latest("1h", "0h")), "latest[1]", "is no goal; write a positive duration"),
    ],
)
def test_sla_41_to_45_date_limits_that_cannot_stand(act, path, message):
    """SLA-41 to 45: and their constructors list everything that is wrong."""
    (found,) = problems(act)
    assert found.path == path
    assert message in found.message


def test_sla_83_working_days_list_all_their_problems():
    paths = [each.path for each in problems(lambda: WorkingDays("3", by="noon", cutoff="x", roll="x"))]
    assert paths == ["working_days.n", "working_days.by", "working_days.cutoff", "working_days.roll"]


RICH = goal(
    within=Latest("45min", Earliest(WorkingDays(2, by="16:00", cutoff="15:00"), Until(MONDAY)), on_pause="ignore"),
    boundary="strict",
    stop="answered",
    warn_at=("1/3", "80%"),
    warn_before=("90min",),
    escalations=(Escalation("1h", "group_leader"),),
    notify=OFFICE,
)


@pytest.mark.parametrize("value", [goal(), goal(within=WorkingDays(0)), goal(within=Until("x")), RICH])
def test_sla_82_goals_travel_as_plain_data(value):
    """SLA-82: the round trip is identity, down to what is printed."""
    again = from_plain(Goal, to_plain(value))
    assert again == value
    assert repr(again) == repr(value)
    assert again.thresholds == value.thresholds


def test_sla_82_the_forms_a_file_holds():
    """SLA-82: as the specification writes them in TOML."""
    assert to_plain(RICH)["within"] == {
        "latest": [
            "45min",
            {
                "earliest": [
                    {"working_days": 2, "by": "16:00", "cutoff": "15:00"},
                    {"until": "2026-03-02T10:00:00+00:00"},
                ]
            },
        ],
        "on_pause": "ignore",
    }
    data = to_plain(goal()) | {"within": {"working_days": 7, "by": "close"}, "warn_before": ["8h"]}
    read = from_plain(Goal, data)
    assert (read.within, read.warn_before) == (WorkingDays(7), (timedelta(hours=8),))


@pytest.mark.parametrize(
    ("within", "path", "message"),
    [
        ({"working_day": 7}, "within", "write '4h' or a table with one of working_days, until, latest, earliest"),
        ({"working_days": 7, "bye": "close"}, "within.bye", "unknown key; did you mean 'by'?"),
        ({"working_days": 1, "until": "x"}, "within", "is no limit"),
        ({"latest": ["1h", {"untill": "x"}]}, "within.latest[1]", "is no limit"),
        ({"latest": "1h"}, "within.latest", "'1h' is not a list of limits"),
        ({"until": 5}, "within.until", "5 is neither the name of a value nor an instant"),
        ("2d", "within", "WorkingDays"),
    ],
)
def test_sla_82_a_limit_in_a_file_that_cannot_be_read(within, path, message):
    """SLA-82: nothing is ignored, nothing is coerced."""
    (found,) = problems(lambda: from_plain(Goal, to_plain(goal()) | {"within": within}))
    assert found.path == path
    assert message in found.message


def test_sla_82_unknown_and_missing_keys_come_in_one_list():
    data = to_plain(goal()) | {"warn": ["1h"], "boundary": "hard"}
    del data["metric"]
    assert [each.path for each in problems(lambda: from_plain(Goal, data))] == ["metric", "warn"]


def refused(act) -> Refused:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value


def test_sla_44_a_date_goal_that_forbids_pausing_says_so():
    """SLA-44: a pause, a start with pauses, and a retarget of a paused clock."""
    dated = goal(within=WorkingDays(3))
    clock = Clock.start(dated, at=MONDAY, ticket="T-7")
    assert not dated.pausable
    error = refused(lambda: clock.pause("customer", at=MONDAY))
    assert error.codes == ("pause_forbidden",)
    assert error.possible == ("stop", "cancel", "reset", "retarget")
    assert error.refusals[0]["within"] == "WorkingDays(3)"
    before = Pause("customer", to_us(MONDAY) - 5, to_us(MONDAY))
    assert refused(lambda: Clock.start(dated, at=MONDAY, pauses=(before,))).codes == ("pause_forbidden",)
    paused = Clock.start(goal(), at=MONDAY).pause("customer", at=MONDAY)
    assert refused(lambda: paused.retarget(dated, at=MONDAY)).codes == ("pause_forbidden",)


def test_sla_45_a_missing_value_is_refused_and_a_wrong_one_named():
    """SLA-45: field_missing; a naive datetime and a text are told apart."""
    visit = goal(within=Until("booked_at"))
    error = refused(lambda: Clock.start(visit, at=MONDAY, values={"booked_at": None}))
    assert (error.codes, error.refusals[0]["field"]) == (("field_missing",), "booked_at")
    assert "give 'booked_at' in values=" in str(error)
    with pytest.raises(NaiveDatetimeError, match="booked_at"):
        Clock.start(visit, at=MONDAY, values={"booked_at": MONDAY.naive()})
    with pytest.raises(TypeError, match="booked_at must be an aware datetime"):
        Clock.start(visit, at=MONDAY, values={"booked_at": "tomorrow"})


def test_sla_65_a_retarget_that_makes_no_sense():
    """SLA-65: proportions need two durations; a clock keeps its metric; modes are a closed set."""
    clock = Clock.start(goal(), at=MONDAY)
    error = refused(lambda: clock.retarget(goal(within=WorkingDays(1)), at=MONDAY, carry="proportional"))
    assert error.codes == ("not_proportional",)
    assert "not_proportional (within='WorkingDays(1)', before='4h')" in str(error)
    with pytest.raises(ValueError, match=r"carry = 'keep_elapse' is none of .*; did you mean 'keep_elapsed'\?"):
        clock.retarget(goal(), at=MONDAY, carry="keep_elapse")
    with pytest.raises(ValueError, match="counting = 'from_then' is none of"):
        clock.retarget(goal(), at=MONDAY, counting="from_then")
    with pytest.raises(ValueError, match="metric = 'resolution' is none of 'answer'"):
        clock.retarget(Goal("resolution", within="1h", calendar=OFFICE, stop="resolved"), at=MONDAY)


def test_sla_54_only_what_has_ended_is_reopened():
    clock = Clock.start(goal(), at=MONDAY)
    assert refused(lambda: clock.reopen(at=MONDAY)).codes == ("already_started",)
    ended = clock.stop(at=MONDAY.add(hours=1))
    assert refused(lambda: ended.reopen(at=MONDAY)).codes == ("time_went_back",)
    with pytest.raises(ValueError, match="mode = 'again' is none of"):
        ended.reopen(at=MONDAY.add(hours=1), mode="again")


def test_sla_53_an_anchor_lies_before_the_start_and_pauses_before_it():
    with pytest.raises(ValueError, match=r"anchor = 2026-03-02T11:00:00\+00:00 is later than at = 2026-03-02T10"):
        Clock.start(goal(), at=MONDAY, anchor=MONDAY.add(hours=1))
    for pause in (Pause("x", 5, 4), Pause("x", to_us(MONDAY) + 1), Pause("x", 0, to_us(MONDAY) + 1)):
        with pytest.raises(ValueError, match="a pause 'x' from"):
            Clock.start(goal(), at=MONDAY, anchor=0, pauses=(pause,))


def test_sla_57_a_reason_holds_once_at_a_time():
    """SLA-53, 57: of the pauses since the anchor, those of one reason follow each other; they may touch."""
    for pauses in (
        (Pause("x", 0), Pause("x", 5)),
        (Pause("x", 3), Pause("x", 0, 4)),
        (Pause("x", 0, 9), Pause("y", 2), Pause("x", 4, 5)),
    ):
        with pytest.raises(ValueError, match=r"a pause 'x' begins at .* while an earlier one of that reason holds"):
            Clock.start(goal(), at=MONDAY, anchor=0, pauses=pauses)
    apart = (Pause("x", 4), Pause("x", 0, 4), Pause("y", 2, 5))
    assert Clock.start(goal(), at=MONDAY, anchor=0, pauses=apart).held == ("x",)


def test_sla_46_and_47_a_goal_lists_all_its_problems():
    """SLA-5, 46, 47: path, value and the exact spelling."""
    found = problems(lambda: Goal("resolution", within="2d", calendar=OFFICE, boundary="strickt"))
    assert [problem.path for problem in found] == ["goal.within", "goal.boundary", "goal.stop"]
    assert "WorkingDays" in found[0].message
    assert "did you mean 'strict'?" in found[1].message
    assert "stop='resolved'" in found[2].message


@pytest.mark.parametrize("within", [timedelta(0), timedelta(microseconds=-1), "0h"])
def test_sla_40_a_goal_is_a_positive_duration(within):
    (found,) = problems(lambda: Goal("answer", within=within, calendar=OFFICE))
    assert found.path == "goal.within"
    assert "is no goal; write a positive duration like '4h'" in found.message


def test_sla_47_only_resolution_must_say_where_it_stops():
    """SLA-47: and the stop stands in every printout."""
    assert Goal("first_response", within="1h", calendar=OFFICE).stop is None
    assert "stop='closed'" in repr(Goal("resolution", within="1h", calendar=OFFICE, stop="closed"))
    (found,) = problems(lambda: Goal("", within="1h", calendar=OFFICE))
    assert found.path == "goal.metric"


def test_sla_40_a_goal_needs_a_calendar_and_a_duration():
    with pytest.raises(TypeError, match="calendar must be a Calendar, not str 'office'"):
        Goal("answer", within="1h", calendar="office")
    with pytest.raises(TypeError, match="within must be a timedelta or a text"):
        Goal("answer", within=4, calendar=OFFICE)


def test_sla_60_a_refusal_says_what_when_and_what_was_possible():
    """SLA-59, 60: and the clock is as it was."""
    clock = Clock.start(Goal("answer", within="1h", calendar=OFFICE), at=MONDAY, ticket="T-7")
    with pytest.raises(Refused) as caught:
        clock.pause("customer", at=MONDAY.subtract(hours=1))
    assert str(caught.value) == (
        "cannot pause the 'answer' clock of 'T-7': time_went_back (at='2026-03-02T09:00:00+00:00', "
        "last='2026-03-02T10:00:00+00:00'); possible: pause, stop, cancel, reset, retarget"
    )
    with pytest.raises(Refused, match="clock_ended") as caught:
        clock.stop(at=MONDAY).cancel(at=MONDAY)
    assert caught.value.refusals[0]["stage"] == "completed"
    assert clock.stage == "running"


def test_sla_61_what_people_read_of_a_clock():
    """SLA-61: reprs say stage, use and due."""
    clock = Clock.start(Goal("answer", within="2h", calendar=OFFICE), at=MONDAY, ticket="T-7")
    assert repr(clock) == (
        "<Clock answer of T-7: running, 0s of 2h used at 2026-03-02T10:00:00+00:00, due 2026-03-02 12:00:00+00:00>"
    )
    paused = clock.pause("customer", at=MONDAY.add(minutes=30))
    assert repr(paused) == ("<Clock answer of T-7: paused by customer, 30min of 2h used at 2026-03-02T10:30:00+00:00>")
    status = clock.status(MONDAY.add(hours=7))
    assert (
        repr(status) == "<ClockStatus answer: running, 7h of 2h used (350 %), due 2026-03-02 12:00:00+00:00, breached>"
    )
    assert repr(paused.status(MONDAY.add(hours=7))) == (
        "<ClockStatus answer: paused by customer, 30min of 2h used (25 %)>"
    )
    ended = clock.stop(at=MONDAY.add(hours=1)).status(MONDAY.add(hours=9))
    assert (ended.started, ended.ended, ended.at) == (MONDAY, MONDAY.add(hours=1), MONDAY.add(hours=9))
    assert (ended.real_elapsed, status.started, status.ended) == (timedelta(hours=1), MONDAY, None)
