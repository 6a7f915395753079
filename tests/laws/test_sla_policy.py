"""Policies and the clocks they move: rules against a naive reading, clocks against sums over the ticket's history."""

from __future__ import annotations

import json
import tomllib
from itertools import pairwise

from hypothesis import event, given
from hypothesis import strategies as st

from oracles.ticket_stories import OFFICE, POLICY, histories
from servicedesk.conditions import Condition
from servicedesk.plain import from_plain, to_plain, toml_text
from servicedesk.sla import METRICS, Calendar, Escalation, Goal, Metric, SlaPolicy, SlaRule, TicketClocks
from servicedesk.sla import WorkingDays as Days

NIGHTS = Calendar.weekly("daily 22:00-06:00", zone="Asia/Shanghai", name="nights")
CALENDARS = (OFFICE, NIGHTS, Calendar.always("Asia/Shanghai"))

conditions = st.sampled_from(
    [None, 'priority == "1"', 'priority == "2"', '(kind == "fault") & (priority == "1")', 'kind != "fault"']
)
METRIC_NAMES = ("first_response", "resolution", "answer")


@st.composite
def goals(draw: st.DrawFn, metric: str) -> Goal:
    by_date = draw(st.booleans())
    within = Days(draw(st.integers(0, 9)), on_pause="extend") if by_date else f"{draw(st.integers(1, 40))}h"
    return Goal(
        metric,
        within=within,
        calendar=draw(st.sampled_from(CALENDARS)),
        stop=draw(st.sampled_from(["resolved", 'state in {"done", "结束"}'])),
        boundary=draw(st.sampled_from(["inclusive", "strict", "by_due"])),
        pause=draw(st.sampled_from([{}, {"客户": 'state == "with_customer"'}])),
        warn_at=draw(st.sampled_from([(), ("50%", "4/5")])),
        escalations=draw(st.sampled_from([(), (Escalation("1h", "组长"),)])),
        notify=draw(st.sampled_from([None, OFFICE])),
    )


@st.composite
def policies(draw: st.DrawFn) -> SlaPolicy:
    rules = []
    for _ in range(draw(st.integers(1, 4))):
        names = draw(st.lists(st.sampled_from(METRIC_NAMES), min_size=1, max_size=3, unique=True))
        rules.append(
            SlaRule(
                [draw(goals(name)) for name in names],
                when=draw(conditions),
                name=draw(st.sampled_from(["", f"甲{len(rules)}"])),
            )
        )
    own = draw(st.sampled_from([(), (Metric(name="answer", lapse="closed", on_reopen="restart"),)]))
    carry = draw(st.sampled_from(["keep_elapsed", "restart", "retroactive"]))
    return SlaPolicy("承诺", rules, version="2026", metrics=own, carry=carry)


values_of_tickets = st.fixed_dictionaries(
    {}, optional={"priority": st.sampled_from("123"), "kind": st.sampled_from(["fault", "query"])}
)


@given(policies(), values_of_tickets)
def test_sla_70_the_first_rule_that_matches_gives_the_goal(policy, values):
    """SLA-70: per metric, in order; the explanation names the same rules."""
    expected = {}
    for rule in policy.rules:
        for goal in rule.goals if rule.when is None or rule.when.holds(values) else ():
            expected.setdefault(goal.metric, goal)
    chosen = policy.promises(values)
    event(f"goals: {len(expected)}")
    assert {name: promise.goal for name, promise in chosen.items()} == expected
    assert [name for verdict in policy.explain(values) for name in verdict.chosen] == list(chosen)


@given(policies(), values_of_tickets)
def test_sla_70_an_unreachable_goal_is_never_chosen(policy, values):
    """SLA-70: what `problems` calls unreachable, no ticket ever gets."""
    unreachable = {problem.path for problem in policy.problems() if problem.code == "unreachable"}
    event(f"unreachable: {bool(unreachable)}")
    for place, verdict in enumerate(policy.explain(values)):
        assert not {f"policy.rules[{place}].goals.{name}" for name in verdict.chosen} & unreachable


@given(policies())
def test_law_10_a_policy_is_the_same_after_toml_and_json(policy):
    """SLA-82: conditions, date goals, calendars by name, metrics of its own, Chinese names."""
    data = to_plain(policy)
    assert from_plain(SlaPolicy, json.loads(json.dumps(data))) == policy
    assert from_plain(SlaPolicy, tomllib.loads(toml_text(data))) == policy
    assert to_plain(from_plain(SlaPolicy, data)) == data
    assert hash(from_plain(SlaPolicy, data)) == hash(policy)


