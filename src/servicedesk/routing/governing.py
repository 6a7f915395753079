"""What is in force: overrides, policies, and many changes in one instant."""

from __future__ import annotations

from collections.abc import Iterable

from servicedesk.errors import DefinitionInvalid, Problem
from servicedesk.routing import queueing, refusing, staffing
from servicedesk.routing.agents import Agent, names
from servicedesk.routing.checked import require
from servicedesk.routing.compiled import Rules
from servicedesk.routing.engine import Engine
from servicedesk.routing.facts import OverrideLifted, OverrideSet, PolicyAdopted
from servicedesk.routing.policy import Override, RoutingPolicy
from servicedesk.routing.refusing import refused
from servicedesk.routing.state import WorkState
from servicedesk.routing.work import Work

__all__ = ["adopt", "apply", "lift", "override"]


def override(engine: Engine, _now: int, value: Override) -> None:
    """Change something for the time being (ROU-45)."""
    state = engine.state
    if value.name in state.overrides:
        raise refused(f"set {value.name}", "already_set", (f"lift {value.name}",), override=value.name)
    if problems := state.base.override_problems(value):
        raise DefinitionInvalid(problems, f"override {value.name!r}")
    for ws in state.works.values():
        state.covers(value, ws.work)  # a condition that cannot be asked raises here, before anything changes
    engine.emit(OverrideSet, override=value)
    _all_changed(engine)


def lift(engine: Engine, _now: int, name: str) -> None:
    """End a temporary change."""
    if name not in engine.state.overrides:
        raise refused(f"lift {name}", "not_set", engine.state.overrides, override=name)
    engine.emit(OverrideLifted, name=name)
    _all_changed(engine)


def adopt(engine: Engine, _now: int, policy: RoutingPolicy) -> None:
    """Go on by another policy (ROU-48)."""
    state = engine.state
    state.learn(policy)
    rules = Rules(policy.under(override for override, _ in state.overrides.values()))
    waiting = [ws.work for ws in state.works.values() if ws.is_unassigned]
    unplaced = tuple(sorted(work.id for work in waiting if not rules.places(work)))
    engine.emit(PolicyAdopted, policy=policy.name, version=policy.version, unplaced=unplaced)
    _all_changed(engine)


def _all_changed(engine: Engine) -> None:
    """Let all work see what holds now, what is released look for somebody, and then every agent look."""
    state = engine.state
    works = [ws for ws in state.works.values() if ws.is_unassigned]
    for ws in sorted(works, key=lambda ws: state.turn(ws, engine.index.at)):
        if engine.settle(ws):
            engine.work_looks(ws)
    engine.follow((), [*state.agents])


def apply(
    engine: Engine, now: int, withdrawn: Iterable[str], works: Iterable[Work], agents: Iterable[tuple[Agent, str]]
) -> None:
    """Let many things change in one instant: withdrawals, new work, agents (ROU-42)."""
    gone = sorted({*names(withdrawn)})
    going = [queueing.unassigned(engine, name, f"withdraw {name}") for name in gone]
    coming = _checked(engine, works, {*gone}, now)
    changing = [staffing.checked(engine, agent, presence, {}) for agent, presence in agents]
    told = [agent.id for agent, _ in changing]
    twice = [place for place, name in enumerate(told) if name in told[:place]]
    if twice:
        raise DefinitionInvalid([Problem(f"agents[{n}]", f"{told[n]!r} is told of twice") for n in twice], "apply")
    freed = [name for ws in going for name in queueing.let_go(engine, ws, "abandoned")]
    for work in coming:
        queueing.taken_in(engine, work, now)
    for agent, presence in sorted(changing, key=lambda pair: _idle(engine, pair[0].id, now)):
        staffing.change(engine, agent, presence, "keep")
    engine.follow((), freed)


def _checked(engine: Engine, works: Iterable[Work], gone: set[str], now: int) -> list[Work]:
    found: dict[str, Work] = {}
    for index, work in enumerate(works):
        require(f"works[{index}]", work, Work, "Work(id='T1', queue='hotline')")
        attempt = f"enqueue {work.id}"
        refusing.check_work(engine.state, work, attempt)
        if work.id in found:
            raise refused(attempt, "already_queued", ("another id",), work=work.id, place="waiting")
        if work.id not in gone:
            refusing.check_entry(engine.state, work, now, now, attempt)
        found[work.id] = work
    return sorted(found.values(), key=lambda work: engine.state.turn(WorkState(work, now), now))


def _idle(engine: Engine, name: str, now: int) -> tuple[int, str]:
    known = engine.state.agents.get(name)
    return (now if known is None else known.idle_since), name
