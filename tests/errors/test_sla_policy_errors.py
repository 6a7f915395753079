"""Bad policies: every problem at once, with its path and what was possible (SLA-83, §5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.errors import DefinitionInvalid, UnknownKind
from servicedesk.plain import from_plain, to_plain
from servicedesk.sla import Calendar, Clock, Goal, Metric, SlaPolicy, SlaRule, TicketClocks, WorkingDays

OFFICE = Calendar.weekly("Mon-Fri 09:00-17:00", zone="UTC", name="office")
GOAL = Goal("resolution", within="8h", calendar=OFFICE, stop="resolved")


def problems(act) -> list[str]:
    with pytest.raises(DefinitionInvalid) as caught:
        act()
    return [str(problem) for problem in caught.value.problems]


def test_sla_83_all_problems_of_a_policy_come_at_once():
    """SLA-44, 47, 83: no end, a date goal that cannot be paused, a metric twice, words that are none."""
    answer = Goal("answer", within="8h", calendar=OFFICE)
    days = Goal("resolution", within=WorkingDays(3), calendar=OFFICE, stop="resolved")
    rules = [SlaRule([answer, GOAL, GOAL]), SlaRule(days), SlaRule(())]
    paused = Metric(name="resolution", pause={"customer": "a == 1"})
    assert problems(lambda: SlaPolicy("p", rules, metrics=[paused], carry="keep", on_unknown="guess")) == [
        "policy.carry: 'keep' is none of keep_elapsed, restart, proportional, retroactive",
        "policy.on_unknown: 'guess' is none of assume, raise",
        "policy.rules[0].goals.answer.stop: nothing ends it; write for instance stop='resolved'",
        "policy.rules[0].goals.resolution: it stands there twice; a metric has one",
        (
            "policy.rules[1].goals.resolution.pause: a date goal cannot be paused as it stands; write "
            "on_pause='extend' for working days, 'ignore', or no pause (SLA-44)"
        ),
        "policy.rules[2].goals: there are none",
    ]
    assert problems(lambda: SlaPolicy("p", [])) == [
        "policy.rules: there are none; a policy without goals promises nothing"
    ]


def test_sla_70_warnings_about_rules_that_are_never_reached_and_pauses_that_end_at_once():
    """SLA-70: both work, and may not mean what their author thinks."""
    fleeting = Goal("answer", within="8h", calendar=OFFICE, stop="answered", pause="waiting")
    policy = SlaPolicy("p", [SlaRule(GOAL, name="all"), SlaRule([GOAL, fleeting], when="urgent == true")])
    assert [(problem.code, problem.severity, str(problem)) for problem in policy.problems()] == [
        (
            "unreachable",
            "warning",
            "policy.rules[1].goals.resolution: never reached: all takes every such ticket first",
        ),
        (
            "fleeting_pause",
            "warning",
            (
                'policy.metrics.answer.pause.on_hold: event == "waiting" holds only until the next event; ask for a '
                "state, or give resume="
            ),
        ),
    ]


def test_sla_71_two_rules_or_policies_of_one_name_are_refused():
    """SLA-71: facts name policy, version and rule; two of one name could not be told apart in a replay."""
    twice = [SlaRule(GOAL, when="a == 1", name="urgent"), SlaRule(GOAL, name="urgent")]
    assert problems(lambda: SlaPolicy("p", twice)) == ["policy.rules[1].name: rules[0] is called 'urgent', too"]
    one, other = (SlaPolicy("p", [SlaRule(GOAL.with_limit(limit))]) for limit in ("1h", "2h"))
    clocks = TicketClocks.accept(one, ticket="T", at=0)
    (problem,) = problems(lambda: clocks.adopt(other, {}, at=1))
    assert problem == "policy.version: two different policies are 'p' version ''; give each its version"
    assert clocks.adopt(one, {}, at=1).clocks == clocks.clocks


def test_sla_65_a_date_has_no_half():
    """SLA-65: proportional carry-over needs durations on both sides."""
    days = Goal("resolution", within=WorkingDays(3), calendar=OFFICE, stop="resolved")
    rules = [SlaRule(GOAL, when="a == 1"), SlaRule(days)]
    assert problems(lambda: SlaPolicy("p", rules, carry="proportional")) == [
        "policy.carry: a date goal of 'resolution' cannot be carried over in proportion; write another carry"
    ]


def test_sla_48_a_misspelt_metric_is_a_warning():
    """SLA-48: it may be the host's own; it may be a slip."""
    policy = SlaPolicy("p", [SlaRule(Goal("first_respons", within="1h", calendar=OFFICE, stop="replied"))])
    (problem,) = policy.problems()
    assert (problem.code, problem.severity) == ("unknown_metric", "warning")
    assert str(problem) == "policy.rules[0].goals.first_respons: a metric of its own; did you mean 'first_response'?"


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: SlaRule("x"), "a rule has Goals, not str 'x'"),
        (lambda: SlaPolicy("p", ["x"]), "a policy has SlaRules, not str 'x'"),
        (
            lambda: TicketClocks.accept(SlaPolicy("p", [SlaRule(GOAL)]), ticket="T", at=0, values={"team": 5}),
            "team is a name",
        ),
    ],
)
def test_sla_83_what_is_no_goal_rule_or_team_is_a_type_error(act, message):
    """SLA-83: the argument and what it was."""
    with pytest.raises(TypeError, match=message):
        act()


