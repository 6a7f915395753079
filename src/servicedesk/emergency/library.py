"""Ready-made plans, each figure marked by its source: *documented*, or *illustrative* and meant to be changed."""

from __future__ import annotations

from datetime import timedelta

from servicedesk.emergency.plan import Plan, Signal, Tier

__all__ = ["yunnan_tier_three"]


def yunnan_tier_three(*, horizon: timedelta | str | None = None) -> Plan:
    """Return tier III of the Yunnan 1000 hotline's surge response 话务应急 (EMG-53).

    *Documented*: more than 3 callers waiting for more than 3 minutes call for tier III 三级响应; it ends when 3 seats
    have been idle for 15 minutes and the instant abandonment 瞬时呼损率 is down to 2 %. That the queue is empty at the
    end is read out of the described case. No horizon is documented; ``horizon`` gives all three signals one.

    >>> [tier] = yunnan_tier_three().tiers
    >>> print(tier.exit)
    held(idle >= 3, 15min) & (abandonment <= 2%) & (waiting == 0)
    """
    return Plan(
        "yunnan_tier_three",
        1,
        signals=tuple(Signal(name, horizon) for name in ("waiting", "idle", "abandonment")),
        tiers=(
            Tier(
                "III",
                enter="held(waiting > 3, 3min)",
                exit="held(idle >= 3, 15min) & abandonment <= 2% & waiting == 0",
                labels={"zh": "三级响应"},
            ),
        ),
        source="documented: Yunnan 1000 hotline, emergency response, 2016",
    )
