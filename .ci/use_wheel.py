"""Use the installed library as a stranger would: from outside, in an environment with nothing else in it."""

from __future__ import annotations

import sys
from datetime import timedelta
from importlib.metadata import distributions
from pathlib import Path

import pendulum

import servicedesk
from servicedesk.sla import Calendar

__all__: list[str] = []

# What the five run-time packages bring along; pip and setuptools are the environment's own.
EXPECTED = {"attrs", "cattrs", "networkx", "pendulum", "servicedesk", "transitions"}
BROUGHT_ALONG = {"python-dateutil", "six", "typing-extensions", "tzdata"}
ENVIRONMENT = {"pip", "setuptools"}


def main(environment: str) -> None:
    """Check where the library comes from, what came with it, and one answer."""
    home = Path(servicedesk.__file__)
    assert home.is_relative_to(environment), f"{home} is not the installed wheel"

    installed = {found.name.lower().replace("_", "-") for found in distributions()}
    assert installed >= EXPECTED, f"not installed: {EXPECTED - installed}"
    strangers = installed - EXPECTED - BROUGHT_ALONG - ENVIRONMENT
    assert not strangers, f"the wheel brings more than it says: {strangers}"

    office = Calendar.weekly("Mon-Fri 08:30-12:00, 14:00-18:00", zone="Asia/Shanghai")
    friday = pendulum.datetime(2026, 3, 6, 17, tz="Asia/Shanghai")
    monday = pendulum.datetime(2026, 3, 9, 9, tz="Asia/Shanghai")
    assert office.elapsed(friday, monday) == timedelta(minutes=90)
    print(f"servicedesk {servicedesk.__version__} and {len(installed) - 1} others: 90 working minutes over a weekend")


if __name__ == "__main__":
    main(sys.argv[1])
