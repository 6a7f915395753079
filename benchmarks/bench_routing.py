"""Routing, side by side with a scan of everything: one decision, one verb, and what a desk of many waits for.

Run it as ``python benchmarks/bench_routing.py``; ``--large`` adds the desk of 10,000 agents and 100,000 waiting. A desk
of 26 systems is filled until nobody is idle; then agents finish work one by one, and each looks for more. Three figures
of that are taken: the look alone (which work is next for this agent), the same look when nothing they could do waits,
and the whole verb (facts, offer, timers, index). Beside them stand a scan of all waiting work and of all agents, over
the same objects, which must find the same. Times are medians; machines are noisy, so compare figures of one run.
"""

from __future__ import annotations

import gc
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

from servicedesk.routing import Agent, Group, QueuePolicy, Requirement, RoutingPolicy, Skill, Work
from servicedesk.routing.choosing import values
from servicedesk.routing.engine import Engine
from servicedesk.routing.matching import decided, funnel
from servicedesk.routing.queues import order_key
from servicedesk.routing.router import Router
from servicedesk.routing.state import AgentState, WorkState

SYSTEMS = 26


def policy(chance: random.Random) -> RoutingPolicy:
    """Return twelve queues, seen by twenty groups of three queues each; work is delivered without asking."""
    names = [f"queue-{number}" for number in range(12)]
    groups = [Group(f"group-{number}", chance.sample(names, 3)) for number in range(20)]
    return RoutingPolicy(
        name="desk", queues=[QueuePolicy(name=name, offer_timeout=None) for name in names], groups=groups
    )


def profile(chance: random.Random, rules: RoutingPolicy) -> dict[str, object]:
    """Return what some agents have in common."""
    systems = chance.sample(range(SYSTEMS), chance.randint(2, 6))
    return {
        "skills": {f"system:{system}": chance.randint(1, 4) for system in systems},
        "groups": chance.choice(rules.groups).name,
        "line": chance.choice((1, 1, 2)),
    }


def demand(chance: random.Random, rules: RoutingPolicy) -> tuple[str, Requirement]:
    """Return a queue and what its work asks for."""
    systems = chance.sample(range(SYSTEMS), chance.choice((1, 1, 2)))
    skills = [Skill(f"system:{system}", chance.randint(1, 3)) for system in systems]
    return chance.choice(rules.queues).name, Requirement(all_of=skills, lines=chance.choice((None, (1, 1), (1, 2))))


def filled(agents: int, waiting: int, *, profiles: int, signatures: int) -> Router:
    """Return a desk where everybody who can has work, and so much more waits."""
    chance = random.Random(11)
    rules = policy(chance)
    kinds = [profile(chance, rules) for _ in range(profiles)]
    demands = [demand(chance, rules) for _ in range(signatures)]
    router = Router(rules, explain="keys")
    for number in range(agents):
        agent = Agent(id=f"agent-{number}", **chance.choice(kinds))  # type: ignore[arg-type]  # a row of its attributes
        router.agent_changed(agent, presence="available", at=number)
    for number in range(agents + waiting):
        queue, need = chance.choice(demands)
        router.enqueue(Work(id=f"work-{number}", queue=queue, requirement=need), at=agents + number)
    return router


def median(action: Callable[[Any], object], things: Sequence[Any]) -> float:
    """Return the median microseconds of an action over some things."""
    times = []
    for thing in things:
        start = time.perf_counter()
        action(thing)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e6


def scan_for_work(engine: Engine, agent: AgentState) -> WorkState | None:
    """Look at every piece of waiting work."""
    index, best, first = engine.index, None, None
    profile = index.profiles[agent.agent.id]
    for ws in engine.state.works.values():
        if ws.place != "waiting":
            continue
        rank = profile.rank(ws.work.queue, index.at - ws.entered)
        if rank is None or not profile.qualifies(index.need(ws)):
            continue
        queue = engine.state.rules.queue(ws.work.queue)
        key = (rank, queue.band_of(ws.work), *order_key(queue, ws.work, ws.entered, index.at), ws.entered, ws.id)
        if first is None or key < first:
            best, first = ws, key
    return best


def scan_for_agents(engine: Engine, ws: WorkState) -> str | None:
    """Look at every agent, and compare those who can take the work."""
    index, need = engine.index, engine.index.need(ws)
    keys = engine.state.rules.policy.choice.keys
    able = (
        (values(keys, agent, index.profiles[name].skills, ws.work, need), name)
        for name, agent in engine.state.agents.items()
        if agent.routable
        and not agent.held
        and index.profiles[name].rank(ws.work.queue, index.at - ws.entered) is not None
        and index.profiles[name].qualifies(need)
    )
    return min(able, default=(None, None))[1]


def row(name: str, figure: float, budget: str = "", beside: float | None = None) -> None:
    """Print a figure, its budget, and how many times longer a scan takes."""
    ratio = "" if beside is None else f"a scan {beside:12,.1f} µs = {beside / figure:9,.0f} x"
    print(f"  {name:<58}{figure:10.2f} µs   {budget:<12}{ratio}")


