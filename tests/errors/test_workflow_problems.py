"""Every problem code of a definition, with its path and message (CHK-1), and what is said of bad data."""

import pytest

from servicedesk.errors import DefinitionInvalid
from servicedesk.plain import from_plain
from servicedesk.workflow import (
    Computed,
    DataField,
    FollowUp,
    For,
    Guard,
    InGroup,
    Lease,
    Mark,
    Migration,
    Promise,
    Propagation,
    Return,
    Right,
    State,
    Step,
    Timer,
    Urging,
    Workflow,
    counter_below,
    has_mark,
    library,
    not_same_actor,
)

OPEN, DONE = State("open", "new", born=True), State("done", "closed", final=True)
GO = Step("go", "open", "done")


def said(states=(OPEN, DONE), steps=(GO,), **more):
    flow = Workflow("q", 1, states=states, steps=steps, **more)
    return [f"{p.code} {p}" for p in flow.problems() if p.severity == "error"]


def step(**more):
    return {"steps": [Step("go", "open", "done", **more)]}


def opened(**more):
    return {"states": [State("open", "new", born=True, **more), DONE]}


FIELDS = [DataField("solution"), DataField("due_at", "instant"), DataField("n", "integer")]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"steps": [Step("go", InGroup("dsek"), "done")], **opened(group="desk")},
            "unknown_name steps[0].source: 'dsek' is not a group; did you mean 'desk'?",
        ),
        (
            {"steps": [Step("go", "open", Return("open", "dome"))]},
            "unknown_name steps[0].target: 'dome' is not a state; did you mean 'done'?",
        ),
        ({"steps": [Step("go", "open", Return())]}, "bad_target steps[0].target: Return needs at least one state"),
        (
            step(requires="solutoin") | {"fields": FIELDS},
            "unknown_name steps[0].requires: 'solutoin' is not a field; did you mean 'solution'?",
        ),
        (
            step(when="soluton == 1") | {"fields": FIELDS},
            "unknown_name steps[0].when: 'soluton' is not a field; did you mean 'solution'?",
        ),
        (
            step(requires=For("saet", "n"), by="seat") | {"roles": ("seat", "leader")},
            "unknown_name steps[0].requires: 'saet' is not a role; did you mean 'seat'?",
        ),
        (
            step(needs="calback", gives="callback"),
            "unknown_name steps[0].needs: 'calback' is not a mark; did you mean 'callback'?",
        ),
        (step(voids="x"), "unknown_name steps[0].voids: 'x' is not a mark; marks: none"),
        (step(outcome="sovled"), "unknown_name steps[0].outcome: 'sovled' is not an outcome; did you mean 'solved'?"),
        (
            step(lock="take"),
            "unknown_name steps[0].lock: 'take' is not a lock; did you mean 'takes'?",
        ),
        (
            step(records="calback"),
            "unknown_name steps[0].records: 'calback' is not a record; did you mean 'callback'?",
        ),
        (
            step(guards=counter_below("returns", 2)),
            "unknown_name steps[0].guards[0]: 'returns' is not a counter; counters: none",
        ),
        (
            step(guards=not_same_actor("og")),
            "unknown_name steps[0].guards[0]: 'og' is not a step; steps: go",
        ),
        (step(guards=has_mark("m")), "unknown_name steps[0].guards[0]: 'm' is not a mark; marks: none"),
        (
            step(guards=True),
            "bad_guard steps[0].guards[0]: True is no guard; write counter_below('returns', 2)",
        ),
        (
            step(guards=Guard("within", {"span": "soon", "since": "entered"})),
            "bad_guard steps[0].guards[0]: Guard(within, since='entered', span='soon'): ",
        ),
        (
            step(sets={"n": "five"}) | {"fields": FIELDS},
            "bad_setting steps[0].sets['n']: 'five' is no value of 'n', a integer",
        ),
        (
            {"states": [State("open", "new", born=True, inherits="dnoe"), DONE]},
            "unknown_name states[0].inherits: 'dnoe' is not a state; did you mean 'done'?",
        ),
        (
            opened(timers=Timer("og", after="1h")),
            "unknown_name states[0].timers[0].step: 'og' is not a step; steps: go",
        ),
        (opened(timers=Timer("go")), "bad_timer states[0].timers[0]: a timer has either after= or at_field="),
        (opened(timers="go"), "bad_timer states[0].timers[0]: 'go' is no Timer"),
        (
            opened(timers=Timer("go", at_field="n")) | {"fields": FIELDS},
            "bad_timer states[0].timers[0].at_field: 'n' is a field of type integer",
        ),
        (
            {"states": [OPEN, State("done", "closed", timers=Timer("go", after="1h"))]},
            "bad_timer states[1].timers[0].step: 'go' does not leave 'done'",
        ),
        (
            {"fields": [DataField("a", "txt")]},
            "unknown_name fields[0].type: 'txt' is not a type; did you mean 'text'?",
        ),
        ({"fields": [DataField("a", "choice")]}, "bad_field fields[0].choices: a choice has choices"),
        (
            {"fields": [DataField("a", choices="x")]},
            "bad_field fields[0].choices: a field of type text has no choices",
        ),
        ({"fields": [DataField("state")]}, "bad_name fields[0].name: 'state' is a word of the ticket itself"),
        (
            {"fields": [DataField("a"), DataField("a")]},
            "duplicate_name fields[1].name: 'a' is fields[0] already",
        ),
        ({"marks": [Mark("m", "life")]}, "unknown_name marks[0].scope: 'life' is no scope; allowed: round, ticket"),
        (
            {"promises": [Promise("dnoe", "m")], "marks": [Mark("m")]},
            "unknown_name promises[0].before: 'dnoe' is not a state or step; did you mean 'done'?",
        ),
        (
            {"rights": [Right(roles="seat", step="og")]},
            "unknown_name rights[0].step: 'og' is not a step; steps: go",
        ),
        (
            {"rights": [Right(roles="seat", step="go"), Right(roles="leader", step="go")]},
            (
                "ambiguous_right steps[0].by: rights[0] and rights[1] rule 'go' from 'open' to 'done' alike, "
                "with different roles"
            ),
        ),
        ({"supervision": ("0s",)}, "bad_limit supervision[0]: a level has a time to answer"),
        (
            step(when="held(waiting > 3, 3min)"),
            "bad_condition steps[0].when: held(waiting > 3, 3min) holds over time, and a step sees one instant",
        ),
        (
            step(when=True),
            "bad_condition steps[0].when: True is no condition; write Field('kind') == 'fault', or its text",
        ),
        ({"supervised": True}, "bad_limit supervised: a supervision needs the limit of a level: supervision="),
        ({"lease": Lease("0s")}, "bad_limit lease.span: a claim holds for some time"),
        ({"lease": Lease(then="goo")}, "unknown_name lease.then: 'goo' is not a step; did you mean 'go'?"),
        (
            {"urging": Urging(supervise_after=-1)},
            "bad_limit urging.supervise_after: -1 is not a number of urges, 0 or more",
        ),
        (
            {"urging": Urging(supervise_after=True)},
            "bad_limit urging.supervise_after: True is not a number of urges, 0 or more",
        ),
        (
            {"open_children": "blokc"},
            "unknown_name open_children: 'blokc' is not a way; did you mean 'block'?",
        ),
        (
            {"follow_ups": [FollowUp("goo")]},
            "unknown_name follow_ups[0].step: 'goo' is not a step; did you mean 'go'?",
        ),
        (
            {"follow_ups": [FollowUp("go", "refues")]},
            "unknown_name follow_ups[0].outside: 'refues' is not a way; did you mean 'refuse'?",
        ),
        (
            {"follow_ups": [FollowUp("go", when='solutoin == "x"')], "fields": FIELDS},
            "unknown_name follow_ups[0].when: 'solutoin' is not a field; did you mean 'solution'?",
        ),
        (
            {"propagations": [Propagation(on="goo", do="cancel")]},
            "unknown_name propagations[0].on: 'goo' is not a step; did you mean 'go'?",
        ),
        (
            {"propagations": [Propagation(on="go", do="cancel", child_in="actvie")]},
            "unknown_name propagations[0].child_in: 'actvie' is not a category; did you mean 'active'?",
        ),
        (
            {"propagations": [Propagation(on="go", do="cancel", actor_roles="saet")], "roles": ("seat",)},
            "unknown_name propagations[0].actor_roles: 'saet' is not a role; did you mean 'seat'?",
        ),
        (
            {
                "propagations": [Propagation(on="go", do="cancel", reasons="invlaid")],
                **step(reasons=("invalid", "late")),
            },
            "unknown_name propagations[0].reasons: 'invlaid' is not a reason; did you mean 'invalid'?",
        ),
    ],
)
def test_each_error_has_its_place_and_the_nearest_name(given, message):
    """CHK-1: code, path, message."""
    found = said(**given)
    assert len(found) == 1
    assert found[0].startswith(message) if message.endswith(": ") else found[0] == message


