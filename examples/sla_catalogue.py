"""The documented promises of a power-grid desk over the week of the Spring Festival (春节), make-up days included.

Each ticket is told to the policy of data/sla_catalogue.toml as a host would tell it; what is due when, what a plain
Monday-to-Friday calendar would have said, and why, is printed so that it can be checked by hand.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pendulum
from attrs import frozen
from rich.console import Console

from desk_report import reading, run, screen, table
from servicedesk.instants import duration_text
from servicedesk.plain import from_plain
from servicedesk.sla import (
    Calendar,
    Goal,
    Latest,
    Limit,
    Segments,
    SlaPolicy,
    SlaRule,
    TicketClocks,
    Until,
    WorkingDays,
)

HERE = Path(__file__).parent
ZONE = "Asia/Shanghai"
PLAIN = Calendar.weekly("Mon-Fri 08:30-12:00, 14:00-18:00", zone=ZONE, name="plain Monday to Friday")
ORANGE = "[dark_orange]{}[/]"


def at(text: str) -> pendulum.DateTime:
    """Read a local time of the desk."""
    return pendulum.DateTime.fromisoformat(text).replace(tzinfo=pendulum.timezone(ZONE))


@frozen
class Case:
    """A ticket: what it is, when it is accepted, and what the desk knows of it."""

    ticket: str
    accepted: str
    values: Mapping[str, Any]


CASES = (
    Case("data by phone", "2026-02-12T10:00", {"kind": "data_request", "channel": "phone"}),
    Case("data by self-service", "2026-02-13T15:20", {"kind": "data_request", "channel": "self_service"}),
    Case("repair, city", "2026-02-17T03:12", {"kind": "repair", "area": "city"}),
    Case("repair, remote", "2026-02-17T23:30", {"kind": "repair", "area": "remote"}),
    Case("charging, booked", "2026-02-17T10:00", {"kind": "charging", "booked_at": at("2026-02-17T13:00")}),
    Case("meter test", "2026-02-13T09:00", {"kind": "meter_test"}),
    Case("dual-source supply", "2026-01-19T09:30", {"kind": "connection", "supply": "high_voltage_dual"}),
    Case("complaint", "2026-02-12T17:40", {"kind": "complaint"}),
    Case("system fault", "2026-02-13T16:00", {"kind": "fault"}),
    Case("meter test, year end", "2026-12-24T09:00", {"kind": "meter_test"}),
)


def plain_twin(policy: SlaPolicy) -> SlaPolicy:
    """Return the same promises on a calendar that knows no holidays: what a careless system would say."""

    def careless(goal: Goal) -> Goal:
        return goal if goal.calendar.rule.always else evolve_goal(goal, PLAIN)

    rules = [SlaRule([careless(goal) for goal in rule.goals], when=rule.when, name=rule.name) for rule in policy.rules]
    return SlaPolicy(policy.name, rules, version=policy.version, metrics=policy.metrics.values(), carry=policy.carry)


def evolve_goal(goal: Goal, calendar: Calendar) -> Goal:
    """Return a goal on another calendar."""
    return Goal(
        goal.metric, within=goal.within, calendar=calendar, boundary=goal.boundary, stop=goal.stop, pause=goal.pause
    )


def due_rows(policy: SlaPolicy) -> Iterator[tuple[str, ...]]:
    """Yield a row for each promise: when it is due here, and when it would be without holidays."""
    careless = plain_twin(policy)
    for case in CASES:
        accepted = at(case.accepted)
        real = TicketClocks.accept(policy, ticket=case.ticket, at=accepted, values=case.values)
        other = TicketClocks.accept(careless, ticket=case.ticket, at=accepted, values=case.values)
        for clock in real.clocks:
            status, plain = clock.status(accepted), other.clock(clock.goal.metric).status(accepted)
            wrong = status.due != plain.due
            said = f"{plain.due:%a %m-%d %H:%M}"
            assumed = " *" if status.provisional else ""
            yield (
                case.ticket,
                clock.goal.metric,
                limit_text(clock.goal.within),
                f"{accepted:%a %m-%d %H:%M}",
                f"{status.due:%a %m-%d %H:%M}{assumed}",
                ORANGE.format(said) if wrong else "the same",
            )


def first_unknown(policy: SlaPolicy) -> date | None:
    """Return the first date that the last case rests on without its being announced."""
    last = CASES[-1]
    clocks = TicketClocks.accept(policy, ticket=last.ticket, at=at(last.accepted), values=last.values)
    return clocks.clocks[0].first_unknown


def limit_text(limit: Limit) -> str:
    """Return a limit as the catalogue prints it."""
    match limit:
        case timedelta():
            return duration_text(limit)
        case WorkingDays():
            return f"{limit.n} working day{'s' * (limit.n != 1)}"
        case Until():
            return str(limit.until)
        case Latest():
            return f"latest of {', '.join(map(limit_text, limit.parts))}"
    return repr(limit)


def segments(title: str, rows: Segments) -> Any:
    """Return an explanation as a table."""
    cells = (
        (f"{row.start:%a %m-%d %H:%M}", f"{row.end:%a %m-%d %H:%M}", row.label, row.counted or "", row.total)
        for row in rows
    )
    return table(title, "from", "to", "what it was", "#counted", "#total", rows=cells)


def fault_story(policy: SlaPolicy) -> TicketClocks:
    """Tell the fault of Friday 13 February: answered, handed to the customer, resolved after the festival."""
    told = {"kind": "fault", "category": "active", "state": "handling"}
    waiting = {**told, "category": "waiting", "state": "with_customer"}
    clocks = TicketClocks.accept(policy, ticket="system fault", at=at("2026-02-13T16:00"), values=told)
    clocks = clocks.observe({**told, "event": "replied"}, at=at("2026-02-13T16:20"))
    clocks = clocks.observe({**waiting, "event": "waiting"}, at=at("2026-02-14T10:00"))
    clocks = clocks.observe({**told, "event": "active"}, at=at("2026-02-24T10:00"))
    return clocks.observe({**told, "event": "resolved", "state": "resolved"}, at=at("2026-02-24T16:40"))


def complaint_rows(policy: SlaPolicy) -> Iterator[tuple[str, ...]]:
    """Yield what happens to a complaint with two clocks, and what falls due next after each step."""
    told = {"kind": "complaint"}
    clocks = TicketClocks.accept(policy, ticket="complaint", at=at("2026-02-12T17:40"), values=told)
    for when, event in (
        ("2026-02-13T11:00", "contacted"),
        ("2026-02-28T10:00", "reviewed"),
        ("2026-03-02T09:00", "answered"),
    ):
        due = clocks.next_due
        assert due is not None  # noqa: S101  # both clocks still run, or one of them
        yield f"{clocks_at(clocks)}", "", f"next: {due.metric} {due.threshold}, {due.at:%a %m-%d %H:%M}"
        clocks = clocks.observe({**told, "event": event}, at=at(when))
        for fact in clocks.changes:
            verdict = {True: "kept", False: ORANGE.format("broken"), None: ""}[fact.met]
            name = getattr(fact, "name", "")
            yield f"{PLAIN.local(fact.at):%a %m-%d %H:%M}", fact.metric, f"{fact.kind} {name} {verdict}".strip()
        clocks = clocks.drop_changes()


def clocks_at(clocks: TicketClocks) -> str:
    """Return the instant up to which the clocks have been told."""
    return f"{PLAIN.local(clocks.at_us):%a %m-%d %H:%M}"


def show(console: Console, policy: SlaPolicy) -> None:
    """Print calendar, promises and three stories."""
    office = next(goal.calendar for goal in policy.goals if not goal.calendar.rule.always)
    console.print(office.describe(date(2026, 2, 9), date(2026, 3, 1)), highlight=False)
    console.print()
    columns = ("ticket", "clock", "within", "accepted", "due", "without holidays")
    console.print(table("Ten tickets and their promises", *columns, rows=due_rows(policy), markup=True))
    console.print(f"* assumed: {first_unknown(policy)} is the first date whose holidays are not announced yet.\n")
    rows = list(complaint_rows(policy))
    console.print(table("A complaint has two clocks", "when", "clock", "what", rows=rows, markup=True))
    fault = fault_story(policy).clock("resolution")
    console.print(
        segments("Why the system fault used what it used (8 h allowed)", fault.explain(at("2026-02-24T16:40")))
    )
    result = fault.results[-1]
    verdict = "kept" if result.met else "broken"
    console.print(
        f"{result.elapsed} of {result.goal} used, {verdict}; paused {result.paused.working} of working time.\n"
    )


def main(arguments: Sequence[str]) -> None:
    """Read the policy and print it at work."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--policy", type=Path, default=HERE / "data/sla_catalogue.toml", help="another policy in TOML")
    options = parser.parse_args(arguments)
    with reading(options.policy):
        data = tomllib.loads(options.policy.read_text(encoding="utf-8"))
    show(screen(), from_plain(SlaPolicy, data, options.policy.name))


if __name__ == "__main__":
    run(main)
