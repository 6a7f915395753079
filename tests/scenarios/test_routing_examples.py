"""The worked examples of the specification of routing (§4), to the last second and count."""

from datetime import timedelta

import pendulum
import pytest

from servicedesk.instants import from_us, to_us
from servicedesk.routing import (
    Access,
    Capacity,
    ChoicePolicy,
    Group,
    QueuePolicy,
    Relaxation,
    Requirement,
    Router,
    RoutingPolicy,
    SkillGraph,
    Work,
    WrapUp,
)

NINE = pendulum.datetime(2026, 3, 2, 9, tz="Asia/Shanghai")
TEN = NINE.add(hours=1)
M = "system:marketing"


# --- W1 ---------------------------------------------------------------------------------------------------------------

GRAPH = SkillGraph(
    [
        ("marketing>=4", "billing>=2"),
        ("billing>=2", "metering"),
        ("data:change", "data:extract>=2"),
        ("data:extract>=2", "data:query>=3"),
    ]
)


@pytest.mark.parametrize(
    ("declared", "effective"),
    [
        (
            {"marketing": 5, "data:change": 1},
            {"marketing": 5, "billing": 2, "metering": 1, "data:change": 1, "data:extract": 2, "data:query": 3},
        ),
        ({"marketing": 3, "billing": 3}, {"marketing": 3, "billing": 3, "metering": 1}),
    ],
)
def test_w1_closure(declared, effective):
    """W1, ROU-1, ROU-2: marketing 3 does not reach the edge; billing stays 3."""
    assert GRAPH.closure(declared) == effective


# --- W2 ---------------------------------------------------------------------------------------------------------------


def desk():
    """The desk of W2: hu is talking, yang on a break."""
    router = Router(RoutingPolicy(name="desk", queues=[QueuePolicy(name="marketing", wrap_up=WrapUp("timed", "30s"))]))
    router.agent_changed("hu", presence="available", skills={M: 3}, at=NINE.subtract(minutes=9))
    router.enqueue(Work(id="T0", queue="marketing", requirement=M), at=NINE.subtract(minutes=9))
    router.accept("T0", "hu", at=NINE.subtract(minutes=9))
    people = {
        "wang": ({M: 3}, 1, "available"),
        "li": ({M: 2}, 1, "available"),
        "zhao": ({"system:billing": 3}, 1, "available"),
        "yang": ({M: 4}, 1, "break"),
        "chen": ({M: 4}, 2, "available"),
    }
    for minute, (name, (skills, line, presence)) in enumerate(people.items()):
        at = NINE.subtract(minutes=8 - minute)
        router.agent_changed(name, presence=presence, skills=skills, line=line, at=at)
    return router


def told(facts):
    """What happened, in short."""
    rows = []
    for fact in facts:
        agent = getattr(fact, "agent", None)
        rows.append(f"{fact.kind} {getattr(fact.work, 'id', fact.work)} {agent or ''}".strip())
    return rows


def test_w2_a_call_with_relaxation():
    """W2, ROU-8, 34 to 36, 49: the whole table, and when the router next wants to be called."""
    router = desk()
    need = Requirement.parse(f"{M}>=3; lines 1")
    wider = need.lower(M, 2)
    first = Work(
        id="T1", queue="marketing", requirement=need,
        relaxation=Relaxation([("60s", wider), ("150s", wider.with_lines(1, 2))]),
    )  # fmt: skip
    second = Work(id="T2", queue="marketing", requirement=need)

    def at(seconds):
        return NINE.add(seconds=seconds)

    table = [
        (0, lambda: router.enqueue(first, at=at(0)), ["work.enqueued T1", "work.offered T1 wang"], 20),
        (20, lambda: router.advance(at(20)), ["offer.expired T1 wang"], 50),
        (30, lambda: router.enqueue(second, at=at(30)), ["work.enqueued T2"], 50),
        (50, lambda: router.advance(at(50)), ["work.offered T1 wang"], 60),
        (53, lambda: router.decline("T1", "wang", at=at(53)), ["offer.declined T1 wang", "work.offered T2 wang"], 60),
        (56, lambda: router.accept("T2", "wang", at=at(56)), ["work.assigned T2 wang"], 60),
        (60, lambda: router.advance(at(60)), ["work.relaxed T1", "work.offered T1 li"], 80),
        (65, lambda: router.decline("T1", "li", at=at(65)), ["offer.declined T1 li"], 150),
        (70, lambda: router.complete("T0", at=at(70)), ["work.completed T0 hu"], 100),
        (100, lambda: router.advance(at(100)), ["wrap_up.ended T0 hu", "work.offered T1 hu"], 120),
        (104, lambda: router.accept("T1", "hu", at=at(104)), ["work.assigned T1 hu"], None),
    ]
    facts = []
    for seconds, act, wanted, due in table:
        answer = act()
        assert told(answer) == wanted, f"at {seconds} s"
        assert router.next_due == (None if due is None else to_us(at(due))), f"at {seconds} s"
        facts += answer
    offered = facts[1].decision
    assert (offered.runner_up, offered.lost_at, offered.trigger) == (None, None, "work")
    stages = ("roster", "line", "skills", "signed_in", "routable", "rested", "capacity")
    assert [offered.funnel[stage] for stage in stages] == [6, 5, 3, 3, 2, 2, 1]
    declined = next(fact for fact in facts if fact.kind == "offer.declined")
    assert from_us(declined.until, "Asia/Shanghai") == NINE.add(minutes=5, seconds=53)
    taken, last = (fact for fact in facts if fact.kind == "work.assigned")
    assert taken.wait == 26_000_000
    assert (last.wait, last.line, last.step, last.attempt) == (104_000_000, 1, 1, 4)


