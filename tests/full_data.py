"""Where the full public data sets are: they are not in the repository, and most tests do without them."""

import os
from pathlib import Path

import pytest


def data_folder(name):
    """Return the folder of a data set, from ``SERVICEDESK_DATA`` or beside the repository; skip where it is not."""
    root = Path(__file__).parents[1]
    places = [Path(place) for place in (os.environ.get("SERVICEDESK_DATA"), root.parent / "shared" / "data") if place]
    for place in places:
        if (place / name).is_dir():
            return place / name
    pytest.skip(f"the data set {name} is neither in SERVICEDESK_DATA nor beside the repository")
