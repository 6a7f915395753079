"""Feasibility and the best plan for a backlog, on buckets, side by side with networkx and scipy.

Run it as ``python benchmarks/bench_batch.py``. Desks of 10,000 agents and 10,000 works are drawn from so many profiles
and kinds of work; the budgets are those of routing §8. Peers answer the same question: networkx on the same buckets,
networkx with one node for each agent, Hopcroft and Karp on agents and works, and scipy's assignment on the whole
matrix, if that is installed (``pip install scipy``). Those on bodies run at smaller sizes, where ours is timed too;
only the flow is extrapolated to 10,000, by its edges, and says so. Before anything is timed, the answers must agree.
Peers are given their graph or matrix ready made, ours reads and checks values every time. Wall time, the best of few
rounds.
"""

from __future__ import annotations

import importlib
import importlib.util
import random
from collections.abc import Callable
from time import perf_counter

import networkx as nx
from attrs import frozen
from networkx.algorithms.flow import preflow_push

from servicedesk.routing import Agent, Requirement, RoutingPolicy, Skill, Work, batch, coverage

SIZES = ((100, 150), (200, 300), (400, 1_500))
BODIES = 10_000
SYSTEMS = [f"system:{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]


@frozen
class Desk:
    """A drawn desk, and by which kinds of agents and work it was drawn."""

    policy: RoutingPolicy
    agents: list[Agent]
    works: list[Work]

    @property
    def demand(self) -> dict[Requirement, int]:
        """How often each requirement is asked for."""
        counts: dict[Requirement, int] = {}
        for work in self.works:
            counts[work.requirement] = counts.get(work.requirement, 0) + 1
        return counts


def drawn(profiles: int, kinds: int, bodies: int, seed: int = 7) -> Desk:
    """Draw a desk: agents of 3 to 8 of 26 systems at levels 1 to 3, works that ask for one or two of them."""
    chance = random.Random(seed)
    skills = [
        (
            {name: chance.randint(1, 3) for name in chance.sample(SYSTEMS, chance.randint(3, 8))},
            chance.choice((1, 1, 2)),
        )
        for _ in range(profiles)
    ]
    needs: dict[Requirement, None] = {}
    while len(needs) < kinds:
        names = chance.sample(SYSTEMS, chance.choice((1, 2)))
        asked: list[Skill] = [Skill(name, chance.randint(1, 3)) for name in names]
        lines = (1, chance.choice((1, 2, 2)))
        needs[Requirement(all_of=sorted(asked, key=str), lines=lines)] = None
    agents = [
        Agent(id=f"a{number}", skills=held, line=line)
        for number, (held, line) in enumerate(chance.choices(skills, k=bodies))
    ]
    asked_for = chance.choices([*needs], weights=[chance.random() ** 2 for _ in needs], k=bodies)
    works = [Work(id=f"w{number}", queue="q", requirement=need) for number, need in enumerate(asked_for)]
    return Desk(RoutingPolicy(name="desk", queues=["q"]), agents, works)


def seconds(action: Callable[[], object], rounds: int = 3) -> float:
    """Return the wall time of a call: the best of few rounds."""
    found = []
    for _ in range(rounds):
        start = perf_counter()
        action()
        found.append(perf_counter() - start)
    return min(found)


def show(name: str, figure: float, budget: str = "", ratio: float | None = None) -> None:
    """Print a row of the table."""
    told = "" if ratio is None else f"{ratio:8.1f} x ours"
    print(f"{name:<76} {figure * 1e3:>10,.1f} ms  {budget:<10}{told}", flush=True)


# --- what peers are given ---------------------------------------------------------------------------------------------


def meets(held: dict[str, int], line: int, need: Requirement) -> bool:
    """Whether somebody qualifies, in the plainest words."""
    assert need.lines is not None  # noqa: S101  # for the type checker
    inside = need.lines[0] <= line <= need.lines[1]
    return inside and all(held.get(skill.name, 0) >= skill.level for skill in need.all_of)


def bucket_graph(desk: Desk) -> nx.DiGraph:
    """Build profile to requirement, with the least cost of the policy's choice: line, then the number of skills."""
    supply: dict[tuple[tuple[tuple[str, int], ...], int], int] = {}
    for agent in desk.agents:
        profile = (tuple(sorted(agent.skills.items())), agent.line)
        supply[profile] = supply.get(profile, 0) + 1
    graph = nx.DiGraph()
    for (skills, line), units in supply.items():
        price = price_of(line, len(skills), len(desk.works))
        graph.add_edge("source", (skills, line), capacity=units, weight=price)
        for need in desk.demand:
            if meets(dict(skills), line, need):
                graph.add_edge((skills, line), need, capacity=units, weight=0)
    for need, count in desk.demand.items():
        graph.add_edge(need, "sink", capacity=count, weight=0)
    return graph


def price_of(line: int, skills: int, works: int) -> int:
    """Return the two digits of the cost: no total of the second carries into the first."""
    return line * (works * 8 + 1) + skills


def agent_graph(desk: Desk) -> nx.DiGraph:
    """Build agent to requirement, a node for every agent."""
    graph = nx.DiGraph()
    for agent in desk.agents:
        graph.add_edge("source", agent.id, capacity=1)
        for need in desk.demand:
            if meets(agent.skills, agent.line, need):
                graph.add_edge(agent.id, need, capacity=1)
    for need, count in desk.demand.items():
        graph.add_edge(need, "sink", capacity=count)
    return graph


def cheapest(graph: nx.DiGraph, flow: int) -> int:
    """Return the least cost of so large a flow, by network simplex."""
    graph.add_node("source", demand=-flow)
    graph.add_node("sink", demand=flow)
    cost, _ = nx.network_simplex(graph)
    return int(cost)


def cost_of(desk: Desk, plan: batch.Plan) -> int:
    """Return what a plan of ours costs."""
    agents = {agent.id: agent for agent in desk.agents}
    chosen = (agents[name] for _, name in plan.assignments)
    return sum(price_of(agent.line, len(agent.skills), len(desk.works)) for agent in chosen)


# --- the tables -------------------------------------------------------------------------------------------------------


def on_buckets(profiles: int, kinds: int) -> None:
    """Compare with networkx on the same buckets, at full size."""
    desk = drawn(profiles, kinds, BODIES)
    plan = batch.assign(desk.policy, desk.works, desk.agents, at=0)
    found = coverage.feasibility(desk.policy, desk.agents, desk.demand)
    graph = bucket_graph(desk)
    flow = nx.maximum_flow_value(graph, "source", "sink", flow_func=preflow_push)
    assert flow == found.flow == len(plan.assignments)  # noqa: S101  # nothing is timed before answers agree
    size = f"{profiles} profiles, {kinds} kinds, {graph.size():,} edges"
    print(f"\n{BODIES:,} agents and works, {size}: {found.flow:,} served")
    demand = desk.demand
    ours = seconds(lambda: coverage.feasibility(desk.policy, desk.agents, demand))
    show("coverage.feasibility", ours, "<= 300 ms")
    peer = seconds(lambda: nx.maximum_flow_value(graph, "source", "sink", flow_func=preflow_push))
    show("  networkx preflow_push, same buckets, its graph given", peer, "", peer / ours)
    planned = seconds(lambda: batch.assign(desk.policy, desk.works, desk.agents, at=0))
    show("batch.assign", planned, "<= 1 s")
    start = perf_counter()
    cost = cheapest(graph, flow)
    peer = perf_counter() - start
    assert cost == cost_of(desk, plan)  # noqa: S101  # the same least cost
    show("  networkx network_simplex, same buckets, its graph given", peer, "", peer / planned)
    trained = seconds(lambda: coverage.training(desk.policy, desk.agents, demand), rounds=1)
    show(f"coverage.training of {BODIES:,} agents", trained)
    show(
        f"coverage.loss of {BODIES:,} agents",
        seconds(lambda: coverage.loss(desk.policy, desk.agents, demand), rounds=1),
    )


def on_bodies(bodies: int) -> None:
    """Compare with formulations of one node for each agent, at a size that those can bear."""
    desk = drawn(200, 300, bodies)
    print(f"\n{bodies:,} agents and works, 200 profiles, 300 kinds")
    demand = desk.demand
    found = coverage.feasibility(desk.policy, desk.agents, demand)
    ours = seconds(lambda: coverage.feasibility(desk.policy, desk.agents, demand))
    show("coverage.feasibility", ours)
    graph = agent_graph(desk)
    start = perf_counter()
    flow = nx.maximum_flow_value(graph, "source", "sink", flow_func=preflow_push)
    peer = perf_counter() - start
    assert flow == found.flow  # noqa: S101  # the same flow
    show(f"  networkx preflow_push, a node for each agent, {graph.size():,} edges", peer, "", peer / ours)
    show(f"  the same at {BODIES:,}, if it grows with its edges (extrapolated)", peer * BODIES / bodies)
    pairs = nx.Graph()
    pairs.add_nodes_from(agent.id for agent in desk.agents)
    for work in desk.works:
        pairs.add_edges_from((a.id, work.id) for a in desk.agents if meets(a.skills, a.line, work.requirement))
    start = perf_counter()
    matching = nx.bipartite.hopcroft_karp_matching(pairs, [agent.id for agent in desk.agents])
    peer = perf_counter() - start
    assert len(matching) == 2 * found.flow  # noqa: S101  # the same matching
    show(f"  networkx hopcroft_karp_matching, agents and works, {pairs.size():,} edges", peer, "", peer / ours)
    planned = seconds(lambda: batch.assign(desk.policy, desk.works, desk.agents, at=0))
    show("batch.assign", planned)
    by_matrix(desk, planned)


def by_matrix(desk: Desk, ours: float) -> None:
    """Compare with scipy's assignment on the whole matrix."""
    if importlib.util.find_spec("scipy") is None:
        print("  scipy is not installed: its row is left out")
        return
    array = importlib.import_module("numpy").array
    linear_sum_assignment = importlib.import_module("scipy.optimize").linear_sum_assignment
    nobody = 10**9
    rows: dict[Requirement, list[int]] = {need: [] for need in desk.demand}
    for need, row in rows.items():
        for agent in desk.agents:
            able = meets(agent.skills, agent.line, need)
            row.append(price_of(agent.line, len(agent.skills), len(desk.works)) if able else nobody)
    matrix = array([rows[work.requirement] for work in desk.works])
    start = perf_counter()
    places = linear_sum_assignment(matrix)
    peer = perf_counter() - start
    chosen = matrix[places]
    plan = batch.assign(desk.policy, desk.works, desk.agents, at=0)
    served = chosen[chosen < nobody]
    assert (len(plan.assignments), cost_of(desk, plan)) == (len(served), served.sum())  # noqa: S101  # the same plan
    show("  scipy linear_sum_assignment, its matrix given", peer, "", peer / ours)


def main() -> None:
    """Print the tables."""
    for profiles, kinds in SIZES:
        on_buckets(profiles, kinds)
    for bodies in (500, 2_000):
        on_bodies(bodies)


if __name__ == "__main__":
    main()
