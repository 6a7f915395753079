"""What bad input is told by the routing room (spec of routing, §5): class, code, exact message; nothing has changed."""

from datetime import datetime
from fractions import Fraction

import pytest

from servicedesk.errors import DefinitionInvalid, NaiveDatetimeError, Refused, UnknownKind
from servicedesk.events import NoteAdded
from servicedesk.routing import (
    Access,
    Agent,
    Capacity,
    ChoicePolicy,
    Group,
    Implication,
    Limit,
    Override,
    Presence,
    QueuePolicy,
    Relaxation,
    Requirement,
    Router,
    RoutingPolicy,
    Skill,
    SkillGraph,
    Work,
    WrapUp,
)
from servicedesk.routing.facts import WrapUpEnded

S = 1_000_000
GRAPH = SkillGraph([("marketing>=2", "billing")], top={"marketing": 5, "billing": 3}, aliases={"sales": "marketing"})


def lines(value):
    return [str(problem) for problem in value.problems()]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (SkillGraph([("a", "b"), ("b>=2", "c"), ("c", "b>=2")]), [
            "implications[1]: these imply each other: b>=2, c, b>=2",
        ]),
        (SkillGraph([("a>=2", "a>=3")]), ["implications[0]: these imply each other: a>=2, a>=3, a>=2"]),
        (SkillGraph([(("a", 0), ("b", True))]), [
            "implications[0].source.level: level must be an integer ≥ 1, not 0",
            "implications[0].target.level: level must be an integer ≥ 1, not True",
        ]),
        (SkillGraph([("marketng", "billing>=9")], top={"marketing": 5, "billing": 3}), [
            "implications[0].source: 'marketng' is not a skill of this graph; did you mean 'marketing'?",
            "implications[0].target: level 9 of 'billing' is above its highest, 3",
        ]),
        (SkillGraph([Implication("a", "b", drop=1)]), [
            "implications[0].drop: a rule for all levels needs top['a'], its highest level",
        ]),
        (Capacity(total=2, cost={"voice": 3}), ["cost.voice: 3 is more than the total, 2"]),
        (Capacity(total=0, open_offers=True), [
            "total: an integer ≥ 1, not 0",
            "open_offers: an integer ≥ 1, not True",
        ]),
        (WrapUp("timed"), ["span: a timed wrap-up needs a span"]),
        (Limit(0, "0s"), ["assignments: an integer ≥ 1, not 0", "within: 0s is no duration > 0"]),
        (Presence("away", routable=True, signed_in=False), ["routable: nobody is offered work who is not signed in"]),
        (ChoicePolicy("line", "longest idle"), ["keys[1]: 'longest idle' is not a key; did you mean 'longest_idle'?"]),
        (QueuePolicy(name="q", decline_memory=0, offer_timeout=-1, cool_down=-S), [
            "cool_down: -1s is no duration ≥ 0",
            "offer_timeout: -1us is no duration > 0",
            "decline_memory: 0s is no duration > 0",
        ]),
        (QueuePolicy(name="q", order="due", late="behind"), [
            "late: late='behind' without promote_after: late work may never be served",
        ]),
        (QueuePolicy(name="q", order="fifi"), [
            "order: 'fifi' is none of 'fifo', 'lifo', 'due', 'ratio'; did you mean 'fifo'?",
        ]),
        (RoutingPolicy(name="desk", queues=[QueuePolicy(name="a"), QueuePolicy(name="b", order="lifo"), "a"],
                       groups=[Group("g", ["a", "b", "c"])]), [
            "queues[2]: 'a' is declared twice",
            "groups[0].access[2].queue: 'c' is not a queue of this policy",
            "groups[0]: 'a' (fifo) and 'b' (lifo) stand at one rank, 1, but their orders do not compare",
        ]),
        (RoutingPolicy(name="desk", queues=[QueuePolicy(name="a", overflow_to="b"),
                                            QueuePolicy(name="b", overflow_to="a")]), [
            "queues[0].overflow_to: overflow goes round: a, b, a",
            "queues[1].overflow_to: overflow goes round: b, a, b",
        ]),
        (Relaxation([("60s", "a"), ("60s", "a")]), ["steps[1]: step 2 begins no later than what is before it"]),
        (Relaxation([("0s", "a")]), ["steps[0]: step 1 begins no later than what is before it"]),
        (Relaxation([("60s", "a"), ("90s", "a & b")]), ["steps[1]: step 2 admits fewer: b is asked for"]),
        (Work(id="T1", queue="q", requirement="a; lines 2-1"), [
            "requirement.lines: lines are two integers ≥ 1, the lower one first, not (2, 1)",
        ]),
        (Agent(id=" ", skills={"a": 1.5}, line=0), [
            "id: ' ' is not the name of an agent",
            "line: an integer ≥ 1, not 0",
            "skills.a: level must be an integer ≥ 1, not 1.5",
        ]),
    ],
)  # fmt: skip
def test_problems_are_listed_at_once_with_their_places(value, told):
    """§5, ROU-4, 5, 8, 10, 15, 29, 30, 31: each with path, value, and what would have been right."""
    assert lines(value) == told


