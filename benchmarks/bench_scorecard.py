"""Facts to a card: journeys folded, then figures counted; costs a fact and a subject, and ratios of one run.

Run it as ``python benchmarks/bench_scorecard.py [tickets]``. Budgets: a fact into its journey <= 1 µs, 20 figures
<= 2 µs a subject, 10⁶ facts to a card <= 3 s (metrics §8). The naive way it is held against folds the same journeys,
then asks every figure's conditions of every journey.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from time import process_time
from typing import TypeVar

from servicedesk.events import (
    ClockStarted,
    ClockStopped,
    Fact,
    TicketAccepted,
    TicketAssigned,
    TicketClassified,
    TicketMoved,
)
from servicedesk.metrics import Period, journeys, library, scorecard
from servicedesk.metrics.journey import Journey
from servicedesk.metrics.kpi import Kpi
from servicedesk.metrics.tally import figures

MINUTE = 60_000_000
MARCH = Period.month(2026, 3, zone="Asia/Shanghai")
T = TypeVar("T")


def ticket_facts(number: int, chance: random.Random) -> list[Fact]:
    """Return the facts of one ticket: accepted, assigned, perhaps passed on or reopened, mostly resolved and closed."""
    ticket, at = f"T-{number}", MARCH.start_us + chance.randrange(31 * 24 * 60) * MINUTE
    due = at + 480 * MINUTE
    facts: list[Fact] = [
        TicketAccepted(
            ticket=ticket,
            at=at,
            actor="seat",
            workflow=chance.choice(("fault", "consultation", "complaint")),
            workflow_version=1,
            state="accepted",
            category="new",
            line=1,
            priority=chance.choice("123"),
            channel="phone",
        ),
        ClockStarted(
            ticket=ticket,
            at=at,
            metric="resolution",
            elapsed=0,
            due=due,
            breach_at=due + 1,
            goal=480 * MINUTE,
            stop="resolved",
        ),
    ]
    held = chance.choices(range(12), k=chance.choice((1, 1, 1, 2, 3)))
    for group in held:
        at += chance.randrange(1, 90) * MINUTE
        facts.append(TicketAssigned(ticket=ticket, at=at, actor="seat", group=f"G{group}", assignee=None, line=1))
    facts.append(moved(ticket, at, "accepted", "active"))
    if chance.random() < 0.1:
        facts.append(TicketClassified(ticket=ticket, at=at, actor="seat", service="meter", priority="1"))
    at += int(chance.expovariate(1 / 400)) * MINUTE
    facts.append(moved(ticket, at, "active", "resolved"))
    met, used = at <= due, at - facts[0].at
    facts.append(
        ClockStopped(ticket=ticket, at=at, metric="resolution", elapsed=used, due=due, breach_at=due + 1, met=met)
    )
    if chance.random() < 0.05:
        facts += [moved(ticket, at + 60 * MINUTE, "resolved", "active")]
        at += 120 * MINUTE
        facts += [moved(ticket, at, "active", "resolved")]
    facts.append(moved(ticket, at + 1440 * MINUTE, "resolved", "closed"))
    return facts


def moved(ticket: str, at: int, source: str, category: str) -> TicketMoved:
    return TicketMoved(
        ticket=ticket,
        at=at,
        actor="seat",
        step="step",
        source=source,
        target=category,
        category=category,
        entered=at,
        line=1,
    )


def naive(kpis: tuple[Kpi, ...], found: dict[str, Journey], as_of: int) -> int:
    """Ask each figure on its own, as one dashboard tile after another does."""
    return sum(figures((kpi,), found.values(), MARCH, as_of)[0].counted for kpi in kpis)


def best(run: Callable[[], T], times: int = 3) -> tuple[float, T]:
    """Return the shortest of a few runs, in seconds of this process alone, and its result."""
    timed = []
    for _ in range(times):
        start = process_time()
        result = run()
        timed.append((process_time() - start, result))
    return min(timed, key=lambda pair: pair[0])


def main(tickets: int) -> None:
    chance = random.Random(20260301)
    facts = [fact for number in range(tickets) for fact in ticket_facts(number, chance)]
    as_of = MARCH.end_us + 30 * 1440 * MINUTE
    kpis = library.ticket_figures(stop="resolved")
    fold, found = best(lambda: journeys(facts, as_of=as_of))
    count, _ = best(lambda: figures(kpis, found.values(), MARCH, as_of))
    apart, _ = best(lambda: naive(kpis, found, as_of), times=1)
    whole, card = best(lambda: scorecard(kpis, facts, MARCH, as_of=as_of), times=1)
    print(f"{len(facts):,} facts, {len(found):,} tickets, {len(kpis)} figures")
    print(f"{'journeys, a fact':<44}{fold / len(facts) * 1e6:8.2f} µs   budget 1 µs")
    print(f"{'all figures, a ticket':<44}{count / len(found) * 1e6:8.2f} µs   budget 2 µs for 20")
    print(f"{'facts to a card, a fact':<44}{whole / len(facts) * 1e6:8.2f} µs   budget 3 µs")
    print(f"{'facts a second, to a card':<44}{len(facts) / whole:8,.0f}")
    print(f"{'figures one by one, against all at once':<44}{apart / count:8.1f} ×")
    for line in card:
        print(f"  {line}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