def test_states_that_inherit_in_a_ring_are_found():
    """CHK-1 ``inherits_cycle``: each state of the ring is named, with the ring."""
    ring = [State("a", "new", born=True, inherits="b"), State("b", "active", inherits="a")]
    assert said(ring, ()) == [
        "inherits_cycle states[0].inherits: 'a' inherits 'b' inherits 'a'",
        "inherits_cycle states[1].inherits: 'b' inherits 'a' inherits 'b'",
    ]


def test_timers_that_turn_in_no_time_are_found():
    """CHK-1 ``timer_cycle``, TM-3: spans of 0, and fields, whose instant may be past; a span of time is none."""

    def states(after):
        return [State("a", "new", born=True, timers=Timer("on", after="0s")), State("b", "active", timers=after)]

    steps = [Step("on", "a", "b"), Step("off", "b", "a")]
    wanted = ["timer_cycle states[0].timers: timers lead from 'a' to 'b' to 'a' without time passing"]
    assert said(states(Timer("off", after="0s")), steps) == wanted
    assert said(states(Timer("off", at_field="x")), steps) == wanted
    assert said(states(Timer("off", after="1s")), steps) == []
    again = State("a", "new", born=True, timers=Timer("on", after="0s"))
    assert said([again, State("b", "active")], [Step("on", "a", "=")])[0].startswith("timer_cycle states[0]")
    assert said([again, State("b", "active")], [Step("on", "a", ".")]) == []