def test_names_are_checked_against_a_graph_that_declares_them():
    """ROU-5: an unknown name never means that nobody has it."""
    router = Router(RoutingPolicy(name="desk", queues=["q"], graph=GRAPH))
    with pytest.raises(DefinitionInvalid) as caught:
        router.agent_changed("a", skills={"marketin": 1, "billing": 4, "sales": 5}, at=0)
    assert str(caught.value).splitlines()[1:] == [
        "  skills.marketin  'marketin' is not a skill of this graph; did you mean 'marketing'?",
        "  skills.billing   level 4 of 'billing' is above its highest, 3",
    ]
    with pytest.raises(DefinitionInvalid, match="'bil' is not a skill of this graph"):
        router.enqueue(Work(id="T1", queue="q", requirement="bil"), at=0)
    assert router.agents == router.waiting() == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a >", "requirement: requirement[2]: found '>', expected ';'"),
        ("a & ", "requirement: requirement[4]: it ends, expected a name"),
        ("(a or b", "requirement: requirement[7]: it ends, expected ')'"),
        ("a; line x", "requirement: requirement[8]: found 'x', expected a line, or two as in '1-2'"),
    ],
)
def test_text_that_cannot_be_read_is_told_where(text, message):
    """§5: the position, what stands there, what was expected."""
    with pytest.raises(DefinitionInvalid) as caught:
        Requirement.parse(text)
    assert str(caught.value).removeprefix("requirement: ") == message.removeprefix("requirement: ")


# --- the router -------------------------------------------------------------------------------------------------------


@pytest.fixture
def router():
    """A desk with an offer to anna of T1, T2 in bob's hands, T3 waiting for who is not there, and a pull queue."""
    queues = [
        QueuePolicy(name="calls", bands=("urgent", "normal"), resume_within="1h"),
        QueuePolicy(name="lists", mode="pull", wrap_up=WrapUp("mandatory", "60s")),
    ]
    policy = RoutingPolicy(
        name="desk", queues=queues, channels=["voice", "mail"], groups=[Group("g", ["calls", "lists"])]
    )
    router = Router(policy)
    router.agent_changed("bob", groups="g", presence="available", at=0)
    router.enqueue(Work(id="T2", queue="calls"), at=0)
    router.accept("T2", "bob", at=0)
    router.agent_changed("anna", groups="g", presence="available", at=0)
    router.enqueue(Work(id="T1", queue="calls"), at=0)
    router.enqueue(Work(id="T3", queue="calls", requirement="rare"), at=0)
    router.enqueue(Work(id="L1", queue="lists"), at=0)
    router.enqueue(Work(id="L2", queue="lists"), at=S)
    router.agent_changed("carl", groups="g", presence="break", at=S)
    router.override(Override(name="surge", refuse_presences="break"), at=2 * S)
    return router


