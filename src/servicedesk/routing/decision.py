"""Why an agent got a piece of work, as a value: the funnel, the key, the runner-up, and what was in force (ROU-49)."""

from __future__ import annotations

from typing import Any, Literal

from attrs import field, frozen

from servicedesk.frozenmap import EMPTY, FrozenMap, freeze

__all__ = ["FUNNEL", "Decision"]

FUNNEL = (
    "roster",
    "line",
    "group",
    "access",
    "skills",
    "signed_in",
    "routable",
    "not_declined",
    "rested",
    "capacity",
)
"""The stages an agent passes on the way to an offer; each counts those who are left after it (ROU-49)."""


@frozen(kw_only=True)
class Decision:
    """Why this agent, and not another 派单依据 (ROU-49).

    Attributes:
        work: what was routed.
        agent: who got it.
        at: when.
        trigger: ``work`` where the work looked for an agent, ``agent`` where the agent looked for work.
        step: the step of the relaxation in force, from 0.
        key: the choice keys and the chosen agent's values of them; smaller is better.
        runner_up: who would have got it, had the chosen not been there.
        lost_at: the first key on which the runner-up lost; ``id`` where only the name decided.
        funnel: how many agents were left after each stage of `FUNNEL`; empty where the router does not count.
        overrides: those in force.
        policy: name and version.
    """

    work: str
    agent: str
    at: int
    trigger: Literal["work", "agent"]
    step: int
    key: tuple[tuple[Any, ...], ...]
    runner_up: str | None = None
    lost_at: str | None = None
    funnel: FrozenMap[str, int] = field(default=EMPTY, converter=freeze)
    overrides: tuple[str, ...] = ()
    policy: tuple[Any, ...] = ()

    def __str__(self) -> str:
        left = [f"{stage} {count}" for stage, count in self.funnel.items()]
        keys = ", ".join(f"{name} {value}" for name, value in self.key)
        beside = "no runner-up" if self.runner_up is None else f"before {self.runner_up} by {self.lost_at}"
        parts = [f"{self.work} → {self.agent} ({keys or 'by id'}), {beside}"]
        parts += [f"left after {', '.join(left)}"] if left else []
        parts += [f"step {self.step}"] if self.step else []
        parts += [f"under {', '.join(self.overrides)}"] if self.overrides else []
        return "; ".join(parts)
