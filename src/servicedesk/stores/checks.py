"""What every store checks before it does anything: the one place for it, so that all stores refuse the same.

A host's adapter calls these too: `encoded` first of all in ``commit``, `check_read` in ``read``, `check_page` in
``page``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from servicedesk.errors import Conflict, DefinitionInvalid, Problem
from servicedesk.instants import Instant, instant_us
from servicedesk.plain import FactCodec, text_fault
from servicedesk.ports import ANY_VERSION, Append, Commit, Partition, Position

__all__ = [
    "Clock",
    "check_page",
    "check_read",
    "check_version",
    "encoded",
    "every_fact",
    "ordinal",
    "recording_instant",
]

Clock: TypeAlias = Callable[[], Instant]
"""The host's clock: gives an aware datetime or integer microseconds."""

_LARGEST: Final = 2**63 - 1
"""The largest integer that every store can hold."""

_LONGEST: Final = 200


def encoded(commit: Commit, encode: Callable[[Any], str]) -> list[list[str]]:
    """Return the canonical text of every fact, append by append.

    Raises:
        DefinitionInvalid: everything that no store can write, with paths: nothing to write, two appends to one
            stream, a fact of another stream, text or integers against G14, ids and keys that are empty or over 200
            characters.
        TypeError: no `Commit`.
    """
    if not isinstance(commit, Commit):
        raise TypeError(f"commit takes a Commit, not {commit!r}; append(...) makes one")
    problems = _name_problems(commit)
    texts: list[list[str]] = []
    for index, append in enumerate(commit.appends):
        texts.append(written := [])
        for number, fact in enumerate(append.facts):
            try:
                written.append(encode(fact))
            except DefinitionInvalid as error:
                problems += [problem.under(f"appends[{index}].facts[{number}]") for problem in error.problems]
            if (stream := getattr(fact, "stream", append.stream)) != append.stream:
                problems.append(
                    Problem(f"appends[{index}].facts[{number}]", f"belongs to stream {stream!r}, not {append.stream!r}")
                )
    if problems:
        raise DefinitionInvalid(problems, "commit")
    return texts


def _name_problems(commit: Commit) -> list[Problem]:
    problems = []
    if not commit.appends:
        advice = "; a key is kept with the first stream" if commit.key is not None else ""
        problems.append(Problem("appends", f"nothing to write or to check{advice}"))
    if commit.key is not None and (fault := _name_fault(commit.key)):
        problems.append(Problem("key", fault))
    seen: dict[object, int] = {}
    for index, append in enumerate(commit.appends):
        if not isinstance(append, Append):
            raise TypeError(f"a commit holds Append values, not {append!r}")
        if fault := _name_fault(append.stream):
            problems.append(Problem(f"appends[{index}].stream", fault))
        elif (first := seen.setdefault(append.stream, index)) != index:
            twice = f"{append.stream!r} is in appends[{first}] already; join the two"
            problems.append(Problem(f"appends[{index}].stream", twice))
    return problems


def _name_fault(name: object) -> str:
    if fault := text_fault(name):
        return fault
    length = len(str(name))
    return "" if 0 < length <= _LONGEST else f"has {length} characters; allowed: 1 to {_LONGEST}"


def check_version(append: Append, actual: int) -> None:
    """Compare the version of a stream with the one expected (G2 to G4).

    Raises:
        Conflict: another writer was faster.
    """
    if append.expected_version is not ANY_VERSION and append.expected_version != actual:
        raise Conflict(append.stream, append.expected_version, actual)


def check_read(stream: str, after: int) -> None:
    """Check the arguments of ``read``.

    Raises:
        DefinitionInvalid: a stream id that no store can hold (G14).
        TypeError, ValueError: ``after`` is no version.
    """
    if fault := _name_fault(stream):
        raise DefinitionInvalid((Problem("stream", fault),), "read")
    _check_int("after", after, 0)


def check_page(limit: int, partition: Partition | None) -> None:
    """Check the arguments of ``page``.

    Raises:
        TypeError, ValueError: ``limit`` is no positive int, ``partition`` is not ``(i, n)`` with 0 ≤ i < n.
    """
    _check_int("limit", limit, 1)
    if partition is not None:
        if type(partition) is not tuple or len(partition) != 2:
            raise ValueError(f"partition must be (i, n), part i of n, not {partition!r}")
        _check_int("partition[1]", partition[1], 1)
        _check_int("partition[0]", partition[0], 0)
        if partition[0] >= partition[1]:
            raise ValueError(f"partition must be (i, n) with i < n, counted from 0, not {partition!r}")


def _check_int(argument: str, value: object, least: int) -> None:
    if type(value) is not int:
        raise TypeError(f"{argument} must be an int, not {value!r}")
    if not least <= value <= _LARGEST:
        raise ValueError(f"{argument} must be {least} or more, at most {_LARGEST}, not {value}")


def ordinal(after: Position | None) -> int:
    """Return the number of a position, in stores where it is a single number; 0 for the beginning.

    Raises:
        ValueError: a position of another store.
        TypeError: no position at all.
    """
    if after is None:
        return 0
    if not isinstance(after, Position):
        raise TypeError(f"after must be a Position or None, not {after!r}; Position.parse reads a text")
    if len(after.parts) != 1 or after.parts[0] > _LARGEST:
        raise ValueError(f"position '{after}' is of another store; expected a single number, like '12'")
    return after.parts[0]


def every_fact() -> FactCodec:
    """Return the codec of `servicedesk.events`: what a store takes unless it is told otherwise."""
    from servicedesk.events import codec  # noqa: PLC0415  # only who names no codec of his own needs the rooms

    return codec()


def recording_instant(clock: Clock | None) -> int | None:
    """Return what the host's clock says, in microseconds, or ``None`` without one (PORT-7).

    Raises:
        NaiveDatetimeError, TypeError, ValueError: it says no instant, or none of 64 bits.
    """
    if clock is None:
        return None
    us = instant_us(clock(), "clock()")
    _check_int("clock()", us, -_LARGEST)
    return us