def test_w2_while_the_second_call_waits_its_outlook_says_why():
    """W2 at 09:00:30, ROU-49: rested 1, capacity 0; and why each of the others could not take it."""
    router = desk()
    need = Requirement.parse(f"{M}>=3; lines 1")
    router.enqueue(Work(id="T1", queue="marketing", requirement=need), at=NINE)
    router.enqueue(Work(id="T2", queue="marketing", requirement=need), at=NINE.add(seconds=30))
    outlook = router.explain("T2")
    assert (outlook.funnel["rested"], outlook.funnel["capacity"]) == (1, 0)
    assert outlook.lost == {
        "chen": "line", "hu": "capacity", "li": "skills", "wang": "rested", "yang": "routable", "zhao": "skills",
    }  # fmt: skip


# --- W3 ---------------------------------------------------------------------------------------------------------------

ROOM = Capacity(total=10, cost={"voice": 8, "chat": 3, "mail": 2}, cap={"voice": 1, "chat": 3, "mail": 5})
ALONE = Capacity(total=10, cost=ROOM.cost, cap=ROOM.cap, exclusive="voice")


@pytest.mark.parametrize(
    ("held", "used", "fits", "exclusive"),
    [
        ({}, 0, "yyy", "yyy"),
        ({"mail": 1}, 2, "yyy", "nyy"),
        ({"chat": 2}, 6, "nyy", "nyy"),
        ({"chat": 2, "mail": 1}, 8, "nny", "nny"),
        ({"chat": 3}, 9, "nnn", "nnn"),
        ({"voice": 1}, 8, "nny", "nnn"),
    ],
)
def test_w3_capacity(held, used, fits, exclusive):
    """W3, ROU-15, ROU-16: does one more voice, chat, mail fit?"""
    assert ROOM.used(held) == used
    for room, wanted in ((ROOM, fits), (ALONE, exclusive)):
        assert "".join("ny"[room.fits(name, held)] for name in ("voice", "chat", "mail")) == wanted


# --- W4 ---------------------------------------------------------------------------------------------------------------

WAITING = {
    "A": ("09:40", 30, "normal", 0),
    "B": ("09:50", 5, "normal", 0),
    "C": ("09:58", 10, "urgent", 0),
    "D": ("09:55", 10, "normal", 0),
    "E": ("08:50", 60, "normal", 0),
    "F": ("09:57", 30, "normal", 8),
}


def served(bands=("urgent", "normal"), **policy):
    """The order in which one agent, who comes at ten, is given what waits."""
    router = Router(
        RoutingPolicy(name="desk", queues=[QueuePolicy(name="q", bands=bands, offer_timeout=None, **policy)])
    )
    for name, (entered, target, band, head_start) in WAITING.items():
        hour, minute = map(int, entered.split(":"))
        work = Work(
            id=name, queue="q", band=band if len(bands) > 1 else None,
            target=timedelta(minutes=target), head_start=timedelta(minutes=head_start),
        )  # fmt: skip
        router.enqueue(work, at=TEN, entered=TEN.set(hour=hour, minute=minute))
    order = []
    facts = router.agent_changed("a", presence="available", at=TEN)
    while assigned := [fact for fact in facts if fact.kind == "work.assigned"]:
        order += [fact.work for fact in assigned]
        facts = router.complete(order[-1], at=TEN)
    return " ".join(order)


