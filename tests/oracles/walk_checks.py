"""What a calendar must answer if a walk is right: shared by the laws of weekly hours and those of layers."""

from __future__ import annotations

from typing import Any

from hypothesis import event

__all__ = ["check_nearest", "check_travel"]


def check_travel(calendar: Any, walk: Any, at: int, worked: int) -> None:
    """SLA-22, 23: ``close`` is the earliest instant with that work, ``open`` the latest; no work stays, or rolls."""
    for sign, travel in ((1, calendar.add_us), (-1, calendar.subtract_us)):
        fits = walk.instants_with_work(at, sign * worked)
        event(f"within the walk: {fits is not None}")
        if fits is None:
            continue
        first, last = fits
        stays = worked == 0
        assert travel(at, worked, "close") == (at if stays and sign == 1 else first)
        assert travel(at, worked, "open") == (at if stays and sign == -1 else last)


def check_nearest(calendar: Any, walk: Any, at: int) -> None:
    """SLA-24: an open instant is its own next opening, a closing its own previous closing."""
    still = walk.instants_with_work(at, 0)
    if still is not None:
        assert calendar.next_open_us(at) == still[1]
        assert calendar.previous_close_us(at) == still[0]
    closing, opening = walk.next_close(at), walk.previous_open(at)
    assert closing is None or calendar.next_close_us(at) == closing
    assert opening is None or calendar.previous_open_us(at) == opening
