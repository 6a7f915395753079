"""What a router refuses, with what was possible instead (spec of routing, section 5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from servicedesk.errors import DefinitionInvalid, Problem, Refused, did_you_mean
from servicedesk.instants import from_us
from servicedesk.routing.agents import Agent
from servicedesk.routing.checked import require
from servicedesk.routing.spans import us
from servicedesk.routing.state import AgentState, State, WorkState
from servicedesk.routing.work import Work

__all__ = [
    "check_agent",
    "check_entry",
    "check_presence",
    "check_work",
    "clock",
    "known_agent",
    "known_work",
    "offered",
    "refused",
    "unknown_fields",
]

_NEAR = 6


def clock(at: int) -> str:
    """Return an instant as messages print it."""
    return from_us(at).isoformat()


def refused(attempt: str, code: str, possible: Iterable[str] = (), **details: Any) -> Refused:
    """Return a refusal of one reason."""
    return Refused.because(code, attempt=attempt, possible=possible, details=details)


def _nearest(name: str, names: Iterable[str]) -> list[str]:
    import difflib  # noqa: PLC0415  # loaded only when something is misspelt

    return difflib.get_close_matches(name, list(names), n=_NEAR, cutoff=0.4)


def known_work(state: State, name: str, attempt: str) -> WorkState:
    """Return work that is in the router.

    Raises:
        Refused: ``unknown_work``, with the nearest names.
        TypeError: the name is no text.
    """
    require("work", name, str, "'T1', the name of work")
    if name not in state.works:
        raise refused(attempt, "unknown_work", _nearest(name, state.works), work=name)
    return state.works[name]


def known_agent(state: State, name: str, attempt: str) -> AgentState:
    """Return an agent the router knows.

    Raises:
        Refused: ``unknown_agent``, with the nearest names.
        TypeError: the name is no text.
    """
    require("agent", name, str, "'wang', the name of an agent")
    if name not in state.agents:
        raise refused(attempt, "unknown_agent", _nearest(name, state.agents), agent=name)
    return state.agents[name]


def check_work(state: State, work: Work, attempt: str) -> None:
    """Refuse work that is wrong in itself, or that the policy has no place for.

    Raises:
        DefinitionInvalid: with every problem of the value.
        Refused: ``unknown_queue``, ``unknown_band``, ``unknown_channel``.
    """
    rules = state.rules
    if problems := work.problems(rules.policy.graph):
        raise DefinitionInvalid(problems, f"work {work.id!r}")
    queue = rules.queues.get(work.queue)
    if queue is None:
        raise refused(attempt, "unknown_queue", rules.queues, queue=work.queue)
    if work.band is not None and work.band not in queue.bands:
        raise refused(attempt, "unknown_band", queue.bands, band=work.band, queue=queue.name)
    if rules.policy.channels and work.channel not in rules.policy.channels:
        raise refused(attempt, "unknown_channel", rules.policy.channels, channel=work.channel)
    state.holds_on(work)  # a condition that cannot be asked of these data raises here, before anything changes


def check_entry(state: State, work: Work, entered: int, at: int, attempt: str) -> None:
    """Refuse work that is here already, or whose entry lies where it cannot.

    Raises:
        Refused: ``already_queued``, ``entered_in_future``, ``entered_too_early``.
    """
    if work.id in state.works:
        raise refused(attempt, "already_queued", ("another id",), work=work.id, place=state.works[work.id].place)
    if entered > at:
        raise refused(attempt, "entered_in_future", (f"{clock(at)} or earlier",), entered=clock(entered))
    within = state.rules.queue(work.queue).resume_within
    if within is not None and at - entered > us(within):
        earliest = f"{clock(at - us(within))} or later"
        raise refused(attempt, "entered_too_early", (earliest,), entered=clock(entered))


def check_agent(state: State, agent: Agent) -> None:
    """Refuse an agent that is wrong, or names what the policy does not know.

    Raises:
        DefinitionInvalid: with every problem.
    """
    policy = state.rules.policy
    if problems := agent.problems(policy.graph, [group.name for group in policy.groups]):
        raise DefinitionInvalid(problems, f"agent {agent.id!r}")


def check_presence(state: State, agent: Agent, presence: str, attempt: str) -> None:
    """Refuse a presence that does not exist, or that an override does not allow now (ROU-45).

    Raises:
        Refused: ``unknown_presence``, ``presence_suspended``.
    """
    if presence not in state.rules.presences:
        raise refused(attempt, "unknown_presence", state.rules.presences, presence=presence)
    known = state.agents.get(agent.id)
    if known is not None and known.presence == presence:
        return
    for name, (override, since) in state.overrides.items():
        concerned = not override.groups or any(group in override.groups for group in agent.groups)
        if presence in override.refuse_presences and concerned:
            possible = [other for other in state.rules.presences if other not in override.refuse_presences]
            details = {"presence": presence, "override": name, "since": clock(since)}
            raise refused(attempt, "presence_suspended", possible, **details)


def offered(state: State, work: str, agent: str, attempt: str) -> WorkState:
    """Return work of which this agent holds an open offer.

    Raises:
        Refused: ``no_offer``, or how the offer ended: ``offer_expired``, ``offer_revoked``, ``offer_declined``,
            ``offer_taken``.
    """
    ws = known_work(state, work, attempt)
    known = known_agent(state, agent, attempt)
    if ws.place == "offered" and ws.agent == agent:
        return ws
    ended = ws.ended.get(agent)
    if ended is None:
        code = "no_offer" if ws.is_unassigned else "offer_taken"
        raise refused(attempt, code, known.offers, work=work, place=ws.place)
    because = {} if ended.because is None else {"because": ended.because}
    raise refused(attempt, ended.code, known.offers, ended=clock(ended.at), **because)


def unknown_fields(cls: type, changes: Iterable[str], known: Iterable[str]) -> None:
    """Refuse a change of what there is not.

    Raises:
        DefinitionInvalid: naming each, with the nearest.
    """
    names = tuple(known)
    problems = [
        Problem(name, f"{cls.__name__} has no {name!r} to change{did_you_mean(name, names)}")
        for name in changes
        if name not in names
    ]
    if problems:
        raise DefinitionInvalid(problems, cls.__name__)
