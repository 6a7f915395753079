"""Laws of journeys and definitions: what each field says, and what a definition prints (KPI-4, 14, 31, 32)."""

import json
import pickle
import tomllib
from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import event, given

from oracles.recount import MINUTE, fields_of
from oracles.ticket_logs import EPOCH, SPAN, flat, logs, minutes
from servicedesk.conditions import Field
from servicedesk.events import (
    ClockCancelled,
    ClockStarted,
    ClockStopped,
    TicketAccepted,
    TicketAssigned,
    TicketMoved,
)
from servicedesk.metrics import Kpi, Target, journeys, library
from servicedesk.metrics.fields import CLOCK_FIELDS, TICKET_FIELDS, FieldReader, clock_of, family_of, field_names
from servicedesk.plain import from_plain, to_plain, toml_text


@given(logs(), minutes(0, 2 * SPAN))
def test_a_journey_says_what_a_search_through_the_facts_finds(streams, as_of):
    """KPI-14, metrics §2: every field, each by a search of its own, on facts before as_of."""
    found = journeys(flat(streams), as_of=as_of)
    lives = {}
    for fact in flat(streams):
        if fact.at < as_of and fact.kind.startswith("ticket."):
            lives.setdefault(fact.ticket, []).append(fact)
    assert {ticket for ticket, journey in found.items() if journey.category} == set(lives)
    for ticket, life in lives.items():
        expected = fields_of(life)
        assert {name: getattr(found[ticket], name) for name in expected} == expected
        event(f"hops {expected['hops']}, ping-pongs {expected['ping_pongs']}")


@given(logs(), minutes(), minutes())
def test_turns_alternate_and_never_go_back(streams, one, other):
    """KPI-11: open, settled, open again; a ticket is open iff the number of turns before is odd."""
    start, end = sorted((one, other))
    for journey in journeys(flat(streams), as_of=EPOCH + 3 * SPAN * MINUTE).values():
        assert journey.turns == sorted(journey.turns)
        assert (len(journey.turns) % 2 == 1) == (journey.category not in ("resolved", "closed", None))
        assert journey.open_within(start, end) == (journey.open_time(start, end) > 0)
        event("a turn on the border" if end in journey.turns else "no turn there")


NAMES = {"ticket": "T", "actor": "seat"}
WHAT = ("started", "elapsed")


def accepted(**values):
    return TicketAccepted(
        **NAMES, at=0, workflow="fault", workflow_version=1, **{"state": "new", "category": "new", **values}
    )


def assigned(at, group, assignee=None, line=None):
    return TicketAssigned(**NAMES, at=at, group=group, assignee=assignee, line=line)


def moved(at, category, outcome=None):
    return TicketMoved(
        **NAMES, at=at, step=None, source="s", target="t", category=category, entered=at, outcome=outcome
    )


def journey_of(*facts):
    return journeys(facts, as_of=10**9)["T"]


def test_the_first_assignment_is_no_hop_and_groups_and_persons_are_counted_apart():
    """Metrics §7: two counters, not one."""
    journey = journey_of(accepted(), assigned(1, "A", "p"), assigned(2, "A", "q"), assigned(3, "B", "q"))
    assert (journey.hops, journey.person_hops, journey.ping_pongs) == (1, 1, 0)


def test_a_return_to_the_group_before_the_last_is_a_ping_pong():
    """Metrics §3.3: A, B, A; a stay with nobody in between changes nothing."""
    journey = journey_of(
        accepted(group="A"), assigned(1, None), assigned(2, "B"), assigned(3, None), assigned(4, "A"), assigned(5, "C")
    )
    assert (journey.hops, journey.ping_pongs, journey.first_group, journey.group) == (3, 1, "A", "C")


def test_the_group_is_the_one_at_the_last_settlement():
    """KPI-14: who resolved it, also if another group has it afterwards; before that, the owner, even nobody."""
    journey = journey_of(accepted(group="A"), moved(1, "resolved"), moved(2, "active"), assigned(3, "B"))
    assert journey.group == "A"
    assert journey_of(accepted(group="A"), assigned(1, None)).group is None
    resolved_by_nobody = journey_of(accepted(group="A"), assigned(1, None), moved(2, "resolved"))
    assert resolved_by_nobody.group == "A"


@pytest.mark.parametrize(
    ("facts", "has_solution"),
    [
        ((), None),
        ((moved(1, "resolved"),), True),
        ((moved(1, "resolved", "workaround"),), True),
        ((moved(1, "resolved", "refused"),), False),
        ((moved(1, "closed", "solved"),), False),
        ((moved(1, "closed"),), False),
    ],
)
def test_a_solution_needs_a_resolved_state_and_no_other_outcome(facts, has_solution):
    """KPI-30, WF-9."""
    assert journey_of(accepted(), *facts).has_solution is has_solution


def test_from_closed_to_resolved_nothing_is_undone_and_nothing_resolved_anew():
    """KPI-30: a settlement is a move out of open."""
    journey = journey_of(accepted(), moved(1, "closed"), moved(2, "resolved"), moved(3, "closed"))
    assert (journey.settled, journey.resolved, journey.closed, journey.reopens) == (1, None, 3, 0)
    assert journey.turns == [0, 1]


def test_the_look_ahead_starts_at_the_first_resolution():
    """KPI-9: else a ticket resolved again would never have been undone."""
    journey = journey_of(accepted(), moved(1, "resolved"), moved(5, "active"), moved(9, "resolved"), moved(20, "new"))
    assert (journey.first_resolved, journey.resolved, journey.undone_after) == (1, 9, 4)


