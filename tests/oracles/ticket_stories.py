"""Lives of tickets as a host would tell them: values after each change, with the event that brought it."""

from __future__ import annotations

from hypothesis import strategies as st

from servicedesk.sla import Calendar, Goal, SlaPolicy, SlaRule

__all__ = ["MONDAY", "OFFICE", "POLICY", "histories"]

MINUTE = 60_000_000
MONDAY = 1_772_409_600_000_000  # 2026-03-02T08:00+08:00
OFFICE = Calendar.weekly("Mon-Fri 08:30-12:00, 14:00-18:00", zone="Asia/Shanghai", name="office", version="2026")
PAUSE = {"customer": 'state == "with_customer"', "vendor": 'state == "with_vendor"'}
POLICY = SlaPolicy(
    "all",
    [
        SlaRule(
            Goal("resolution", within="4h", calendar=OFFICE, stop="resolved", pause=PAUSE, warn_at=("50%",)),
            when='priority == "1"',
            name="urgent",
        ),
        SlaRule(
            [
                Goal("resolution", within="9h", calendar=OFFICE, stop="resolved", pause=PAUSE),
                Goal("requester_wait", within="2h", calendar=OFFICE),
                Goal("ownership", within="3h", calendar=OFFICE),
                Goal("next_response", within="1h", calendar=OFFICE),
                Goal("periodic_update", within="2h", calendar=OFFICE),
            ],
            name="others",
        ),
    ],
    version="1",
)
CATEGORIES = {"handling": "active", "with_customer": "waiting", "with_vendor": "waiting", "done": "resolved"}
EVENTS = ("noted", "handed_over", "customer_replied", "replied")


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, dict[str, object]]]:
    """Draw a life: states, teams, messages and reopenings, minutes to days apart, some at one instant."""
    at, state, team, priority = MONDAY, "handling", draw(st.sampled_from(["a", None])), "1"
    told = [(at, {"event": "accepted", "state": state, "category": "new", "team": team, "priority": priority})]
    for _ in range(draw(st.integers(1, 9))):
        at += draw(st.sampled_from([0, 1, 30, 90, 200, 600, 1440, 4000])) * MINUTE
        change = draw(st.sampled_from(("state", "team", "message", "priority")))
        event_name = draw(st.sampled_from(EVENTS))
        if change == "state":
            new = draw(st.sampled_from(tuple(CATEGORIES)))
            event_name = "resolved" if new == "done" and state != "done" else event_name
            event_name = "reopened" if state == "done" and new != "done" else event_name
            state = new
        elif change == "team":
            team = draw(st.sampled_from(["a", "b", None, ("a", "b")]))
        elif change == "priority":
            priority = draw(st.sampled_from(["1", "2"]))
        values = {
            "event": event_name,
            "state": state,
            "category": CATEGORIES[state],
            "team": team,
            "priority": priority,
        }
        told.append((at, values))
    return told
