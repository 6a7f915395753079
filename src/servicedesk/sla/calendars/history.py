"""Versions of a calendar: which one was known when, and what a new one changes (SLA-20)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from attrs import field, frozen

from servicedesk.errors import DefinitionInvalid, Problem
from servicedesk.instants import Instant, instant_us
from servicedesk.sla.calendars.calendar import Calendar

__all__ = ["CalendarHistory", "changed_spans"]


def _sorted(versions: Iterable[tuple[Instant, Calendar]]) -> tuple[tuple[int, Calendar], ...]:
    return tuple(sorted(((instant_us(at, "published"), one) for at, one in versions), key=lambda pair: pair[0]))


@frozen
class CalendarHistory:
    """The versions of one calendar, each with the instant it was published.

    Raises:
        DefinitionInvalid: there is none, or two were published at one instant.

    >>> import pendulum
    >>> old = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Asia/Shanghai", version="2026")
    >>> new = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Asia/Shanghai", version="2026b", holidays=["2026-03-06"])
    >>> history = CalendarHistory([(pendulum.datetime(2025, 11, 4), old), (pendulum.datetime(2026, 3, 1), new)])
    >>> history.as_known_on(pendulum.datetime(2026, 2, 1)).version
    '2026'
    """

    versions: tuple[tuple[int, Calendar], ...] = field(converter=_sorted)

    def __attrs_post_init__(self) -> None:
        instants = [published for published, _ in self.versions]
        if not instants:
            raise DefinitionInvalid(
                (Problem("versions", "there is none; give (published, calendar) pairs"),), "history"
            )
        if len(set(instants)) < len(instants):
            raise DefinitionInvalid((Problem("versions", "two were published at one instant"),), "history")

    def as_known_on(self, at: Instant) -> Calendar:
        """Return the version that was in force at an instant.

        Raises:
            ValueError: none had been published by then.
        """
        place = bisect_right(self.versions, instant_us(at), key=lambda pair: pair[0])
        if not place:
            first = self.versions[0]
            raise ValueError(f"nothing was published by then; the first version came on {first[1].local(first[0])}")
        return self.versions[place - 1][1]


def changed_spans(old: Calendar, new: Calendar) -> tuple[Calendar, Calendar]:
    """Return when ``new`` is open and ``old`` was not, and the other way round: which clocks are touched (SLA-20).

    Where one of them does not know a date, it is taken as it would be assumed: so were the clocks.

    >>> old = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Asia/Shanghai")
    >>> new = Calendar.weekly("Mon-Fri 09:00-17:00", zone="Asia/Shanghai", holidays=["2026-03-06"])
    >>> opened, closed = changed_spans(old, new)
    >>> import pendulum
    >>> march = pendulum.datetime(2026, 3, 1), pendulum.datetime(2026, 4, 1)
    >>> opened.elapsed(*march), closed.elapsed(*march)
    (datetime.timedelta(0), datetime.timedelta(seconds=28800))
    """
    before, after = old.assuming(), new.assuming()
    return after - before, before - after