def measure(agents: int, waiting: int, *, profiles: int, signatures: int) -> None:
    """Print the figures of one desk."""
    start = time.perf_counter()
    router = filled(agents, waiting, profiles=profiles, signatures=signatures)
    built = time.perf_counter() - start
    engine = router._engine  # noqa: SLF001  # the parts of a verb are measured one by one
    works = engine.state.works
    left = len(router.waiting())
    print(
        f"{agents:,} agents in {profiles:,} profiles, {left:,} waiting of {signatures:,} kinds ({built:.1f} s to fill)"
    )
    chance = random.Random(5)
    in_hand = sorted(ws.id for ws in works.values() if ws.place == "hand")
    chance.shuffle(in_hand)
    holders = [ws.agent for ws in works.values() if ws.place == "hand"]
    for name in holders:  # so that every profile has learnt what it sees
        engine.index.first_work(engine.state.agents[name or ""])
    at = [agents + agents + waiting]

    def complete(work: object) -> None:
        at[0] += 1
        router.complete(str(work), at=at[0])

    count = min(1_000, len(in_hand))
    verb = median(complete, list(in_hand[:count]))
    free = [agent for agent in engine.state.agents.values() if agent.held][:count]
    emptied = []
    for agent in free:  # their hands are emptied behind the router's back: only the look is measured, nothing moves
        held, agent.held = agent.held, {}
        emptied.append((agent, held))
    looks = [agent for agent, _ in emptied]
    found = [engine.index.first_work(agent) for agent in looks[:30]]
    if found != [scan_for_work(engine, agent) for agent in looks[:30]]:
        raise SystemExit("the scan finds other work: nothing is measured")
    look = median(engine.index.first_work, list(looks))
    scan = median(lambda agent: scan_for_work(engine, agent), list(looks[: 3 if waiting > 50_000 else 30]))
    row("an agent looks for work", look, "<= 25", scan)
    for agent, held in emptied:
        agent.held = held
    waiters = [works[name] for name in router.waiting()[:count]]
    chosen = median(lambda ws: funnel(engine.index, ws), list(waiters))
    slow = median(lambda ws: scan_for_agents(engine, ws), list(waiters[:30]))
    row("work looks for an agent, and nobody is free (the funnel)", chosen, "<= 45", slow)
    row("a verb: work completed, the next one decided and delivered", verb)
    idle = AgentState(Agent(id="nobody"), "available", True, True, 0)  # noqa: FBT003  # routable, signed in
    engine.state.agents["nobody"] = idle
    engine.index.agent("nobody")
    row("an agent looks, and nothing they could do waits", median(engine.index.first_work, [idle] * 1_000), "<= 0.3")
    row("next_due", median(lambda _: router.next_due, [None] * 1_000))
    row("the gauges of the whole router", median(lambda _: router.gauges(), [None] * 1_000))


def memory(waiting: int, signatures: int) -> None:
    """Print what one more piece of waiting work holds, the value of the work that the host gave left out."""
    chance = random.Random(7)
    rules = policy(chance)
    demands = [demand(chance, rules) for _ in range(signatures)]
    works = []
    for number in range(2 * waiting):
        queue, need = chance.choice(demands)
        works.append(Work(id=f"work-{number}", queue=queue, requirement=need))
    router = Router(rules, explain="keys")
    for number, work in enumerate(works[:waiting]):
        router.enqueue(work, at=number)
    gc.collect()
    tracemalloc.start()
    for number, work in enumerate(works[waiting:], start=waiting):
        router.enqueue(work, at=number)
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"  {'memory of waiting work, beside the value itself':<58}{size / waiting:10.0f} B    <= 700")


def idle_desk(agents: int, *, different: bool) -> None:
    """Print what it takes to find the best of many idle agents."""
    chance = random.Random(3)
    rules = policy(chance)
    kinds = [profile(chance, rules) for _ in range(agents if different else 400)]
    router = Router(rules, explain="keys")
    for number in range(agents):
        kind = kinds[number] if different else chance.choice(kinds)
        router.agent_changed(Agent(id=f"agent-{number}", **kind), presence="available", at=number)  # type: ignore[arg-type]  # a row of its attributes
    engine = router._engine  # noqa: SLF001  # as above
    router.enqueue(
        Work(id="first", queue=rules.queues[0].name, requirement="nobody"), at=agents
    )  # tells of its channel
    asked: list[WorkState] = []
    while len(asked) < 300:
        queue, need = demand(chance, rules)
        ws = WorkState(Work(id=f"work-{len(asked)}", queue=queue, requirement=need), agents)
        if funnel(engine.index, ws)[-1]:
            asked.append(ws)

    def choose(ws: WorkState) -> str:
        return decided(engine.index, ws, None, funnel(engine.index, ws), "work", count=False).agent

    what = "all different" if different else "in 400 profiles"
    if [choose(ws) for ws in asked[:30]] != [scan_for_agents(engine, ws) for ws in asked[:30]]:
        raise SystemExit("the scan finds other agents: nothing is measured")
    figure = median(choose, list(asked))
    slow = median(lambda ws: scan_for_agents(engine, ws), list(asked[:30]))
    row(f"the best of {agents:,} idle agents, {what}", figure, "<= 150", slow)


if __name__ == "__main__":
    measure(100, 1_000, profiles=40, signatures=150)
    measure(1_000, 10_000, profiles=400, signatures=1_500)
    if "--large" in sys.argv:
        measure(10_000, 100_000, profiles=400, signatures=1_500)
    idle_desk(1_000, different=False)
    idle_desk(10_000, different=False)
    idle_desk(10_000, different=True)
    memory(20_000, signatures=1_500)
