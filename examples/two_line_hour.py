"""An hour of calls on the desk of two lines, routed with reasons; the calls are illustrative, the reasons the router's.

Used by ``two_line_desk.py``. Calls come, agents answer after some seconds or not at all, and talk for some minutes. At
09:20 a measure of the emergency room suspends breaks, at 09:40 it is lifted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

import pendulum
from attrs import define, field

from servicedesk import Refused, from_us, to_us
from servicedesk.routing import Agent, NoEligibleAgent, Override, Relaxation, Requirement, Router, RoutingPolicy, Work

__all__ = ["Hour", "route"]

ZONE = "Asia/Shanghai"
NINE = to_us(pendulum.datetime(2026, 3, 2, 9, tz=ZONE))
SECOND, MINUTE = 1_000_000, 60_000_000
SURGE = Override(name="surge", refuse_presences="break", reason="tier III: suspend breaks")


@define
class Hour:
    """What happened: rows to print, and the figures beside them."""

    router: Router
    chance: Random
    rows: list[tuple[str, str, str]] = field(factory=list)
    notable: list[tuple[str, str, str]] = field(factory=list)
    kinds: Counter[str] = field(factory=Counter)
    waits: list[int] = field(factory=list)
    lines: Counter[int] = field(factory=Counter)
    pending: list[tuple[int, int, str, Any]] = field(factory=list)
    number: Iterator[int] = field(factory=count)

    def plan(self, at: int, what: str, about: Any) -> None:
        """Let something happen later."""
        heappush(self.pending, (at, next(self.number), what, about))

    def tell(self, at: int, what: str, why: str, *, notable: bool = False) -> None:
        """Keep a row."""
        row = (f"{from_us(at, ZONE):%H:%M:%S}", what, why)
        self.rows.append(row)
        if notable:
            self.notable.append(row)

    def take(self, facts: Iterable[Any]) -> None:
        """Count facts, tell the notable ones, and let people react to offers."""
        for fact in facts:
            self.kinds[fact.kind] += 1
            if fact.kind == "work.offered":
                self._offered(fact)
            elif fact.kind == "work.assigned":
                self.waits.append(fact.wait)
                self.lines[fact.line] += 1
                self.plan(fact.at + self.chance.randint(150, 540) * SECOND, "complete", fact.work)
            elif isinstance(fact, NoEligibleAgent):
                left = ", ".join(f"{stage} {count}" for stage, count in fact.funnel.items())
                self.tell(fact.at, f"{fact.work}: {fact.cause}", left, notable=True)

    def _offered(self, fact: Any) -> None:
        decision = fact.decision
        answers = self.chance.random() < 0.93
        if answers:
            self.plan(fact.at + self.chance.randint(3, 9) * SECOND, "accept", (fact.work, fact.agent))
        if decision.step or decision.trigger == "agent" or self.kinds["work.offered"] % 9 == 1:
            beside = f"before {decision.runner_up} by {decision.lost_at}" if decision.runner_up else "nobody else could"
            step = f", step {decision.step}" if decision.step else ""
            looked = "the agent looked" if decision.trigger == "agent" else "the call looked"
            skills, free = decision.funnel["skills"], decision.funnel["capacity"]
            why = f"{looked}; {skills} qualify, {free} free; {beside}{step}"
            self.tell(fact.at, f"{fact.work} → {fact.agent}", why)

    def happen(self, at: int, what: str, about: Any) -> None:
        """Let one planned thing happen; what comes too late is refused, and told."""
        try:
            self.take(self._done(at, what, about))
        except Refused as refused:
            if what != "accept":
                self.tell(at, f"{what} {about}", f"refused: {'; '.join(map(str, refused.refusals))}", notable=True)

    def _done(self, at: int, what: str, about: Any) -> tuple[Any, ...]:
        router = self.router
        if what == "call":
            return router.enqueue(about, at=at)
        if what == "accept":
            return router.accept(*about, at=at)
        if what == "complete":
            return router.complete(about, at=at)
        if what == "break":
            return router.agent_changed(about, presence="break", at=at)
        if what == "surge":
            self.tell(at, "surge: breaks are suspended", SURGE.reason or "", notable=True)
            return router.override(SURGE, at=at)
        self.tell(at, "surge is over", "who asked for a break may take it", notable=True)
        return router.lift(SURGE.name, at=at)

    def run(self) -> None:
        """Let everything happen in its order, timers of the router in between."""
        while self.pending:
            due = self.router.next_due
            if due is not None and due <= self.pending[0][0]:
                self.take(self.router.advance(due))
            else:
                at, _, what, about = heappop(self.pending)
                self.happen(at, what, about)


def calls(chance: Random, usual: str, hard: str) -> Iterable[tuple[int, Work]]:
    """Yield the calls of an hour: usual ones on the hotline, widening after 45 s; hard ones for the experts."""
    at, number = NINE, 0
    while (at := at + int(chance.expovariate(1 / 22) * SECOND)) < NINE + 60 * MINUTE:
        number += 1
        if number % 8 == 0:
            yield at, Work(id=f"H{number}", queue="expert", requirement=f"{chance.choice(hard.split())}>=3; lines 2")
            continue
        need = Requirement.parse(f"{chance.choice(usual.split())}>=2; lines 1")
        wider = Relaxation([("45s", need.with_lines(1, 2)), ("3min", need.with_lines(1, 2).anyone())])
        yield at, Work(id=f"C{number}", queue="hotline", requirement=need, relaxation=wider)


def route(policy: RoutingPolicy, agents: Iterable[Agent], usual: str, hard: str) -> Hour:
    """Return the hour, routed."""
    chance = Random(1995598)  # noqa: S311  # the calls of an example, the same every time
    hour = Hour(Router(policy), chance)
    for agent in agents:
        hour.take(hour.router.agent_changed(agent, presence="available", at=NINE))
    for at, work in calls(chance, usual, hard):
        hour.plan(at, "call", work)
    hour.plan(NINE + 20 * MINUTE, "surge", None)
    hour.plan(NINE + 25 * MINUTE, "break", "坐席 03")
    hour.plan(NINE + 40 * MINUTE, "lift", None)
    hour.run()
    return hour