def test_a_reader_gives_what_conditions_compare():
    """COND-2: spans as timedeltas, instants as aware datetimes, each by its name."""
    journey = journey_of(accepted(), moved(60_000_000, "resolved"))
    reader = FieldReader(("resolved", "time_to_resolve", "hops", "resolution_due"))
    values = reader.values(reader.row(journey))
    assert values["time_to_resolve"] == timedelta(minutes=1)
    assert values["resolved"].isoformat() == "1970-01-01T00:01:00+00:00"
    assert (values["hops"], values["resolution_due"]) == (0, None)
    for name in field_names():
        assert FieldReader((name,)).row(journey) is not None


def test_a_reader_keeps_the_fields_of_several_clocks_apart():
    """Metrics §2: each value under its own name, in whatever order the fields were named."""
    clocks = [
        ClockStarted(ticket="T", at=at, metric=metric, elapsed=at, due=at + 1, breach_at=at + 2, goal=1)
        for at, metric in ((10, "resolution"), (20, "first_response"))
    ]
    names = [f"{metric}_{what}" for what in WHAT for metric in ("resolution", "first_response")]
    for wanted in (names, names[::-1]):
        reader = FieldReader(wanted)
        row = dict(zip(reader.names, reader.row(journey_of(accepted(), *clocks)), strict=True))
        assert row == {f"{m}_{what}": at for m, at in (("resolution", 10), ("first_response", 20)) for what in WHAT}


def test_a_cancelled_clock_has_no_verdict_even_past_its_breach():
    """SLA-66, KPI-10."""
    clock = {"ticket": "T", "metric": "resolution", "elapsed": 0, "due": 1, "breach_at": 2}
    cancelled = journey_of(ClockStarted(**clock, at=0, goal=1), ClockCancelled(**clock, at=1)).laps["resolution"]
    assert (cancelled.met, cancelled.due, cancelled.wall) == (None, 1, None)
    stopped = journey_of(ClockStarted(**clock, at=0, goal=1), ClockStopped(**clock, at=9, met=False))
    assert (stopped.laps["resolution"].met, stopped.laps["resolution"].wall) == (False, 9)


def test_every_field_has_a_family_and_clock_fields_are_told_from_others():
    """Metrics §2."""
    assert all(family_of(name) for name in field_names())
    assert len(field_names()) == len(TICKET_FIELDS) + 7 * len(CLOCK_FIELDS)
    assert clock_of("resolution_breach_at") == ("resolution", "breach_at")
    assert clock_of("network_due") is None
    assert clock_of("network_due", ("network",)) == ("network", "due")
    assert family_of("resolution_happy") is None


def test_what_a_definition_prints():
    """KPI-4, KPI-31, KPI-32: cohort, sets, window, direction, target, source and digest in one line."""
    kpi = evolve(library.reopen_rate(), target=Target("<", "5 %"), source="here", among=Field("kind") == "fault")
    assert str(kpi) == (
        'reopen_rate v1 重开率: share of tickets by first_resolved, kind == "fault" → undone_after <= 168h; '
        f"final 168h after first_resolved; lower is better; target < 5%; source: here; {kpi.digest}"
    )
    assert library.on_time_resolution(stop="closed").title == "on_time_resolution v1 按时解决率 (closed in time)"
    assert "90 % rank of time_to_resolve over tickets by resolved, all" in str(library.resolution_time("p90"))
    assert "mean of hops over tickets by resolved, all" in str(library.reassignments())
    assert "tickets accepted and not settled at the end, all" in str(library.backlog())
    assert "on average over the period" in str(library.backlog_average())
    assert "number of tickets by accepted, all" in str(Kpi("volume", by="accepted", measure="count", better=None))
    assert "rule: exactly one group ever held it" in str(library.first_line_resolution("one_group"))


def test_digests_are_frozen():
    """KPI-13: they stand in stored cards, so they are the same for ever, on any machine."""
    kpis = {kpi.name: kpi.digest for kpi in library.ticket_figures(stop="resolved")}
    assert len(set(kpis.values())) == len(kpis) == 19
    assert kpis["on_time_resolution"] == "4c678faead63"
    assert kpis["reopen_rate"] == "30b32f2a29b9"
    assert kpis["resolution_time_p90"] == "da1ff773cb38"


def test_a_digest_depends_on_what_decides_the_number_and_on_nothing_else():
    """KPI-13."""
    kpi = library.on_time_resolution(stop="resolved")
    for labels in ({"name": "x"}, {"chinese": "x"}, {"source": "x"}, {"rule": "x"}, {"target": Target(">=", "90 %")}):
        assert evolve(kpi, **labels).digest == kpi.digest
    for meaning in (
        {"by": "accepted"},
        {"stop": "closed"},
        {"among": "hops > 0"},
        {"within": "1h"},
        {"clocks": ("x",)},
    ):
        assert evolve(kpi, **meaning).digest != kpi.digest


def test_definitions_are_plain_values():
    """Principle 4: they compare, hash, pickle and copy; conditions may be given as text."""
    kpi = library.reopen_rate("7d")
    assert kpi == library.reopen_rate(timedelta(days=7)) == evolve(kpi, counts="undone_after <= 168h")
    assert kpi != library.reopen_rate("6d")
    assert hash(kpi) == hash(library.reopen_rate("7d"))
    assert pickle.loads(pickle.dumps(kpi)) == kpi


def test_definitions_survive_plain_data_and_toml():
    """Principle 4, PLN-1, PLN-7: a round trip gives the equal definition, with its digest."""
    targeted = evolve(library.resolution_time("p90"), target=Target("<=", "4h"))
    for kpi in (*library.ticket_figures(stop="resolved"), targeted):
        plain = to_plain(kpi)
        again = from_plain(Kpi, tomllib.loads(toml_text(json.loads(json.dumps(plain)))))
        assert again == kpi
        assert again.digest == kpi.digest
