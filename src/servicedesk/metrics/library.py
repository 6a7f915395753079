"""The figures of a service desk, ready made: each function returns one definition as a value.

Where one name has several honest definitions they are several figures with names of their own (specs §3.3).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from servicedesk.conditions import Condition, Field
from servicedesk.instants import to_duration
from servicedesk.metrics.kpi import Kpi

__all__ = [
    "backlog",
    "backlog_average",
    "closure_rate",
    "ever_reopened",
    "first_line_resolution",
    "on_time_resolution",
    "ping_pong_rate",
    "reassignments",
    "reopen_rate",
    "resolution_time",
    "ticket_figures",
]

_Cohort = Literal["due", "stopped", "started"]
_FirstLine = Literal["line", "one_group", "first_group"]
_Statistic = Literal["mean", "p50", "p90"]


def on_time_resolution(*, stop: str, by: _Cohort = "due") -> Kpi:
    """Return 按时解决率: promises of resolution that were kept; ``stop`` is the state that ends the clock (KPI-32).

    By default those *due* in the period, so that open overdue tickets count as missed. ``by="stopped"`` hides open
    breaches, ``by="started"`` waits until each promise has ended; both are named apart (SLA-75).
    """
    name = "on_time_resolution" if by == "due" else f"on_time_resolution_by_{by}"
    return Kpi(
        name,
        "按时解决率",
        by=f"resolution_{by}",
        counts=Field("resolution_met") == True,  # noqa: E712  # a condition, not a truth
        stop=stop,
        source="Yundian Tongfang 2013",
    )


def first_line_resolution(rule: _FirstLine = "line", *, line: int = 1) -> Kpi:
    """Return 一线解决率 by one of three rules, each a figure of its own because they differ by 15 points on one log.

    - ``line``: of tickets resolved with a solution, those that never were above ``line``; for desks whose groups have
      lines. Escalated and returned is out.
    - ``one_group``: of all settled tickets, those that exactly one group ever held.
    - ``first_group``: of all settled tickets, those held at their last settlement by the group that held them first.

    The last two are for logs without lines; they count tickets closed without a resolved state, too.
    """
    if rule == "line":
        return Kpi(
            "first_line_resolution" if line == 1 else f"first_line_resolution_{line}",
            "一线解决率",
            by="resolved",
            among=Field("has_solution") == True,  # noqa: E712  # a condition, not a truth
            counts=Field("highest_line") <= line,
            rule=f"never above line {line}",
            source="Yundian Tongfang 2013",
        )
    counts, words = _GROUP_RULES[rule]
    return Kpi(f"first_line_resolution_{rule}", "一线解决率", by="settled", counts=counts, rule=words)


_GROUP_RULES: dict[str, tuple[Condition, str]] = {
    "one_group": ((Field("hops") == 0) & Field("first_group").is_known, "exactly one group ever held it"),
    "first_group": (Field("group") == Field("first_group"), "the group at its last settlement held it first"),
}


def reopen_rate(within: timedelta | str = "7d") -> Kpi:
    """Return 重开率: first resolutions undone, by rework or reopening, no later than ``within`` after them (KPI-7)."""
    window = to_duration(within, argument="within")
    undone = Field("undone_after") <= window
    return Kpi("reopen_rate", "重开率", by="first_resolved", counts=undone, within=window, better="lower")


def ever_reopened() -> Kpi:
    """Return the share of resolved tickets undone at any time so far, by rework or reopening; it can only rise."""
    undone = (Field("reworks") > 0) | (Field("reopens") > 0)
    return Kpi(
        "ever_reopened", "曾重开率", by="first_resolved", counts=undone, better="lower", rule="at any time up to as_of"
    )


def reassignments() -> Kpi:
    """Return the mean number of group changes of resolved tickets; changes of persons are not among them."""
    return Kpi("reassignments", "平均转派次数", by="resolved", measure="mean", value="hops", better="lower")


def ping_pong_rate() -> Kpi:
    """Return the share of resolved tickets that came back to the group before the last: A, B, A."""
    return Kpi("ping_pong_rate", "退回率", by="resolved", counts=Field("ping_pongs") > 0, better="lower")


def closure_rate() -> Kpi:
    """Return 关闭率: of the tickets accepted in the period, those that are closed at ``as_of``."""
    return Kpi(
        "closure_rate", "关闭率", by="accepted", counts=Field("category") == "closed", source="Yundian Tongfang 2013"
    )


def resolution_time(statistic: _Statistic = "mean", *, time: Literal["wall", "worked"] = "wall") -> Kpi:
    """Return how long it took: by the wall clock from acceptance to resolution, or as worked time of the SLA clock.

    A mean alone misleads, in one public log it is eight times the median: print ``p50`` and ``p90`` beside it.
    """
    wall = time == "wall"
    return Kpi(
        f"resolution_time_{statistic}" if wall else f"resolution_time_worked_{statistic}",
        "解决时长",
        by="resolved" if wall else "resolution_stopped",
        measure="mean" if statistic == "mean" else "percentile",
        value="time_to_resolve" if wall else "resolution_elapsed",
        p=None if statistic == "mean" else f"{statistic[1:]} %",
        better="lower",
    )


def backlog() -> Kpi:
    """Return 积压: tickets accepted and not settled just before the period's end, from facts (KPI-11)."""
    return Kpi("backlog", "积压", by="level", measure="level", better="lower")


def backlog_average() -> Kpi:
    """Return the mean backlog over the period: open time of all tickets, over the time (KPI-12)."""
    return Kpi("backlog_average", "平均积压", by="level", measure="level_average", better="lower")


def ticket_figures(*, stop: str) -> tuple[Kpi, ...]:
    """Return every figure of this page in its default form; ``stop`` is the state that ends the resolution clock."""
    return (
        *(on_time_resolution(stop=stop, by=by) for by in ("due", "stopped", "started")),
        *(first_line_resolution(rule) for rule in ("line", "one_group", "first_group")),
        reopen_rate(),
        ever_reopened(),
        reassignments(),
        ping_pong_rate(),
        closure_rate(),
        *(resolution_time(statistic, time=time) for time in ("wall", "worked") for statistic in ("mean", "p50", "p90")),
        backlog(),
        backlog_average(),
    )