def test_more_than_twelve_marks_are_not_proved():
    """CHK-1 ``too_many_marks``."""
    names = [f"m{index}" for index in range(13)]
    message = "too_many_marks promises: 13 marks stand in promises and needs; at most 12 can be proved"
    assert said(**step(gives=names), promises=[Promise("done", names)]) == [message]
    assert said(**step(gives=names), promises=[Promise("done", names[1:])]) == []


def test_a_state_nobody_should_be_born_in_breaks_its_promise():
    """CHK-3: a witness of no steps; a promise about a step is held before the step gives anything."""
    born = [OPEN, State("done", "closed", born=True)]
    assert said(born, promises=[Promise("done", "m")], marks=[Mark("m")]) == [
        "promise_broken promises[0]: 'done' is reached without m: being born there"
    ]
    assert said(**step(gives="m"), promises=[Promise("go", "m")]) == [
        "promise_broken promises[0]: 'go' is reached without m: go"
    ]
    assert said(**step(gives="m"), promises=[Promise("done", "m")]) == []


def test_what_the_host_must_bring_is_asked_for_when_compiling():
    """CHK-1, WF-11: guards, resolvers and calendars travel by name."""
    flow = Workflow(
        "q",
        1,
        states=[State("open", "new", born=True, timers=Timer("go", after="1h", calendar="offce")), DONE],
        steps=[Step("go", "open", Computed("where", "done"), guards=Guard("mien"))],
    )
    assert [p for p in flow.problems() if p.severity == "error"] == []
    with pytest.raises(DefinitionInvalid) as caught:
        flow.compile(calendars={"office": None}, guards={"mine": None})
    assert [str(problem) for problem in caught.value.problems] == [
        "states[0].timers[0].calendar: 'offce' is not a calendar; did you mean 'office'?",
        "steps[0].target: 'where' is not a resolver; resolvers: none",
        "steps[0].guards[0]: 'mien' is not a guard; did you mean 'mine'?",
    ]


