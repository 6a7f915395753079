"""Each extra is enough for what it is for: run where the wheel is installed with that extra and nothing else."""

from __future__ import annotations

import datetime as dt
import sys
from importlib.util import find_spec

from servicedesk.sla import Calendar, elapsed_many, from_holidays, from_ics
from servicedesk.workflow import library

PACKAGES = {"bulk": "numpy", "diagrams": "graphviz", "holidays": "holidays", "ics": "icalendar"}
ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:test
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20260630
DTEND;VALUE=DATE:20260702
SUMMARY:stocktaking
END:VEVENT
END:VCALENDAR
"""
YEAR = dt.date(2026, 1, 1), dt.date(2026, 12, 31)


def bulk() -> None:
    """Count a column."""
    import numpy as np  # noqa: PLC0415  # the extra under test

    office = Calendar.weekly("Mon-Fri 09:00-17:00", zone="UTC")
    monday = np.array(["2026-03-02T10:00"], dtype="datetime64[s]")
    assert elapsed_many(office, monday, monday + np.timedelta64(1, "D")).tolist() == [dt.timedelta(hours=8)]


def diagrams() -> None:
    """Draw a loop; its text needs no program beside."""
    graph = library.fault().graphviz(language="zh")
    assert 's1 [label="坐席处理\\l"]' in graph.source
    assert graph.source.count(" -> ") == 28


def holidays() -> None:
    """Read a country."""
    import holidays as tables  # noqa: PLC0415  # the extra under test

    found = from_holidays(tables.country_holidays("GB", subdiv="ENG", years=2026), *YEAR)
    assert dt.date(2026, 4, 3) in {entry.date for entry in found}


def ics() -> None:
    """Read a calendar file."""
    assert [entry.date.day for entry in from_ics(ICS, *YEAR, zone="UTC")] == [30, 1]


extra = sys.argv[1]
for name, package in PACKAGES.items():
    assert (find_spec(package) is not None) == (name == extra), f"{package} with the extra {extra}"
{"bulk": bulk, "diagrams": diagrams, "holidays": holidays, "ics": ics}[extra]()
print(f"servicedesk[{extra}] works alone")
