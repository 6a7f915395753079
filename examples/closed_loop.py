"""One fault round the closed loop (闭环), in Chinese and English: two lines, a department, two callbacks, the archive.

Every command and what it came to is printed; a refusal with all its reasons and what was possible instead; and what
happened by itself, with the instant it is dated at, though nobody looked until the next command.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import pendulum
from attrs import field, frozen, mutable
from rich.console import Console

from desk_report import run, screen, table
from servicedesk import Actor, Definitions, Refused, Ticket, events, from_us, tickets, to_us
from servicedesk.errors import Refusal
from servicedesk.events import TicketFact
from servicedesk.tickets import (
    Accept,
    AnswerSupervision,
    Claim,
    Command,
    Perform,
    Split,
    Urge,
)
from servicedesk.workflow import Workflow, library

ZONE = "Asia/Shanghai"
LOOPS: Mapping[str, Workflow] = {flow.name: flow for flow in (library.fault(), library.work_order())}

SEAT, EXPERT, COLLEAGUE = Actor("a7", "seat"), Actor("e1", "expert"), Actor("e2", "expert")
LEADER, CALLER, CENTRE = Actor("l1", "leader"), Actor("b3", "caller"), Actor("n2", "centre")
GRID, CUSTOMER = Actor("d5", "dept"), Actor.customer("c-17")
PEOPLE = {
    "a7": ("普通坐席", "seat"),
    "e1": ("专家坐席", "expert"),
    "e2": ("另一专家", "another expert"),
    "l1": ("班长", "leader"),
    "b3": ("回访员", "callback team"),
    "n2": ("指挥中心", "centre"),
    "d5": ("调度部门", "department"),
    "c-17": ("客户", "customer"),
    "timer": ("时间", "time itself"),
}
REASONS = {
    "missing_field": ("缺少内容", "missing"),
    "missing_reason": ("缺少原因", "a reason is missing"),
    "not_possible": ("此状态不可", "not possible here"),
    "forbidden": ("无权限", "not in this role"),
    "claimed_by_other": ("他人已锁定", "claimed by another"),
    "open_children": ("下级工单未办结", "work orders are open"),
    "supervision_unanswered": ("督办未答复", "the supervision is unanswered"),
    "too_soon": ("催办过频", "urged too soon"),
    "guard": ("客户未认可", "the customer did not confirm"),
}
FACTS = {
    "ticket.accepted": ("受理", "accepted"),
    "ticket.claimed": ("锁定", "claimed"),
    "ticket.claim_expired": ("锁定到期", "claim ran out"),
    "ticket.claim_released": ("解除锁定", "claim released"),
    "ticket.called_back": ("回访", "callback"),
    "ticket.split": ("派发工单", "handed to a department"),
    "ticket.urged": ("催办", "urged"),
    "ticket.supervision_started": ("督办开始", "supervision started"),
    "ticket.supervision_raised": ("督办升级", "supervision raised"),
    "ticket.supervision_answered": ("督办答复", "supervision answered"),
    "ticket.supervision_released": ("督办解除", "supervision released"),
    "ticket.child_attached": ("关联下级", "child attached"),
    "ticket.child_moved": ("下级变化", "child moved"),
}


@frozen
class Line:
    """One command of the story: when it is given, and what it asks for."""

    at: str
    command: Command


def step(at: str, ticket: str, actor: Actor, name: str, reason: str | None = None, **data: object) -> Line:
    """Return the line that asks for a step."""
    return Line(at, Perform(ticket=ticket, actor=actor, step=name, data=data, reason=reason))


def story() -> Iterator[Line]:
    """Tell the fault: what everybody asked for, the mistakes included."""
    solution = {"solution": "会话超时参数已恢复 session limit restored", "resolution_code": "configuration"}
    better = {"solution": "缓存已清除并复测 cache cleared, tested again", "resolution_code": "configuration"}
    fault = Accept(ticket="T-7", actor=SEAT, kind="fault", caller="c-17", channel="phone", symptom="login")
    order = Accept(ticket="W-1", actor=EXPERT, kind="work_order", parent="T-7", lead=True, group="调度 dispatch")
    yield Line("02 08:52", fault)
    yield step("02 08:53", "T-7", SEAT, "take")
    yield step("02 08:55", "T-7", SEAT, "archive")
    yield step("02 08:58", "T-7", SEAT, "escalate")
    yield step("02 08:59", "T-7", SEAT, "escalate", "beyond_knowledge", verification="换机复现 on another machine too")
    yield Line("02 09:05", Claim(ticket="T-7", actor=EXPERT))
    yield step("02 09:10", "T-7", COLLEAGUE, "resolve", **solution)
    yield Line("02 09:20", Split(ticket="T-7", actor=EXPERT, into=order))
    yield step("02 10:00", "T-7", EXPERT, "resolve", **solution)
    yield Line("02 10:30", Urge(ticket="W-1", actor=CENTRE))
    yield Line("02 10:40", Urge(ticket="W-1", actor=CENTRE))
    yield step("02 13:40", "W-1", GRID, "sign")
    yield step("02 14:30", "W-1", GRID, "answer", answer="参数已恢复 restored")
    yield step("02 14:35", "W-1", CENTRE, "accept_answer")
    yield Line("02 14:40", AnswerSupervision(ticket="W-1", actor=GRID, answer_ref="reply/1"))
    yield step("02 14:41", "W-1", CENTRE, "accept_answer")
    yield step("02 14:50", "T-7", EXPERT, "resolve", **solution)
    yield step("02 15:00", "T-7", CALLER, "no_answer")
    yield step("02 15:30", "T-7", CALLER, "confirm", effective=False)
    yield step("02 15:31", "T-7", CALLER, "rework", "not_effective")
    yield step("02 15:32", "T-7", LEADER, "archive")
    yield step("02 16:10", "T-7", EXPERT, "resolve")
    yield step("02 16:11", "T-7", EXPERT, "resolve", **better)
    yield step("02 16:20", "T-7", CUSTOMER, "confirm")
    yield step("02 16:21", "T-7", CALLER, "confirm", effective=True, satisfaction=5)
    too_late = Perform(ticket="T-7", actor=CUSTOMER, step="reopen", key="mail-88")
    yield Line("10 16:22", too_late)
    yield Line("10 16:22", too_late)


@mutable
class Desk:
    """What a host keeps: the tickets; and every row of the story as it is told."""

    language: str
    tickets: dict[str, Ticket] = field(factory=dict)
    rows: list[tuple[str, str, str, str]] = field(factory=list)
    facts: list[TicketFact] = field(factory=list)
    refused: int = 0

    def say(self, pair: tuple[str, str]) -> str:
        """Return the words of the language, or both."""
        return " ".join(pair) if self.language == "both" else pair[self.language == "en"]

    def person(self, name: str) -> str:
        """Return who that is."""
        return f"{self.say(PEOPLE[name])} {name}" if name != "timer" else self.say(PEOPLE[name])

    def label(self, ticket: str, kind: str, name: str) -> str:
        """Return what people call a step or a state of a ticket's loop."""
        flow = LOOPS[self.tickets[ticket].workflow] if ticket in self.tickets else LOOPS["fault"]
        found = next((part for part in getattr(flow, kind) if part.name == name), None)
        return name if found is None else self.say((found.labels["zh"], found.labels["en"]))

    def give(self, line: Line, definitions: Definitions) -> None:
        """Give one command, and tell what it came to: what fell due before it first, each thing at its own instant."""
        at = instant(line.at)
        answer = tickets.settle(self.tickets, line.command, definitions=definitions, at=at)
        asked = self.asked(line.command)
        if isinstance(answer, Refused):
            self.refused += 1
            self.rows.append((line.at, self.person(line.command.actor.id), asked, self.why(line.command, answer)))
            return
        self.tickets.update(answer.tickets)
        self.facts += answer.facts
        now = to_us(at)
        for fact in sorted((fact for fact in answer.facts if fact.at < now), key=lambda fact: fact.at):
            when = from_us(fact.at, ZONE).format("DD HH:mm")
            self.rows.append((when, f"[dim]{self.person('timer')}[/]", "", self.told(fact)))
        told = [self.told(fact) for fact in answer.facts if fact.at == now]
        nothing = f"[dim]{self.say(('已处理过，不重复', 'done before, nothing new'))}[/]"
        self.rows.append((line.at, self.person(line.command.actor.id), asked, "\n".join(told) or nothing))

    def asked(self, command: Command) -> str:
        """Name what a command asks for."""
        if isinstance(command, Perform):
            reason = f" #{command.reason}" if command.reason else ""
            return f"{command.ticket} {self.label(command.ticket, 'steps', command.step)}{reason}"
        names = {
            Accept: ("受理", "accept"),
            Claim: ("锁定", "claim"),
            Split: ("派单", "hand out"),
            Urge: ("催办", "urge"),
            AnswerSupervision: ("答复督办", "answer the supervision"),
        }
        return f"{command.ticket} {self.say(names[type(command)])}"

    def why(self, command: Command, answer: Refused) -> str:
        """Tell every reason of a refusal, and what was possible."""
        lines = [f"[red]✗ {self.reason(refusal)}[/]" for refusal in answer.refusals]
        if answer.possible:
            ways = ", ".join(self.label(command.ticket, "steps", step) for step in answer.possible)
            lines.append(f"[dim]{self.say(('可行', 'possible'))}: {ways}[/]")
        return "\n".join(lines)

    def reason(self, refusal: Refusal) -> str:
        """Tell one reason."""
        words = self.say(REASONS[refusal.code])
        shown = ("field", "choices", "holder", "until", "children", "roles", "next")
        details = [_shown(name, refusal.details[name]) for name in shown if name in refusal.details]
        return f"{words}: {' '.join(details)}" if details else words

    def told(self, fact: TicketFact) -> str:
        """Tell one fact."""
        if isinstance(fact, events.TicketMoved):
            step = self.label(fact.ticket, "steps", fact.step or "")
            state = self.label(fact.ticket, "states", fact.target)
            again = f" [bold]({self.say(('第', 'round'))} {fact.round})[/]" if fact.round > 1 else ""
            return f"[green]{fact.ticket}[/] {step} → {state}{again}"
        said = self.say(FACTS[fact.kind])
        return f"[cyan]{fact.stream}[/] {said} {self.detail(fact)}".rstrip()

    def detail(self, fact: TicketFact) -> str:
        """Tell what a fact holds, where people want to see it."""
        match fact:
            case events.CallbackMade():
                return f"{fact.result}, {self.say(('第几次', 'attempt'))} {fact.attempt}"
            case events.TicketClaimed():
                return from_us(fact.until, ZONE).format("– HH:mm")
            case events.SupervisionStarted():
                return from_us(fact.reply_due, ZONE).format("– HH:mm")
            case events.SupervisionRaised():
                return f"{fact.level}, {from_us(fact.reply_due, ZONE).format('– HH:mm')}"
            case events.ChildMoved():
                return f"{fact.child} {fact.category}"
            case events.ChildAttached():
                return fact.child
            case _:
                return ""