def live(policy: SlaPolicy, history, polls: bool = False):
    """Tell a history, dropping the changes after each call as a host does; polled in between or not."""
    first, values = history[0]
    clocks = TicketClocks.accept(policy, ticket="T", at=first, values=values)
    facts, clocks = list(clocks.changes), clocks.drop_changes()
    for (before, _), (at, told) in pairwise(history):
        for part in range(1, 5) if polls else ():
            clocks = clocks.advance(before + (at - before) * part // 5)
            facts += clocks.changes
            clocks = clocks.drop_changes()
        clocks = clocks.observe(told, at=at)
        facts += clocks.changes
        clocks = clocks.drop_changes()
    return clocks, facts


def elapsed(clocks: TicketClocks, metric: str, team: str = "") -> int:
    own = [clock for clock in clocks.clocks if (clock.goal.metric, clock.team) == (metric, team)]
    return own[0].status(clocks.at_us).elapsed_us if own else 0


def owners(values) -> tuple[str, ...]:
    team = values["team"]
    return (team or "",) if team is None or isinstance(team, str) else tuple(team)


def sum_where(history, counts) -> int:
    """Return the office time of the stretches whose values count."""
    return sum(OFFICE.elapsed_us(at, later) for (at, values), (later, _) in pairwise(history) if counts(values))


@given(histories())
def test_sla_48_waiting_and_owning_add_up_over_the_history(history):
    """SLA-48, 73: requester_wait and each team's ownership are sums over the stretches in which their level held."""
    clocks, _ = live(POLICY, history)
    waited = sum_where(history, lambda values: values["category"] == "waiting")
    event(f"waited: {waited > 0}")
    assert elapsed(clocks, "requester_wait") == waited
    for team in ("", "a", "b"):
        owned = sum_where(
            history, lambda v, team=team: team in owners(v) and v["category"] in {"new", "active", "waiting"}
        )
        assert elapsed(clocks, "ownership", team) == owned


@given(histories())
def test_law_19_the_ownership_of_all_teams_sums_to_the_time_the_ticket_was_open(history):
    """SLA-73: where one team at a time holds the ticket, nothing is lost between them."""
    single = [(at, {**values, "team": owners(values)[0]}) for at, values in history]
    clocks, _ = live(POLICY, single)
    total = sum(elapsed(clocks, "ownership", team) for team in ("", "a", "b"))
    assert total == sum_where(single, lambda values: values["category"] in {"new", "active", "waiting"})


@given(histories())
def test_sla_54_57_resolution_counts_what_is_neither_paused_nor_resolved(history):
    """SLA-51, 54, 57: pauses are levels, a reopened cycle goes on, the time in between is not counted."""
    clocks, _ = live(POLICY, history)
    running, counted = True, 0
    stretches = []
    for at, values in history:
        if values["event"] == "resolved":
            running = False
        elif values["event"] == "reopened":
            running = True
        stretches.append((at, running and values["state"] not in {"with_customer", "with_vendor"}))
    for (at, counts), (later, _) in pairwise(stretches):
        counted += OFFICE.elapsed_us(at, later) if counts else 0
    event(f"reopened: {any(values['event'] == 'reopened' for _, values in history)}")
    assert elapsed(clocks, "resolution") == counted


@given(histories())
def test_sla_50_cycles_of_next_response_are_the_oldest_unanswered_messages(history):
    """SLA-50: each cycle runs from the oldest unanswered message to the reply."""
    clocks, _ = live(POLICY, history)
    since, cycles = None, []
    for at, values in history:
        if values["event"] == "customer_replied" and since is None:
            since = at
        elif values["event"] == "replied" and since is not None:
            cycles.append((since, at))
            since = None
    event(f"cycles: {len(cycles)}")
    own = [clock for clock in clocks.clocks if clock.goal.metric == "next_response"]
    found = [(result.started_us, result.stopped_us) for clock in own for result in clock.results]
    assert found == cycles
    assert [clock.started_us for clock in own if not clock.ended] == ([since] if since is not None else [])


@given(histories())
def test_law_13_14_replay_and_polling_give_the_same_clocks(history):
    """Laws 13, 14: the facts alone rebuild the clocks; polling in between gives the same facts, never back in time."""
    clocks, facts = live(POLICY, history)
    polled, polled_facts = live(POLICY, history, polls=True)
    last = history[-1][0]
    assert sorted(polled_facts, key=lambda fact: fact.at) == polled_facts
    assert polled.clocks == clocks.clocks
    by_clock = {(fact.metric, fact.team) for fact in facts}
    for key in by_clock:
        mine, theirs = ([f for f in some if (f.metric, f.team) == key] for some in (facts, polled_facts))
        assert mine == theirs
    again = TicketClocks.replay(POLICY, facts, accepted=history[0][0]).advance(last)
    assert again.clocks == clocks.clocks


def test_sla_48_every_ready_made_metric_can_be_promised():
    """SLA-48: each runs under a goal without further conditions, except that a resolution says what ends it."""
    made = [
        Goal(name, within="1h", calendar=OFFICE, stop="resolved" if name == "resolution" else None) for name in METRICS
    ]
    policy = SlaPolicy("all", [SlaRule(made)])
    assert set(policy.promises({})) == set(METRICS)
    assert policy.problems() == ()


def test_sla_51_conditions_read_as_words():
    """SLA-48: one bare word is the name of an event."""
    metric = Metric(name="x", stop="已回复")
    assert metric.stop == Condition.parse('event == "已回复"')
