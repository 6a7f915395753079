"""Stamps of a foreign log, read and written: strict about format and zone, and about times that never were."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from servicedesk.instants import from_us, to_us, to_zone

__all__ = ["DOES_NOT_READ", "ISO", "Stamps", "Unreadable"]

ISO: Final = "iso"
"""The format of ISO 8601 stamps with date and time, with or without fractions of a second and an offset."""
DOES_NOT_READ: Final = "does not read as"
_LONGEST_DATE = 10  # characters of an ISO date alone, which is no instant


class Unreadable(Exception):
    """One cell of one row cannot be used; the message says why."""


class Stamps:
    """Reads and writes the stamps of one format. Remembers texts: a log repeats its minutes."""

    def __init__(self, format: str, zone: str | None) -> None:  # noqa: A002  # the mapping's own word
        self._format = format
        self._zone = None if zone is None else to_zone(zone)
        self._known: dict[str, int] = {}
        self.tried = self.read_any = False

    def read(self, text: str) -> int:
        """Return the instant of a stamp in microseconds.

        Raises:
            Unreadable: another format, no zone, or a local time that never was or was twice.
        """
        us = self._known.get(text)
        if us is None:
            self.tried = True
            us = self._known[text] = self._parse(text)
            self.read_any = True
        return us

    def _parse(self, text: str) -> int:
        try:
            stamp = self._datetime(text)
        except ValueError:
            raise Unreadable(f"{text!r} {DOES_NOT_READ} {self._format!r}") from None
        if stamp.tzinfo is not None:
            return to_us(stamp)
        if self._zone is None:
            raise Unreadable(f"{text!r} has no zone, and the mapping names none")
        first, second = (stamp.replace(tzinfo=self._zone, fold=fold) for fold in (0, 1))
        if first.utcoffset() == second.utcoffset():
            return to_us(first)
        skipped = to_us(first) > to_us(second)
        raise Unreadable(f"the local time {text!r} {'never was' if skipped else 'was twice'} in {self._zone}")

    def _datetime(self, text: str) -> datetime:
        if self._format != ISO:
            return datetime.strptime(text, self._format)  # noqa: DTZ007  # the zone is put on by the caller
        if len(text) <= _LONGEST_DATE:
            raise ValueError
        return datetime.fromisoformat(text)

    def write(self, us: int) -> str:
        """Return the stamp of an instant; `read` gives the instant back if the format can tell it."""
        stamp = from_us(us, self._zone or "UTC")
        return stamp.isoformat() if self._format == ISO else stamp.strftime(self._format)
