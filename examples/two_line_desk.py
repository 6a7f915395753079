"""A desk of two lines: 21 seats, 6 of them expert seats, 26 business systems. What hangs on one person, whom to train.

Documented: 21 seats of which 6 are expert seats (专家坐席), and 26 systems to look after. Illustrative: the names of
the systems, who knows which of them how well, the shifts, and the demand of the busiest minute.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import pendulum
from rich.console import Console

from desk_report import run, screen, table
from servicedesk import Span
from servicedesk.routing import (
    Access,
    Agent,
    Group,
    QueuePolicy,
    Requirement,
    Roster,
    RoutingPolicy,
    SkillGraph,
    coverage,
)
from two_line_hour import route

ZONE = "Asia/Shanghai"
MONDAY = pendulum.datetime(2026, 3, 2, tz=ZONE)

SYSTEMS = {  # illustrative, in groups as a utility would keep them
    "营销": "marketing",
    "计量": "metering",
    "核算": "billing",
    "网厅": "online hall",
    "客服": "customer service",
    "财务": "finance",
    "物资": "materials",
    "合同": "contracts",
    "审计": "audit",
    "项目": "projects",
    "设备": "assets",
    "配网": "distribution grid",
    "调度": "dispatching",
    "基建": "construction",
    "安监": "safety",
    "人资": "personnel",
    "培训": "training",
    "办公": "office",
    "门户": "portal",
    "档案": "archives",
    "邮件": "mail",
    "会议": "video meetings",
    "报表": "reports",
    "数据": "data centre",
    "权限": "accounts",
    "终端": "desktops",
}

EXPERTS = {  # level 3: business and system logic
    "专家 王": "营销 计量 核算",
    "专家 李": "网厅 客服 营销 权限",
    "专家 赵": "财务 物资 合同 审计",
    "专家 陈": "设备 配网 项目 基建",
    "专家 杨": "人资 培训 办公 门户 档案",
    "专家 周": "数据 报表 权限 终端",
}

SEATS = {  # level 2: the usual questions
    "坐席 01": "营销 计量 核算 网厅",
    "坐席 02": "营销 计量 客服",
    "坐席 03": "营销 核算 网厅 客服",
    "坐席 04": "计量 核算 客服",
    "坐席 05": "财务 物资 合同",
    "坐席 06": "财务 审计 项目",
    "坐席 07": "物资 合同 项目",
    "坐席 08": "设备 配网 安监",
    "坐席 09": "设备 基建 安监",
    "坐席 10": "人资 培训 办公",
    "坐席 11": "办公 门户 档案 会议",
    "坐席 12": "办公 邮件 会议 门户",
    "坐席 13": "报表 数据 权限",
    "坐席 14": "权限 终端 邮件",
    "坐席 15": "终端 邮件 会议 权限",
}

CERTIFICATE = "证书:数据变更"  # for changes of data
CERTIFIED = {"专家 周": None, "专家 王": MONDAY.set(month=5, day=1)}  # until when; None: for good

CALLS = "营销 营销 营销 计量 计量 核算 客服 网厅 财务 物资 办公 门户 权限 权限 终端"
HARD_CALLS = "营销 网厅 核算 权限 调度"


# --- the desk ---------------------------------------------------------------------------------------------------------


def build_policy() -> RoutingPolicy:
    """Return who sees which queue, and what follows from what: whoever knows billing deeply knows some metering."""
    graph = SkillGraph(
        [("核算>=3", "计量>=2"), ("数据>=3", "报表>=3"), ("配网>=3", "调度>=2")],
        aliases={english: name for name, english in SYSTEMS.items()},
        top=dict.fromkeys([*SYSTEMS, CERTIFICATE], 3),
    )
    groups = [
        Group("一线", ["hotline"]),
        Group("专家", [Access("expert"), Access("hotline", rank=2, delay="45s")]),
    ]
    queues = [QueuePolicy(name="hotline"), QueuePolicy(name="expert", offer_timeout="30s")]
    return RoutingPolicy(name="two-line desk", graph=graph, groups=groups, queues=queues)


def build_agents() -> list[Agent]:
    """Return the 15 ordinary and 6 expert seats; two experts hold the certificate for changes of data."""
    seats = [Agent(id=name, skills=levels(known, 2), groups="一线") for name, known in SEATS.items()]
    for name, known in EXPERTS.items():
        skills = levels(known, 3) | ({CERTIFICATE: 1} if name in CERTIFIED else {})
        end = CERTIFIED.get(name)
        until = {} if end is None else {CERTIFICATE: end}
        seats.append(Agent(id=name, skills=skills, groups="专家", line=2, valid_until=until))
    return seats


def levels(names: str, level: int) -> dict[str, int]:
    """Return skills at one level."""
    return dict.fromkeys(names.split(), level)


def build_roster(days: int = 5) -> Roster:
    """Return the shifts of a week: early and late on the first line, experts in office hours."""
    shifts = []
    for day in (MONDAY.add(days=number) for number in range(days)):
        for number, name in enumerate(SEATS):
            start, end = (8, 16) if number % 2 else (10, 18)
            shifts.append((name, Span(day.add(hours=start), day.add(hours=end))))
        shifts += [(name, Span(day.add(hours=9), day.add(hours=17))) for name in EXPERTS]
    return Roster(shifts)


def build_demand() -> dict[Requirement, int]:
    """Return what is asked for in the busiest minute: ordinary calls anywhere, hard ones on expert seats."""
    asked = [Requirement.parse(f"{name}>=2") for name in CALLS.split()]
    asked += [Requirement.parse(f"{name}>=3; lines 2") for name in HARD_CALLS.split()]
    return {need: asked.count(need) for need in asked}


# --- the report -------------------------------------------------------------------------------------------------------


def system_of(requirement: Requirement) -> str:
    """Return the skill a requirement names, with its English name."""
    name = requirement.all_of[0].name
    return f"{name} {SYSTEMS.get(name, '')}".rstrip()


def show_hour(console: Console) -> None:
    """Print an hour of calls as the router decided it, and why."""
    hour = route(build_policy(), build_agents(), CALLS, HARD_CALLS)
    title = "The first calls of an hour, and why they went where they went"
    console.print(table(title, "at", "what", "why", rows=hour.rows[:14]))
    console.print(table("What was out of the ordinary", "at", "what", "why", rows=hour.notable))
    answered, longest = len(hour.waits), max(hour.waits, default=0) // 1_000_000
    first = hour.lines[1]
    console.print(
        f"{hour.kinds['work.enqueued']} calls, {answered} answered, {first} of them on ordinary seats; longest wait "
        f"{longest} s; {hour.kinds['offer.expired']} offers missed, {hour.kinds['work.relaxed']} requirements widened\n"
    )


def show_depth(console: Console) -> None:
    """Print for each system how many answer the usual questions, and who solves the hard ones."""
    policy, agents = build_policy(), build_agents()
    usual = coverage.report(policy, agents, {f"{name}>=2": 1 for name in SYSTEMS})
    hard = coverage.report(policy, agents, {f"{name}>=3; lines 2": 1 for name in SYSTEMS})
    rows = []
    for name in SYSTEMS:
        few, deep = usual[f"{name}>=2"], hard[f"{name}>=3; lines 2"]
        rows.append((system_of(few.requirement), len(few.holders), ", ".join(deep.holders) or "-", mark(few, deep)))
    console.print(table("26 systems", "system", "#usual", "experts", "hangs on", rows=rows, markup=True))
    single = [need for need in hard.single_holders if need not in hard.gaps]
    told = f"hard questions: {len(hard.gaps)} systems have no expert, {len(single)} hang on one"
    console.print(f"{told}; usual questions: {len(usual.gaps)} gaps, {len(usual.single_holders)} single holders\n")


def mark(usual: coverage.Cover, deep: coverage.Cover) -> str:
    """Say what a system hangs on: on nobody, on one person for everything, or on one expert."""
    if not deep.holders:
        return "[red]nobody for hard questions[/]"
    if len(usual.holders) == 1:
        return f"[red]{usual.holders[0]}, for everything[/]"
    return f"[yellow]{deep.holders[0]}[/]" if len(deep.holders) == 1 else ""


def show_hours(console: Console) -> None:
    """Print when, by the roster, too few hold what must always be there; and what ends by itself."""
    policy, agents, must = build_policy(), build_agents(), {"营销>=3; lines 2": 1, "权限>=2": 1, "会议>=2": 1}
    found = coverage.report(policy, agents, must, build_roster(days=1))
    certificate = coverage.report(policy, agents, {CERTIFICATE: 1})
    rows = [
        (str(cover.requirement), stretch.text(ZONE))
        for cover in (*found.covers, *certificate.covers)
        for stretch in cover.thin
    ]
    console.print(table("Too few on Monday's roster, and certificates that end", "what", "when", rows=rows))


def show_peak(console: Console) -> None:
    """Print what of the busiest minute can be served at once, what one absence costs, and what training helps most."""
    policy, agents, demand = build_policy(), build_agents(), build_demand()
    found = coverage.feasibility(policy, agents, demand)
    console.print(
        f"[bold]The busiest minute[/]: {found.flow} of {found.demand} calls served at once by {len(agents)} seats",
        highlight=False,
    )
    if found.shortfall:
        console.print("".join(f"{part}\n" for part in found.shortfall.parts), highlight=False)
    losses = [one for one in coverage.loss(policy, agents, demand) if one.fall]
    rows = [(one.agent, one.fall) for one in losses]
    console.print(table("Who must not be away", "who", "#calls less", rows=rows))
    best: dict[str, coverage.Training] = {}
    for one in coverage.training(policy, agents, demand):
        best.setdefault(one.skill.name, one)
    lessons = [(f"{one.skill} {SYSTEMS.get(name, '')}", one.agent, one.rise) for name, one in best.items()]
    console.print(table("The best single training in each system", "what", "whom", "#calls more", rows=lessons))


# --- the command ------------------------------------------------------------------------------------------------------


def main(argv: Sequence[str]) -> None:
    """Print the coverage of the desk, or its graph for a Mermaid viewer."""
    parser = argparse.ArgumentParser(prog="two_line_desk", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mermaid", action="store_true", help="print who solves the hard questions as a Mermaid graph")
    arguments, console = parser.parse_args(argv), screen()
    if arguments.mermaid:
        hard = {f"{name}>=3; lines 2": 1 for name in SYSTEMS}
        sys.stdout.write(coverage.report(build_policy(), build_agents(), hard).mermaid())
        return
    show_hour(console)
    show_depth(console)
    show_hours(console)
    show_peak(console)


if __name__ == "__main__":
    run(main)
