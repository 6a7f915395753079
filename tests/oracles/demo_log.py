"""A small foreign log for tests: its workflow, its mapping, and one way to write a row."""

from servicedesk.importing import LogMapping
from servicedesk.workflow import State, Step, Workflow

FLOW = Workflow(
    "log",
    1,
    states=[
        State("New", "new", born=True),
        State("Active", "active"),
        State("Resolved", "resolved"),
        State("Closed", "closed"),
    ],
    steps=[
        Step("work", ("New", "Resolved"), "Active"),
        Step("resolve", ("New", "Active"), "Resolved"),
        Step("close", "Resolved", "Closed"),
    ],
).compile()
MAPPING = LogMapping(
    source="demo",
    case="case",
    at="time",
    state="code",
    order="revision",
    group="group",
    assignee="person",
    priority="priority",
    format="%Y-%m-%d %H:%M",
    zone="UTC",
    lines={"一线": 1},
    default_line=2,
)


def row(case, time, revision, code, **cells):
    return {
        "case": case,
        "time": time,
        "revision": str(revision),
        "code": code,
        "group": "",
        "person": "",
        "priority": "?",
    } | cells
