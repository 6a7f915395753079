"""Many intervals at once with NumPy, equal to the scalar answers bit for bit (SLA-81; ``servicedesk[bulk]``).

Instants are ``int64`` microseconds since the epoch or ``datetime64[us|ms|s]`` in UTC (``[ns]`` if whole microseconds);
the answer comes in the same kind, in microseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from servicedesk.instants import MICROSECOND, to_duration
from servicedesk.sla.calendars.calendar import Calendar
from servicedesk.sla.calendars.timeline import Roll, Timeline

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints: TypeAlias = npt.NDArray[np.int64]

__all__ = ["add_many", "elapsed_many"]

Missing: TypeAlias = Literal["raise", "mask"]


def elapsed_many(calendar: Calendar, starts: Any, ends: Any, *, missing: Missing = "raise") -> Any:
    """Return `Calendar.elapsed` of each pair of instants (SLA-21).

    Args:
        calendar: whose working time.
        starts: instants, as the module says; one instant serves all rows.
        ends: the same.
        missing: what to do about ``NaT``: ``"mask"`` gives a masked array.

    Returns:
        ``int64`` microseconds for integers, ``timedelta64[us]`` for datetimes.

    Raises:
        ValueError: a ``NaT``, with its row; rows that do not match; nanoseconds that are no whole microseconds.
        TypeError: floats, objects, or integers paired with datetimes.
        CalendarCoverageError, OverflowError: as the scalar function, for the first row that has it.

    >>> import numpy as np
    >>> office = Calendar.weekly("Mon-Fri 09:00-17:00", zone="UTC")
    >>> monday = np.array(["2026-03-02T10:00", "2026-03-02T16:30"], dtype="datetime64[s]")
    >>> elapsed_many(office, monday, monday + np.timedelta64(1, "D"))
    array([28800000000, 28800000000], dtype='timedelta64[us]')
    """
    np = _numpy()
    first, last, dated, hidden = _columns(np, (starts, ends), ("starts", "ends"), missing)
    if first.size:
        low, high = int(min(first.min(), last.min())), int(max(first.max(), last.max()))
        line = _line(calendar, low, high, lambda row: calendar.elapsed_us(int(first[row]), int(last[row])), first.size)
        found = _work(np, line, last) - _work(np, line, first)
    else:
        found = first.copy()
    return _given(np, found.view("timedelta64[us]") if dated else found, hidden)


def add_many(calendar: Calendar, starts: Any, worked: Any, roll: Roll = "close", *, missing: Missing = "raise") -> Any:
    """Return `Calendar.add` of each instant (SLA-22).

    Args:
        calendar: whose working time.
        starts: instants, as the module says.
        worked: ``int64`` microseconds, ``timedelta64``, or one `timedelta` or text like ``"8h"`` for all.
        roll: where to land when the work ends with a window.
        missing: what to do about ``NaT``.

    Returns:
        ``int64`` microseconds for integers, ``datetime64[us]`` for datetimes.

    Raises:
        ValueError: negative work, or as `elapsed_many`.
        NoWorkingTime, CalendarCoverageError, OverflowError: as the scalar function, for the first row that has it.
    """
    np = _numpy()
    if isinstance(worked, timedelta | str):
        worked = np.int64(to_duration(worked, days=False, argument="worked") // MICROSECOND)
    first, amount, dated, hidden = _columns(np, (starts, worked), ("starts", "worked"), missing)
    found = np.array(first)  # no work at all is used up at once, in or out of hours
    left = np.flatnonzero((amount != 0) | (roll == "open"))
    while left.size:  # each turn answers one row alone, which makes the timeline reach further or raises
        row = int(left[0])
        found[row] = calendar.add_us(int(first[row]), int(amount[row]), roll)
        left = left[1:]
        line = calendar.timeline(int(first[row]), int(first[row]))
        answered, values = _travel(np, line, first[left], amount[left], roll)
        found[left[answered]] = values[answered]
        left = left[~answered]
    return _given(np, found.view("datetime64[us]") if dated else found, hidden)


_HORIZON = 73_049 * 86_400_000_000  # as far as the scalar function looks


_BUCKETS = 1 << 20  # of a table: as many as stay in a processor's cache


def _places(np: Any, points: Ints, at: Ints, side: str) -> Any:
    """Return ``np.searchsorted(points, at, side)``, ten times faster: a table of equal steps narrows each search."""
    if not points.size or not at.size:
        return np.zeros(at.shape, dtype=np.int64)
    first, last = min(int(points[0]), int(at.min())), max(int(points[-1]), int(at.max()))
    steps = min(_BUCKETS, 64 * points.size)
    bits = max(((last - first) // steps).bit_length(), 1)
    starts = first + (np.arange(((last - first) >> bits) + 2) << bits)
    table = np.searchsorted(points, starts, side="left")
    most = int(np.diff(table).max())
    if most > 8:  # points that crowd: then a binary search is quicker than this walk
        return np.searchsorted(points, at, side=side)
    padded = np.append(points, np.iinfo(np.int64).max)
    places = table.take((at - first) >> bits)
    for _ in range(most):
        found = padded.take(places)
        places += (found <= at) if side == "right" else (found < at)
    return places


def _work(np: Any, line: Timeline, at: Ints) -> Ints:
    """Return the work before each instant (`Timeline.elapsed`)."""
    place = _places(np, np.array(line.bounds, dtype=np.int64), at, "right")
    found: Ints = np.array(line.base, dtype=np.int64).take(place)
    place &= 1
    found += place * at
    return found


def _travel(np: Any, line: Timeline, origin: Ints, worked: Ints, roll: Roll) -> tuple[npt.NDArray[np.bool_], Ints]:
    """Return which rows this timeline answers, and the answers (`Timeline.travel`)."""
    inside = (origin >= line.start) & (origin <= line.end) & (worked >= 0) & (worked <= _HORIZON)
    if not line.closed:
        return np.zeros_like(inside), origin
    target = _work(np, line, np.where(inside, origin, line.start)) + np.where(inside, worked, 0)
    closed, base = np.array(line.closed, dtype=np.int64), np.array(line.base, dtype=np.int64)
    window = _places(np, closed, target, "left" if roll == "close" else "right")
    fits = inside & (window < closed.size) & ((target > 0) | (roll == "open"))
    found = target - base[1::2].take(window, mode="clip")
    return fits & (found - origin <= _HORIZON), found


def _line(calendar: Calendar, low: int, high: int, scalar: Callable[[int], int], rows: int) -> Timeline:
    """Return a timeline for all rows, or raise what the first row that cannot be answered raises."""
    try:
        return calendar.timeline(low, high)
    except Exception:
        for row in range(rows):
            scalar(row)
        raise


def _numpy() -> Any:
    try:
        import numpy as np  # noqa: PLC0415  # an extra: only who has columns has it
    except ImportError as error:
        raise ImportError("columns need NumPy: pip install servicedesk[bulk]") from error
    return np


def _columns(np: Any, given: tuple[Any, Any], names: tuple[str, str], missing: str) -> tuple[Ints, Ints, bool, Any]:
    """Read two columns as microseconds; say whether instants came as datetimes, and which rows have none."""
    if missing not in {"raise", "mask"}:
        raise ValueError(f"missing is 'raise' or 'mask', not {missing!r}")
    read = [_column(np, values, name) for values, name in zip(given, names, strict=True)]
    kinds = [kind for _, kind in read]
    if kinds[0] != kinds[1] and (kinds[0], kinds[1]) not in {("M", "m"), ("i", "m"), ("M", "i")}:
        raise TypeError(f"{names[0]} and {names[1]} are of two kinds; give both as integers or both as datetimes")
    if names[1] == "ends" and kinds[0] != kinds[1]:
        raise TypeError("starts and ends are of two kinds; give both as integers or both as datetimes")
    try:
        first, last = np.broadcast_arrays(read[0][0], read[1][0])
    except ValueError:
        raise ValueError(f"{names[0]} has {read[0][0].shape} rows, {names[1]} {read[1][0].shape}") from None
    nat = np.iinfo(np.int64).min
    hidden = ((first == nat) & (kinds[0] != "i")) | ((last == nat) & (kinds[1] != "i"))
    if not hidden.any():
        return np.atleast_1d(first), np.atleast_1d(last), kinds[0] == "M", None
    if missing == "raise":
        raise ValueError(f"row {int(hidden.argmax())} is NaT; drop it, or pass missing='mask'")
    hidden = np.atleast_1d(hidden)
    stand_in = np.atleast_1d(first)[~hidden][:1]
    fill = stand_in[0] if stand_in.size else 0
    work = 0 if names[1] == "worked" else fill
    return np.where(hidden, fill, first), np.where(hidden, work, last), kinds[0] == "M", hidden


def _column(np: Any, values: Any, name: str) -> tuple[Ints, str]:
    array = np.asarray(values)
    kind = array.dtype.kind
    if kind in "Mm":
        unit = np.datetime_data(array.dtype)[0]
        if unit == "ns" and (array.view(np.int64)[~np.isnat(array)] % 1000).any():
            raise ValueError(f"{name} has nanoseconds that are no whole microseconds; round them first")
        if unit not in {"ns", "us", "ms", "s"}:
            raise TypeError(f"{name} is {array.dtype}; give seconds to nanoseconds, for instance datetime64[us]")
        plain: Ints = array.astype(f"{'datetime64' if kind == 'M' else 'timedelta64'}[us]").view(np.int64)
        return plain, str(kind)
    if kind not in "iu":
        raise TypeError(f"{name} is {array.dtype}; give int64 microseconds or datetime64, never floats")
    return array.astype(np.int64), "i"


def _given(np: Any, found: Any, hidden: Any) -> Any:
    return found if hidden is None else np.ma.masked_array(found, hidden)
