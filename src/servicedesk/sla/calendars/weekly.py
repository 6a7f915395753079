"""Weekly hours as text: ``"Mon-Fri 08:30-12:00, 14:00-18:00; Sat 09:00-13:00"`` read, checked and printed."""

from __future__ import annotations

import re
from itertools import groupby

from attrs import frozen

from servicedesk.errors import DefinitionInvalid, Problem, did_you_mean
from servicedesk.sla.calendars.walltime import DAY, Window

__all__ = ["WEEKDAYS", "WeeklyHours", "read_windows", "windows_text"]

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?|(24):(00)(?::(00))?")  # \d takes other digits
_SECOND = 1_000_000


@frozen(repr=False)
class WeeklyHours:
    """The working windows of each weekday, Monday first, each belonging to the day it starts on (SLA-11, SLA-15).

    The text form is clauses by ``;``, each ``days windows``: days are ``Mon``, ``Mon-Fri``, ``Fri-Mon`` or ``daily``;
    windows are ``HH:MM[:SS]-HH:MM[:SS]`` by ``,``. An end at or before its start is on the next day, ``24:00`` is
    only an end. Clauses add up. Printing is canonical and `parse` reads it back.

    >>> print(WeeklyHours.parse("Sat 22:00-00:00; Mon-Fri 14:00-18:00, 08:30-12:00"))
    Mon-Fri 08:30-12:00, 14:00-18:00; Sat 22:00-24:00
    """

    days: tuple[tuple[Window, ...], ...]

    @classmethod
    def parse(cls, text: str) -> WeeklyHours:
        """Read weekly text.

        Raises:
            DefinitionInvalid: every clause, day and window that cannot stand, at once, under ``weekly[clause]``.
        """
        if not isinstance(text, str):
            raise TypeError(f"weekly hours are a text like 'Mon-Fri 09:00-17:00', not {type(text).__name__} {text!r}")
        days: list[list[Window]] = [[] for _ in WEEKDAYS]
        problems: list[Problem] = []
        for number, clause in enumerate(text.split(";") if text.strip() else ()):
            _read_clause(clause.strip(), days, _Found(f"weekly[{number}]", problems))
        if not problems and not any(days):
            problems.append(Problem("weekly", f"{text!r} never opens; write hours like 'Mon-Fri 09:00-17:00'"))
        if problems:
            raise DefinitionInvalid(problems, "weekly")
        return cls(tuple(tuple(sorted(windows)) for windows in days))

    def on(self, day: int) -> tuple[Window, ...]:
        """Return the windows of a date given as ``date.toordinal()``."""
        return self.days[(day - 1) % 7]  # day 1, 0001-01-01, was a Monday

    @property
    def always(self) -> bool:
        """Whether the windows leave no gap in the week, be it by full days or by shifts that follow each other."""
        week = [(day * DAY + start, day * DAY + end) for day, windows in enumerate(self.days) for start, end in windows]
        reach = first = week[0][0] if week else 0
        for start, end in week:
            if start > reach:
                return False
            reach = max(reach, end)
        return reach >= first + len(WEEKDAYS) * DAY

    @property
    def opens(self) -> bool:
        """Whether there is any working time at all."""
        return any(self.days)

    def __str__(self) -> str:
        runs = ((list(run), windows) for windows, run in groupby(range(7), key=lambda day: self.days[day]))
        return "; ".join(f"{_days_text(run)} {windows_text(windows)}" for run, windows in runs if windows)

    def __repr__(self) -> str:
        return f"WeeklyHours.parse({str(self)!r})"


@frozen
class _Found:
    """Where problems of one clause are put down."""

    path: str
    problems: list[Problem]

    def __call__(self, message: str) -> None:
        self.problems.append(Problem(self.path, message))


def read_windows(text: str, path: str) -> tuple[tuple[Window, ...], tuple[Problem, ...]]:
    """Read the windows of one date, ``"08:30-12:00, 14:00-18:00"``: sorted, with all that is wrong under ``path``."""
    problems: list[Problem] = []
    days: list[list[Window]] = [[]]
    found = _Found(path, problems)
    for part in text.split(","):
        window = _read_window(part.strip(), found)
        if window is not None:
            _add_window(window, [0], days, found)
    return tuple(sorted(days[0])), tuple(problems)


def _read_clause(clause: str, days: list[list[Window]], found: _Found) -> None:
    parts = clause.split(maxsplit=1)
    if len(parts) < 2:
        found(f"{clause!r} lacks days or hours; write a clause like 'Mon-Fri 09:00-17:00'")
        return
    numbers = _read_days(parts[0], found)
    for text in parts[1].split(","):
        window = _read_window(text.strip(), found)
        if window is not None:
            _add_window(window, numbers, days, found)


def _read_days(text: str, found: _Found) -> list[int]:
    if text == "daily":
        return list(range(7))
    first, dash, last = text.partition("-")
    unknown = [name for name in ((first, last) if dash else (first,)) if name not in WEEKDAYS]
    for name in unknown:
        hint = did_you_mean(name.strip(",").title()[:3], WEEKDAYS)
        found(f"{name!r} in {text!r} is no weekday{hint}; write Mon, Mon-Fri, Fri-Mon or daily")
    if unknown:
        return []
    if dash and first == last:
        found(f"{text!r} is one day or a whole week; write {first!r} or 'daily'")
        return []
    start, stop = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    return [(start + step) % 7 for step in range((stop - start) % 7 + 1)]


def _read_window(text: str, found: _Found) -> Window | None:
    start_text, dash, end_text = text.partition("-")
    start, end = _read_time(start_text), _read_time(end_text)
    if not dash or start is None or end is None:
        found(f"{text!r} is no window; write HH:MM-HH:MM, for instance 08:30-12:00")
    elif start == end:
        found(f'"{text}" opens and closes at once; write 00:00-24:00 for a full day')
    elif start == DAY:
        found(f'"{text}" starts at 24:00, which is only an end; write 00:00 on the next day')
    else:
        return (start, end if end > start else end + DAY)
    return None


def _read_time(text: str) -> int | None:
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in (match[1] or match[4], match[2], match[3]))
    return ((hours * 60 + minutes) * 60 + seconds) * _SECOND


def _add_window(window: Window, numbers: list[int], days: list[list[Window]], found: _Found) -> None:
    clashes: dict[Window, list[str]] = {}
    for number in numbers:
        for other in days[number]:
            if window[0] < other[1] and other[0] < window[1]:
                clashes.setdefault(other, []).append(WEEKDAYS[number])
        days[number].append(window)
    for other, names in clashes.items():
        both = f"{_window_text(window)} and {_window_text(other)}"
        where = f" on {', '.join(names)}" if len(days) == len(WEEKDAYS) else ""
        found(f"{both} overlap{where}; write one window, or let them touch")


def _days_text(run: list[int]) -> str:
    if len(run) == len(WEEKDAYS):
        return "daily"
    return WEEKDAYS[run[0]] if len(run) == 1 else f"{WEEKDAYS[run[0]]}-{WEEKDAYS[run[-1]]}"


def windows_text(windows: tuple[Window, ...]) -> str:
    """Return windows as the text that `read_windows` takes."""
    return ", ".join(_window_text(window) for window in windows)


def _window_text(window: Window) -> str:
    start, end = window
    return f"{_time_text(start)}-{_time_text(end if end <= DAY else end - DAY)}"


def _time_text(us: int) -> str:
    minutes, seconds = divmod(us // _SECOND, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{seconds:02}" if seconds else text