@pytest.mark.parametrize(
    ("policy", "order"),
    [
        ({"bands": ("normal",)}, "E A F B D C"),
        ({}, "C E A F B D"),
        ({"order": "lifo"}, "C F D B A E"),
        ({"order": "due"}, "C E B D A F"),
        ({"order": "due", "late": "behind", "promote_after": "24h"}, "C D A F E B"),
        ({"order": "due", "late": "behind", "promote_after": "60min"}, "E C D A F B"),
        ({"order": "ratio"}, "C B E A D F"),
    ],
)
def test_w4_orders(policy, order):
    """W4, ROU-23 to 28."""
    assert served(**policy) == order


# --- W5 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hotline", "others", "first"),
    [(44, {"callback": 600}, "callback"), (45, {"callback": 601}, "hotline"), (50, {"data": 5}, "hotline")],
)
def test_w5_access(hotline, others, first):
    """W5, ROU-20, ROU-23: a delay hides, a rank orders, at one rank the earlier entry goes first."""
    sees = [Access("data"), Access("hotline", delay="45s"), Access("callback", rank=2)]
    queues = [QueuePolicy(name=name, offer_timeout=None) for name in ("data", "hotline", "callback")]
    router = Router(RoutingPolicy(name="desk", queues=queues, groups=[Group("experts", sees)]))
    for name, waited in {"hotline": hotline, **others}.items():
        router.enqueue(Work(id=name, queue=name), at=TEN, entered=TEN.subtract(seconds=waited))
    facts = router.agent_changed("e", groups="experts", presence="available", at=TEN)
    assert [fact.work for fact in facts if fact.kind == "work.assigned"] == [first]


# --- W6 ---------------------------------------------------------------------------------------------------------------

PEOPLE = {"a": (1, 0, 3, 40, 9), "b": (1, 2, 5, 55, 4), "c": (1, 2, 4, 58, 6), "d": (2, 5, 8, 0, 1)}


@pytest.mark.parametrize(
    ("keys", "order"),
    [
        (None, "cbad"),
        (("longest_idle",), "dabc"),
        (("line", "longest_idle"), "abcd"),
        (("line", "fewest_handled"), "bcad"),
    ],
)
def test_w6_choice(keys, order):
    """W6, ROU-33: line, score of preferred skills, skills, idle since, handled."""
    choice = {} if keys is None else {"choice": ChoicePolicy(*keys)}
    router = Router(RoutingPolicy(name="desk", queues=[QueuePolicy(name="q", offer_timeout=None)], **choice))
    for name, (line, score, skills, _, handled) in PEOPLE.items():
        held = {f"p{number}": 1 for number in range(score)} | {f"s{number}": 1 for number in range(skills - score)}
        router.agent_changed(name, presence="available", skills=held | {f"only {name}": 1}, line=line, at=NINE)
        for number in range(handled):
            router.enqueue(Work(id=f"{name}{number}", queue="q", requirement=f"`only {name}`"), at=NINE)
            router.complete(f"{name}{number}", at=NINE)
        router.agent_changed(name, presence="break", at=NINE)
    for name, (_, _, _, minute, _) in sorted(PEOPLE.items(), key=lambda item: item[1][3]):
        router.agent_changed(name, presence="available", at=NINE.add(minutes=minute))
    for name in PEOPLE:  # on a break nothing more is handled while the question is asked
        router.agent_changed(name, at=TEN, capacity=Capacity(open_offers=1))
    preferred = Requirement(preferred=[(f"p{number}", 1) for number in range(5)])
    router.override(_hold(), at=TEN)
    router.enqueue(Work(id="X", queue="q", requirement=preferred), at=TEN)
    facts = router.lift("wait", at=TEN)
    first = next(fact for fact in facts if fact.kind == "work.assigned")
    assert (first.agent, first.decision.runner_up) == (order[0], order[1])


def _hold():
    from servicedesk.routing import Override

    return Override(name="wait", hold='queue == "q"')
