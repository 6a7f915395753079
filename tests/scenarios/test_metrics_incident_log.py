"""First-line resolution by three rules on a whole public log (metrics §1): the figures depend on the definition."""

import csv
import gzip
from datetime import UTC, datetime
from itertools import groupby, pairwise

import pytest

from full_data import data_folder
from servicedesk.importing import LogMapping, import_log
from servicedesk.metrics import Period, Ratio, library, scorecard
from servicedesk.workflow import State, Step, Workflow

STATES = {
    "New": "new",
    "Active": "active",
    **{f"Awaiting {what}": "waiting" for what in ("User Info", "Problem", "Vendor", "Evidence")},
    "Resolved": "resolved",
    "Closed": "closed",
}
FLOW = Workflow(
    "incident",
    1,
    states=[State(name, category, born=name == "New") for name, category in STATES.items()],
    steps=[Step(f"to {target}", source, target) for source in STATES for target in STATES if source != target],
).compile()
MAPPING = LogMapping(
    source="log",
    case="number",
    at="sys_updated_at",
    state="incident_state",
    order="sys_mod_count",
    group="assignment_group",
    assignee="assigned_to",
    format="%d/%m/%Y %H:%M",
    zone="UTC",
    on_unknown="skip_row",
)
YEARS = Period(Period.year(2016, zone="UTC").start, Period.year(2017, zone="UTC").end, zone="UTC")


def cases_of(rows):
    """The rows of each case in the order in which they happened: stamps alone tie, and the file errs now and then."""
    by_case = {}
    for row in rows:
        by_case.setdefault(row["number"], []).append(row)
    return [sorted(case, key=when) for case in by_case.values()]


def when(row):
    return datetime.strptime(row["sys_updated_at"], MAPPING.format).replace(tzinfo=UTC), int(row["sys_mod_count"])


def groups_of(case):
    """The known groups of a case, in the order of its rows, neighbours that are equal once."""
    known = [row["assignment_group"] for row in case if row["assignment_group"] != "?"]
    return [group for group, _ in groupby(known)]


@pytest.mark.slow
def test_three_rules_give_three_figures_on_one_log():
    """KPI-14, metrics §1: one group ever 14,970 of 24,918 (60.08 %); the first group again at the end 65.09 %."""
    with gzip.open(data_folder("uci_incident_log") / "incident_event_log.csv.gz", "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    facts = list(import_log(rows, MAPPING, FLOW).facts)
    kpis = [library.first_line_resolution(rule) for rule in ("one_group", "first_group")]
    card = scorecard([*kpis, library.ever_reopened(), library.reassignments()], facts, YEARS)

    cases = cases_of(rows)
    one_group = sum(len(groups_of(case)) == 1 for case in cases)
    assert card["first_line_resolution_one_group"].ratio == Ratio(one_group, len(cases)) == Ratio(14_970, 24_918)
    assert card["first_line_resolution_one_group"].text == "60.08 %"
    same_group = sum(first_holds_at_the_end(case) for case in cases)
    assert card["first_line_resolution_first_group"].ratio == Ratio(same_group, len(cases)) == Ratio(16_219, 24_918)
    undone = sum(
        any(a in DONE and b not in DONE for a, b in pairwise(row["incident_state"] for row in case if known(row)))
        for case in cases
    )
    assert card["ever_reopened"].numerator == undone == 276


DONE = ("Resolved", "Closed")


def known(row):
    return row["incident_state"] in STATES


def first_holds_at_the_end(case):
    """Whether the group of the last row that left the open states, or the last one known before, was the first."""
    holder = at_settlement = None
    before = "New"
    for row in filter(known, case):
        holder = holder if row["assignment_group"] == "?" else row["assignment_group"]
        if row["incident_state"] in DONE and before not in DONE:
            at_settlement = holder
        before = row["incident_state"]
    return at_settlement is not None and at_settlement == groups_of(case)[0]