def test_sla_48_a_metric_without_a_name_or_with_a_broken_condition():
    """SLA-48: conditions are read when they are given."""
    assert problems(lambda: Metric(name="first response")) == [
        "name: 'first response' is no name; write for instance 'first_response'"
    ]
    (problem,) = problems(lambda: Metric(name="x", stop="state = done"))
    assert "condition[" in problem
    with pytest.raises(TypeError, match="a condition is a Condition, its text or the name of an event, not 5"):
        Metric(name="x", stop=5)


DATA = {
    "name": "p",
    "calendars": {"office": {"weekly": "Mon-Fri 09:00-17:00", "zone": "UTC", "name": "office"}},
    "rules": [{"when": 'kind == "a"', "goals": {"resolution": {"within": "8h", "stop": "resolved"}}}],
}


def test_sla_82_one_calendar_needs_no_name_in_its_goals():
    """SLA-82: where there is only one, it is meant."""
    policy = from_plain(SlaPolicy, DATA)
    assert policy.goals[0].calendar.name == "office"
    assert to_plain(policy) == DATA


def test_sla_83_a_broken_file_lists_all_its_problems_with_paths():
    """SLA-82, 83: unknown keys, calendars that are not there, wrong types, nothing half read."""
    broken = {
        "nmae": "p",
        "calendars": {
            "office": {"weekly": "Mo-Fri 9-17", "zone": "UTC"},
            "nights": {"weekly": "daily 22:00-06:00", "zone": "UTC"},
        },
        "metrics": {"x": {"stop": 5}, "y": 3},
        "rules": [
            {"whne": "a == 1", "goals": {"resolution": {"within": "8h", "stop": "resolved", "calendar": "ofice"}}},
            {"when": "a = 1", "goals": {"answer": {"within": "2d", "stop": "answered", "calendar": "nights"}}},
            {"goals": 5},
            7,
        ],
        "carry": 1,
    }
    found = problems(lambda: from_plain(SlaPolicy, broken, "policy"))
    starts = [
        "policy.nmae: unknown key; did you mean 'name'?",
        "policy.name: missing",
        "policy.calendars.office.weekly[0]: 'Mo' in 'Mo-Fri' is no weekday; did you mean 'Mon'?",
        "policy.calendars.office.weekly[0]: '9-17' is no window",
        "policy.metrics.x.stop: ",
        "policy.metrics.y: 3 is not a table",
        "policy.rules[0].whne: unknown key; did you mean 'when'?",
        "policy.rules[0].goals.resolution.calendar: no calendar 'ofice' here; did you mean 'office'?",
        "policy.rules[1].goals.answer.within: ",
        "policy.rules[2].goals: 5 is not a table",
        "policy.rules[3]: 7 is not a table",
        "policy.carry: 1 is no text",
    ]
    assert [line for line in found if not any(line.startswith(start) for start in starts)] == []
    assert len(found) == len(starts)


def test_sla_71_a_promise_of_another_policy_is_an_unknown_kind():
    """SLA-71: a replay under the wrong version names what it knows."""
    policy = SlaPolicy("p", [SlaRule(GOAL)], version="2")
    (started,) = Clock.start(GOAL, at=0, promised_by="p 1 rules[0]").changes
    with pytest.raises(UnknownKind, match=r"p 1 rules\[0\].*p 2 rules\[0\]"):
        policy.promise_of(started)


leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["8h", "resolved", "office", "a == 1", "名"])
)
keys = st.sampled_from(
    ["name", "rules", "when", "goals", "within", "calendar", "calendars", "weekly", "stop", "working_days"]
)
shapes = st.recursive(
    leaves, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=4))
)


@given(shapes, st.sampled_from(["name", "calendars", "rules", "metrics", "carry"]))
def test_sla_83_any_data_is_read_or_refused_with_problems(data, key):
    """SLA-82: whatever stands in a file, the answer is a policy or a list of problems."""
    for given_data in (data, {**DATA, key: data}):
        try:
            from_plain(SlaPolicy, given_data)
        except DefinitionInvalid as error:
            assert error.problems  # noqa: PT017  # either answer is right; an empty list would not be
