"""L18: the parts of a desk that do not touch may each have a router of their own, and nothing is different (ROU-55)."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import attrs
from attrs import evolve
from hypothesis import event, given
from hypothesis import strategies as st

from servicedesk.errors import Refused
from servicedesk.frozenmap import EMPTY
from servicedesk.routing import Router, RoutingPolicy, coverage
from servicedesk.routing.facts import AgentChanged
from servicedesk.routing.requirements import Relaxation
from servicedesk.testing import Ledger, router_histories, routing, routing_policies
from servicedesk.testing.routing_histories import do

ELSEWHERE = "′"
AWAY = {name: name + ELSEWHERE for name in (*routing.QUEUES, *routing.GROUPS, *routing.AGENTS, *routing.WORKS)}
BACK = {name: known for known, name in AWAY.items()}
WHOLE_DESK = ("override", "lift", "adopt")
"""What changes every part at once; a host with several routers tells each of them."""


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Return the same things by other names, so that two drawn desks have nothing in common."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, Mapping):
        return {renamed(key, names): renamed(one, names) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return type(value)([renamed(one, names) for one in value])
    if attrs.has(type(value)):
        fields = [field for field in attrs.fields(type(value)) if field.init]
        found = {field.alias: renamed(getattr(value, field.name), names) for field in fields}
        changes = {name: one for name, one in found.items() if one != getattr(value, name)}
        return evolve(value, **changes) if changes else value
    return value


def alone(value: Any) -> Any:
    """Return values in which no step is skipped because of who is signed in, of whatever part (ROU-55)."""
    if isinstance(value, Relaxation):
        return evolve(value, skip_when=None)
    if isinstance(value, list):
        return [alone(one) for one in value]
    if isinstance(value, dict):
        return {name: alone(one) for name, one in value.items()}
    if attrs.has(type(value)) and getattr(value, "relaxation", None) is not None:
        return evolve(value, relaxation=alone(value.relaxation))
    return value


def joined(here: RoutingPolicy, there: RoutingPolicy) -> tuple[RoutingPolicy, RoutingPolicy, RoutingPolicy]:
    """Return the policy of both desks, and that of each."""
    there = evolve(renamed(there, AWAY), graph=here.graph, presences=here.presences, choice=here.choice, channels=())
    here = evolve(here, channels=())
    both = evolve(here, queues=(*here.queues, *there.queues), groups=(*here.groups, *there.groups))
    return both, here, there


def is_there(fact: Any) -> bool:
    subject = getattr(fact, "work", None) or fact.agent
    return getattr(subject, "id", subject).endswith(ELSEWHERE)


def uncounted(fact: Any) -> Any:
    """Return a fact without what is counted over a whole desk, and without the name of the policy."""
    decision = getattr(fact, "decision", None)
    if decision is not None:
        # offers are numbered by router: the order of turns is the same, their numbers are not
        key = tuple((name, None if name == "round_robin" else value) for name, value in decision.key)
        return evolve(fact, decision=evolve(decision, funnel=EMPTY, policy=("", 1), key=key))
    return evolve(fact, funnel=EMPTY) if hasattr(fact, "funnel") else fact


GROUPED = routing_policies().filter(lambda policy: policy.groups)
"""Without groups everybody sees every queue, and a desk is of one piece."""


@given(GROUPED, GROUPED, router_histories(20), router_histories(20), st.integers(0, 2**32 - 1))
def test_L18_two_routers_do_what_one_does(one: Any, other: Any, mine: Any, theirs: Any, seed: int) -> None:
    """L18, ROU-55: the same facts of each part, in their order; counts over the whole desk aside."""
    policies = joined(one, other)
    assert [policy.problems() for policy in policies] == [()] * 3
    whole, *parts = (Router(policy) for policy in policies)
    ledgers, moves, facts, at = (Ledger(), Ledger()), ([*mine], [*theirs]), [[], [], []], 0
    chance = Random(seed)
    while any(moves):
        place = chance.choice([place for place in (0, 1) if moves[place]])
        move = moves[place].pop(0)
        if move.verb in WHOLE_DESK or (move.wait is not None and move.wait < 0):
            continue
        verb, values = ledgers[place].call(move, at, whole.next_due)
        call = verb, alone(renamed(values, AWAY) if place else values)
        at = values["at"]
        told = do(whole, call)
        alone_told = do(parts[place], call)
        event(f"{verb}{'' if isinstance(told, tuple) else ' refused'}")
        assert isinstance(told, tuple) == isinstance(alone_told, tuple), (call, told, alone_told)
        if isinstance(told, Refused):
            assert told.codes == alone_told.codes
        for number, found in ((2, told), (place, alone_told)):
            facts[number] += found if isinstance(found, tuple) else ()
        if isinstance(told, tuple):
            ledgers[0].note(fact for fact in told if not is_there(fact))
            ledgers[1].note(renamed(fact, BACK) for fact in told if is_there(fact))
    end = at + 60 * routing.SECOND
    for number, router in enumerate((*parts, whole)):
        facts[number] += router.advance(end)
    for number in (0, 1):
        together = [uncounted(fact) for fact in facts[2] if is_there(fact) == bool(number)]
        assert together == [uncounted(fact) for fact in facts[number]]
    agents = {fact.agent.id: fact.agent for fact in facts[2] if isinstance(fact, AgentChanged)}
    found = coverage.partitions(policies[0], agents.values())
    assert all(len({name.endswith(ELSEWHERE) for name in (*part.queues, *part.agents)}) == 1 for part in found)