AT = 3 * S
REFUSED = {
    "unknown queue": (lambda r: r.enqueue(Work(id="X", queue="call"), at=AT),
        "cannot enqueue X: unknown_queue (queue='call'); possible: calls, lists"),
    "unknown band": (lambda r: r.enqueue(Work(id="X", queue="calls", band="high"), at=AT),
        "cannot enqueue X: unknown_band (band='high', queue='calls'); possible: urgent, normal"),
    "unknown channel": (lambda r: r.enqueue(Work(id="X", queue="calls", channel="fax"), at=AT),
        "cannot enqueue X: unknown_channel (channel='fax'); possible: voice, mail"),
    "inside": (lambda r: r.enqueue(Work(id="T1", queue="calls"), at=AT),
        "cannot enqueue T1: already_queued (work='T1', place='offered'); possible: another id"),
    "future": (lambda r: r.enqueue(Work(id="X", queue="calls"), at=AT, entered=AT + 1),
        ("cannot enqueue X: entered_in_future (entered='1970-01-01T00:00:03.000001+00:00'); "
        "possible: 1970-01-01T00:00:03+00:00 or earlier")),
    "too early": (lambda r: r.enqueue(Work(id="X", queue="calls"), at=AT, entered=AT - 3600 * S - 1),
        ("cannot enqueue X: entered_too_early (entered='1969-12-31T23:00:02.999999+00:00'); "
        "possible: 1969-12-31T23:00:03+00:00 or later")),
    "no offer": (lambda r: r.accept("T3", "anna", at=AT),
        "cannot accept T3 for anna: no_offer (work='T3', place='waiting'); possible: T1"),
    "taken": (lambda r: r.accept("T2", "anna", at=AT),
        "cannot accept T2 for anna: offer_taken (work='T2', place='hand'); possible: T1"),
    "expired": (lambda r: r.accept("T1", "anna", at=20 * S),
        "cannot accept T1 for anna: offer_expired (ended='1970-01-01T00:00:20+00:00'); possible: nothing"),
    "push": (lambda r: r.take("T3", "anna", at=AT),
        "cannot take T3 for anna: not_pull (queue='calls'); possible: lists"),
    "not first": (lambda r: r.take("L2", "carl", at=AT),
        "cannot take L2 for carl: not_visible (stage='routable'); possible: nothing"),
    "hands full": (lambda r: r.take("L1", "bob", at=AT),
        "cannot take L1 for bob: over_capacity (stage='capacity'); possible: nothing"),
    "not qualified": (lambda r: r.assign("T3", "bob", at=AT),
        "cannot assign T3 to bob: not_visible (stage='skills'); possible: force"),
    "suspended": (lambda r: r.agent_changed("anna", presence="break", at=AT),
        ("cannot change anna: presence_suspended (presence='break', override='surge', "
        "since='1970-01-01T00:00:02+00:00'); possible: available, meal, training, meeting, unresponsive, offline")),
    "unknown presence": (lambda r: r.agent_changed("anna", presence="lunch", at=AT),
        ("cannot change anna: unknown_presence (presence='lunch'); "
        "possible: available, break, meal, training, meeting, unresponsive, offline")),
    "not in hand": (lambda r: r.complete("T3", at=AT),
        "cannot complete T3: not_in_hand (work='T3', place='waiting'); possible: nothing"),
    "hands not empty": (lambda r: r.agent_left("bob", at=AT),
        "cannot let bob leave: hands_not_empty (works=('T2',)); possible: complete, transfer"),
    "unknown agent": (lambda r: r.agent_left("ana", at=AT),
        "cannot let ana leave: unknown_agent (agent='ana'); possible: anna"),
    "unknown work": (lambda r: r.withdraw("T9", at=AT),
        "cannot withdraw T9: unknown_work (work='T9'); possible: T3, T2, T1"),
    "in hand": (lambda r: r.withdraw("T2", at=AT),
        "cannot withdraw T2: not_waiting (work='T2', place='hand', agent='bob'); possible: complete, transfer"),
    "back in time": (lambda r: r.advance(S),
        ("cannot go on: time_went_back (at='1970-01-01T00:00:01+00:00', last='1970-01-01T00:00:02+00:00'); "
        "possible: 1970-01-01T00:00:02+00:00 or later")),
    "set twice": (lambda r: r.override(Override(name="surge"), at=AT),
        "cannot set surge: already_set (override='surge'); possible: lift surge"),
    "not set": (lambda r: r.lift("calm", at=AT), "cannot lift calm: not_set (override='calm'); possible: surge"),
    "nothing to wrap up": (lambda r: r.ready("bob", at=AT),
        "cannot make bob ready: not_wrapping_up (agent='bob'); possible: nothing"),
    "not signed in": (lambda r: (r.agent_changed("dora", groups="g", at=AT), r.assign("T3", "dora", at=AT, force=True)),
        "cannot assign T3 to dora: not_signed_in (agent='dora', presence='offline'); possible: nothing"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_each_refusal_says_why_and_what_was_possible(router, case):
    """§5, ROU-31, 32, 35, 39, 45, 46: exact messages; afterwards the router is as it was."""
    act, message = REFUSED[case]
    before = (router.waiting(), router.agents, router.gauges())
    with pytest.raises(Refused) as caught:
        act(router)
    assert str(caught.value) == message
    if case not in ("expired", "not signed in"):
        assert (router.waiting(), router.agents, router.gauges()) == before


def test_mandatory_wrap_up_is_not_ended_by_hand(router):
    """ROU-17: and ends by itself, ready at that very instant."""
    router.accept("T1", "anna", at=AT)
    router.complete("T1", at=AT)
    router.take("L1", "anna", at=AT)
    router.complete("L1", at=AT)
    with pytest.raises(Refused) as caught:
        router.ready("anna", at=AT + 59 * S)
    assert caught.value.codes == ("wrap_up_mandatory",)
    assert [fact.kind for fact in router.advance(AT + 60 * S)] == ["wrap_up.ended"]


def test_time_is_whole_and_has_a_zone(router):
    """§5: a naive datetime and a number that is no integer are refused by name."""
    with pytest.raises(NaiveDatetimeError, match="at = 2026-03-02"):
        router.advance(datetime(2026, 3, 2))
    for wrong in (1.5, True, Fraction(1, 2)):
        with pytest.raises(TypeError, match="at must be an aware datetime"):
            router.advance(wrong)


def test_a_hold_that_cannot_be_asked_changes_nothing(router):
    """ROU-39: conditions are tried on the work there is before they hold."""
    router.amend("T3", data={"urgent": 1}, at=AT)
    with pytest.raises(TypeError, match="urgent"):
        router.override(Override(name="calm", hold="urgent == false"), at=AT)
    assert router.gauges().held == 0
    router.override(Override(name="calm", hold='channel == "mail"'), at=AT)


def test_replay_names_the_fact_that_cannot_be():
    """§5, ROU-44: an unknown kind, and a fact that does not fit."""
    policy = RoutingPolicy(name="desk", queues=["q"])
    with pytest.raises(UnknownKind, match=r"facts\[0\]: 'ticket.noted' is not known here"):
        Router.replay(policy, [NoteAdded(ticket="T-7", at=1, text_ref="x")])
    with pytest.raises(DefinitionInvalid) as caught:
        Router.replay(policy, [WrapUpEnded(router="router", at=1, work="T1", agent="anna")])
    assert (
        str(caught.value) == "router facts: facts[0]: wrap_up.ended cannot follow what came before: 'anna' is not there"
    )


def test_a_policy_of_one_identity_says_one_thing():
    """WF-11 for policies, ROU-48: another value under a known name and version is refused."""
    router = Router(RoutingPolicy(name="desk", queues=["q"]))
    with pytest.raises(DefinitionInvalid, match="version 1 is known already, and says something else"):
        router.adopt(RoutingPolicy(name="desk", queues=["q", "p"]), at=0)


def test_what_there_is_not_cannot_be_changed(router):
    """§5: a misspelt attribute is named with the nearest."""
    with pytest.raises(DefinitionInvalid, match="Agent has no 'skils' to change; did you mean 'skills'"):
        router.agent_changed("anna", skils={}, at=AT)
    with pytest.raises(DefinitionInvalid, match="Work has no 'bnd' to change; did you mean 'band'"):
        router.amend("T3", bnd="urgent", at=AT)


def test_an_override_names_what_there_is(router):
    """ROU-45: groups, presences and queues of an override are known."""
    with pytest.raises(DefinitionInvalid) as caught:
        router.override(Override(name="o", groups="gg", refuse_presences="brek", access=[Group("h", ["calls"])]), at=AT)
    assert [str(problem) for problem in caught.value.problems] == [
        "groups[0]: 'gg' is not known here; did you mean 'g'?",
        "refuse_presences[0]: 'brek' is not known here; did you mean 'break'?",
        "access[0]: 'h' is not known here",
    ]


def test_access_that_is_wrong_in_itself():
    """ROU-20: ranks are integers, delays no less than nothing."""
    policy = RoutingPolicy(name="desk", queues=["q"], groups=[Group("g", [Access("q", rank=1.5, delay=-1)])])
    assert lines(policy) == [
        "groups[0].access[0].rank: an integer, not 1.5",
        "groups[0].access[0].delay: -1us is no duration ≥ 0",
    ]


def test_a_skill_is_text_with_a_level():
    """ROU-1: as its repr and its text say."""
    assert (str(Skill("data change", 2)), Skill("a", 2)) == ("`data change`>=2", Skill("a", 2))


SLIPS = {
    "work by its id": (lambda r: r.enqueue("T1", at=AT),
        "work is a Work, such as Work(id='T1', queue='hotline'), not str 'T1'"),
    "requirement": (lambda _: Work(id="T1", queue="q", requirement=3),
        "Work.requirement is a Requirement, such as Requirement.parse('marketing>=3'), not int 3"),
    "relaxation": (lambda _: Work(id="T1", queue="q", relaxation=[("60s", "a")]),
        "Work.relaxation is a Relaxation, such as Relaxation([('60s', 'marketing>=2')]), not list [('60s', 'a')]"),
    "step": (lambda _: Relaxation(["60s"]),
        "Relaxation.steps[0] is a pair of a span and a requirement, such as ('60s', 'marketing>=2'), not '60s'"),
    "need of a step": (lambda _: Relaxation([("60s", 3)]),
        "Relaxation.steps[0][1] is a Requirement, such as Requirement.parse('marketing>=2'), not int 3"),
    "skills": (lambda _: Agent(id="w", skills=["a"]),
        "Agent.skills is a Mapping, such as {'marketing': 3}, not list ['a']"),
    "capacity": (lambda r: r.agent_changed("w", capacity=3, at=AT),
        "Agent.capacity is a Capacity, such as Capacity(total=2), not int 3"),
    "wrap-up": (lambda r: r.agent_changed("w", wrap_up="30s", at=AT),
        "Agent.wrap_up is a WrapUp, such as WrapUp('timed', '30s'), not str '30s'"),
    "limit": (lambda _: Agent(id="w", limits=[(5, "10min")]),
        "Agent.limits[0] is a Limit, such as Limit(5, '10min'), not tuple (5, '10min')"),
    "queue": (lambda _: RoutingPolicy(name="d", queues=[{"name": "a"}]),
        "RoutingPolicy.queues[0] is a QueuePolicy, such as QueuePolicy(name='hotline'), not dict {'name': 'a'}"),
    "group": (lambda _: RoutingPolicy(name="d", queues="a", groups=["g"]),
        "RoutingPolicy.groups[0] is a Group, such as Group('experts', ['hotline']), not str 'g'"),
    "choice": (lambda _: RoutingPolicy(name="d", queues="a", choice="line"),
        "RoutingPolicy.choice is a ChoicePolicy, such as ChoicePolicy('line', 'longest_idle'), not str 'line'"),
    "override": (lambda r: r.override("surge", at=AT),
        "override is an Override, such as Override(name='surge', refuse_presences='break'), not str 'surge'"),
    "implication": (lambda _: SkillGraph(["a => b"]),
        "SkillGraph.implications[0] is a pair of skills, such as ('marketing>=4', 'billing>=2'), not 'a => b'"),
    "policy": (lambda _: Router("desk"),
        "policy is a RoutingPolicy, such as RoutingPolicy(name='desk', queues='hotline'), not str 'desk'"),
    "explain": (lambda _: Router(RoutingPolicy(name="d", queues="a"), explain="all"),
        "explain is 'funnel' or 'keys', not 'all'"),
    "data": (lambda _: Work(id="T1", queue="q", data={"loss": 0.06}),
        ("loss = 0.06 is a float; a fact holds text, int, bool, Fraction, timedelta, None, tuples and FrozenMaps of "
         "those, and instants as to_us(...)")),
}  # fmt: skip


@pytest.mark.parametrize("case", SLIPS)
def test_a_slip_of_the_hand_is_told_at_once_with_what_would_be_right(router, case):
    """§5: a value of another type never gets as far as an attribute that it does not have."""
    act, message = SLIPS[case]
    before = (router.waiting(), router.agents)
    with pytest.raises(TypeError) as caught:
        act(router)
    assert str(caught.value) == message
    assert (router.waiting(), router.agents) == before


def test_one_may_be_given_as_it_is():
    """§2: one queue, one line, a preference without a weight: what reads naturally is understood."""
    assert RoutingPolicy(name="d", queues="hotline").queues == (QueuePolicy(name="hotline"),)
    assert Requirement(lines=2, preferred=["a"]) == Requirement.parse("prefer a; lines 2")
    assert lines(RoutingPolicy(name="d", queues=[])) == ["queues: there are none, so nothing could ever wait"]
