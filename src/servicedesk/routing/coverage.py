"""What a desk can do, before anybody calls: gaps, skills that hang on one person, shortfalls, whom to train.

Effective profiles count: lines, groups, aliases, and what follows from a skill. Nothing here is random and nothing
forecasts: the demand is the host's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from attrs import frozen

from servicedesk.instants import Instant
from servicedesk.routing.agents import Agent
from servicedesk.routing.buckets import Demand, agent_problems, check
from servicedesk.routing.holders import Cover, Report, Stretch, report
from servicedesk.routing.policy import RoutingPolicy
from servicedesk.routing.shortage import Shortfall, asked
from servicedesk.routing.skills import Skill

__all__ = [
    "Cover",
    "Feasibility",
    "Loss",
    "Partition",
    "Report",
    "Shortfall",
    "Stretch",
    "Training",
    "feasibility",
    "loss",
    "partitions",
    "report",
    "training",
]


@frozen
class Feasibility:
    """How much of a demand can be served at once, and what keeps the rest waiting."""

    demand: int
    flow: int
    shortfall: Shortfall | None = None

    def __str__(self) -> str:
        return f"{self.flow} of {self.demand}" + ("" if self.shortfall is None else f"; {self.shortfall}")


@frozen
class Training:
    """One agent taught one skill up to a level, and by how much more of the demand is served then."""

    agent: str
    skill: Skill
    rise: int


@frozen
class Loss:
    """One agent, and by how much less of the demand is served without them."""

    agent: str
    fall: int


@frozen
class Partition:
    """Queues and agents that have nothing to do with any others."""

    queues: tuple[str, ...]
    agents: tuple[str, ...]


# --- what is asked ----------------------------------------------------------------------------------------------------


def feasibility(
    policy: RoutingPolicy,
    agents: Iterable[Agent],
    demand: Demand,
    *,
    at: Instant | None = None,
    free: Mapping[str, int] | None = None,
    channel: str = "voice",
) -> Feasibility:
    """Return how much of a demand the agents can serve at once: the largest flow, and the smallest cut (ROU-52).

    Counting heads misleads, since whoever knows two things serves only one at a time.

    Args:
        policy: what follows from which skill.
        agents: those who are there.
        demand: requirements, or their texts, each with a count.
        at: as of when skills are valid; ``None``: all that are declared count.
        free: how many more pieces fit into an agent's hands, by id; else what fits into empty hands.
        channel: of the pieces; what it costs tells how many fit.

    Raises:
        DefinitionInvalid: agents, requirements or counts that cannot be; all problems at once.

    >>> from servicedesk.routing import Agent, RoutingPolicy
    >>> seats = [Agent(id="李", skills={"营销": 1, "计量": 1}), Agent(id="王", skills={"营销": 1})]
    >>> print(feasibility(RoutingPolicy(name="desk", queues=["hotline"]), seats, {"营销": 1, "计量": 2}))
    2 of 3; {计量}: 2 waiting, 1 free agent in all: 1 short
    """
    question = asked(policy, agents, demand, at=at, free=free, channel=channel)
    wanted = sum(question.counts)
    return Feasibility(wanted, wanted - sum(question.flow.unmet), question.shortfall)


def training(
    policy: RoutingPolicy,
    agents: Iterable[Agent],
    demand: Demand,
    *,
    at: Instant | None = None,
    free: Mapping[str, int] | None = None,
    channel: str = "voice",
) -> tuple[Training, ...]:
    """Return every single agent and skill by which more of a demand would be served, the best first (ROU-53).

    Tried is every level that the demand asks for, and every level from which something follows. Of those that gain the
    same, the agent with the fewest effective skills comes first, then by id, skill and level. Arguments and errors are
    those of `feasibility`.
    """
    question = asked(policy, agents, demand, at=at, free=free, channel=channel)
    found = sorted(question.trainings(), key=lambda one: (-one[0], one[1], one[3], one[2]))
    return tuple(Training(agent, Skill(*node), rise) for rise, _, node, agent in found)


def loss(
    policy: RoutingPolicy,
    agents: Iterable[Agent],
    demand: Demand,
    *,
    at: Instant | None = None,
    free: Mapping[str, int] | None = None,
    channel: str = "voice",
) -> tuple[Loss, ...]:
    """Return for each agent how much less of a demand is served without them, the worst first: N - 1 (ROU-53).

    Arguments and errors are those of `feasibility`.
    """
    question = asked(policy, agents, demand, at=at, free=free, channel=channel)
    found: list[Loss] = []
    for place, units, ids in question.alike():
        fall = question.fall(place, units)
        found += [Loss(name, fall) for name in ids]
    return tuple(sorted(found, key=lambda one: (-one.fall, one.agent)))


def partitions(policy: RoutingPolicy, agents: Iterable[Agent]) -> tuple[Partition, ...]:
    """Return the parts of a desk that do not touch: what one of them does makes no difference to another (ROU-55).

    Queues belong together if an agent sees both, at whatever wait, or if one overflows into the other. So each part
    may have its own router, in its own process. A queue that nobody sees, or an agent who sees none, is a part alone.

    Whole-desk things are not parted: overrides and policies are told to each router, ``skip_when`` and preferred agents
    look no further than the router they are in, funnels count its own roster, and turns of ``round_robin`` are numbered
    by each.

    Raises:
        DefinitionInvalid: agents that cannot be.
    """
    import networkx as nx  # noqa: PLC0415  # loaded only when somebody asks

    seats = tuple(agents)
    check(agent_problems(policy, seats), "coverage")
    graph = nx.Graph()
    graph.add_nodes_from(("queue", queue.name) for queue in policy.queues)
    graph.add_nodes_from(("agent", agent.id) for agent in seats)
    graph.add_edges_from(_meetings(policy, seats))
    parts = [_partition(nodes) for nodes in nx.connected_components(graph)]
    return tuple(sorted(parts, key=lambda part: (not part.queues, part.queues, part.agents)))


def _meetings(policy: RoutingPolicy, agents: Iterable[Agent]) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Yield what belongs together; agents meet queues through their groups, so that pairs are not listed one by one."""
    seen = {group.name: [access.queue for access in group.access] for group in policy.groups}
    seen = seen or {"": [queue.name for queue in policy.queues]}
    used: set[str] = set()
    for agent in agents:
        groups = [name for name in (agent.groups if policy.groups else ("",)) if seen.get(name)]
        used.update(groups)
        yield from ((("agent", agent.id), ("group", name)) for name in groups)
    for name in used:
        yield from ((("group", name), ("queue", queue)) for queue in seen[name])
    for queue in policy.queues:
        if queue.overflow_to is not None:
            yield ("queue", queue.name), ("queue", queue.overflow_to)


def _partition(nodes: Iterable[tuple[str, str]]) -> Partition:
    names = sorted(nodes)
    queues, agents = (tuple(name for kind, name in names if kind == which) for which in ("queue", "agent"))
    return Partition(queues, agents)