def test_plain_data_are_answered_with_every_path():
    """WF-11, PLN-3: nothing is ignored, nothing is coerced."""
    data = {
        "name": "q",
        "verson": 1,
        "states": [{"name": "a", "category": "new", "born": 1, "requires": [{"for": "seat"}]}, 7],
        "steps": [{"name": "go", "source": "a", "target": {"back": []}, "by": ["x", 3], "when": "((", "sets": []}],
        "supervision": ["soon"],
    }
    with pytest.raises(DefinitionInvalid) as caught:
        from_plain(Workflow, data)
    assert [problem.path for problem in caught.value.problems] == [
        "verson",
        "version",
        "states[0].born",
        "states[0].requires[0]",
        "states[1]",
        "steps[0].source",
        "steps[0].target",
        "steps[0].by[1]",
        "steps[0].sets",
        "supervision[0]",
    ]
    good = {"name": "q", "version": 1, "states": [{"name": "a", "category": "new"}], "steps": []}
    with pytest.raises(DefinitionInvalid, match="no state is born=True"):
        from_plain(Workflow, good)


def migrated(**more):
    old = library.fault()
    new = old.extend(version=2, states=[State("at_vendor", "waiting")])
    names = {state.name: state.name for state in old.states} | more.pop("states", {})
    states = {name: target for name, target in names.items() if target is not None}
    base = {"from_": ("fault", 1), "to": ("fault", 2), "states": states}
    return [f"{p.code} {p}" for p in Migration(**{**base, **more}).problems(old, new)]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"states": {"waiting": None}}, "migration_not_total states: 'waiting' is neither mapped nor refused"),
        ({"refuse": "waiting"}, "migration_not_total states: 'waiting' is both mapped and refused"),
        (
            {"states": {"waitng": "waiting"}},
            "unknown_name states['waitng']: 'waitng' is not a state; did you mean 'waiting'?",
        ),
        (
            {"states": {"waiting": "at_vendro"}},
            "unknown_name states['waiting']: 'at_vendro' is not a state; did you mean 'at_vendor'?",
        ),
        ({"refuse": "x"}, "unknown_name refuse: 'x' is not a state; states: accepted, "),
        ({"grants": {"x": "callback"}}, "unknown_name grants['x']: 'x' is not a state; states: accepted, "),
        ({"to": ("fault", 3)}, "unknown_name to: ('fault', 3) is not the identity of <Workflow 'fault' version 2"),
        ({"timers": "stop"}, "unknown_name timers: 'stop' is no way with timers; ways: restart, keep, drop"),
        (
            {"marks": {"callback": None}},
            "promise_broken to.promises[0]: 'archived' of 'fault' is reached without callback: on arrival",
        ),
        (
            {"states": {"resolved": "archived"}, "grants": {"resolved": "callback"}},
            "promise_broken to.promises[0]: 'archived' of 'fault' is reached without callback: on arrival",
        ),
        (
            {"states": {"at_back": "waiting"}},
            "category_change states['at_back']: 'at_back' is active, 'waiting' is waiting",
        ),
    ],
)
def test_each_problem_of_a_migration(given, message):
    """MIG-2, MIG-3: total, known names, promises kept."""
    assert migrated(**given)[0].startswith(message)


def test_a_grant_vouches_for_a_mark():
    """MIG-3: where ``grants`` names it, the promise holds; what several states become is told as lossy."""
    given = {"states": {"resolved": "archived"}, "grants": {"archived": "callback"}}
    assert {line.split()[0] for line in migrated(**given)} == {"category_change", "lossy_map"}


def test_rounds_that_nothing_counts_are_shown_with_their_ring():
    """CHK-2 ``unbounded_loop``: a warning, with the states of the ring as witness."""
    flow = Workflow(
        "q",
        1,
        states=[OPEN, State("work", "active"), DONE],
        steps=[Step("go", "open", "work"), Step("back", "work", "open"), Step("close", "work", "done")],
    )
    [found] = [problem for problem in flow.problems() if problem.code == "unbounded_loop"]
    assert str(found) == "states[0]: nothing counts the rounds of open work through 'open', 'work'"
    assert (found.severity, found.witness) == ("warning", ("open", "work"))


def test_one_step_that_leads_to_several_places_is_pointed_out():
    """CHK-2 ``same_step_many_targets``: a hint, for whoever reads the loop."""
    flow = Workflow(
        "q",
        1,
        states=[OPEN, State("work", "active"), DONE],
        steps=[
            Step("go", "open", "work", by="seat"),
            Step("go", "open", "done", by="leader"),
            Step("end", "work", "done"),
        ],
    )
    [found] = [problem for problem in flow.problems() if problem.code == "same_step_many_targets"]
    said = "steps[0]: 'go' leads from 'open' to 2 targets: the order of the candidates decides"
    assert (found.severity, str(found)) == ("info", said)