def instant(text: str) -> pendulum.DateTime:
    """Read a day of March 2026 and a wall time."""
    day, clock = text.split()
    hour, minute = clock.split(":")
    return pendulum.datetime(2026, 3, int(day), int(hour), int(minute), tz=ZONE)


def _shown(name: str, value: object) -> str:
    if name in ("until", "next"):
        return datetime.fromisoformat(str(value)).astimezone(pendulum.timezone(ZONE)).strftime("– %H:%M")
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def main(arguments: Sequence[str]) -> None:
    """Tell the story."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--language", choices=("zh", "en", "both"), default="both")
    chosen = parser.parse_args(arguments)
    desk = Desk(chosen.language)
    definitions = Definitions(LOOPS.values())
    for line in story():
        desk.give(line, definitions)
    report(screen(), desk)


def report(console: Console, desk: Desk) -> None:
    """Print the story, then what its facts add up to."""
    heads = [("时间", "time"), ("谁", "who"), ("要求", "asks for"), ("结果", "comes to")]
    title = desk.say(("一个故障走完闭环，2026年3月", "One fault round the closed loop, March 2026"))
    made = table(title, *(desk.say(head) for head in heads), rows=desk.rows, markup=True)
    late = ("“时间”各行按其自身时刻记录，排在下次有人操作之处", "rows of time itself stand where somebody next acted")
    made.caption = desk.say(late)
    console.print(made)
    own = [fact for fact in desk.facts if fact.stream == "T-7"]
    ticket = desk.tickets["T-7"]
    if tickets.replay(own) != ticket:
        raise AssertionError("the ticket is not the fold of its facts")
    calls = ", ".join(fact.result for fact in own if isinstance(fact, events.CallbackMade))
    lines = (
        (("事实，均可重放", "facts, and their replay is the ticket"), len(own)),
        (("拒绝，未改变任何内容", "refusals, none changed anything"), desk.refused),
        (("轮次", "rounds"), ticket.round),
        (("回访", "callbacks"), calls),
    )
    console.print(table("T-7", "", "#", rows=[(desk.say(words), value) for words, value in lines]))


if __name__ == "__main__":
    run(main)
