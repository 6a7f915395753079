"""Little facts to store, texts that stores are known to spoil, and a process that writes until it is killed."""

from __future__ import annotations

import sys
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

from attrs import frozen
from hypothesis import strategies as st

from servicedesk.frozenmap import FrozenMap
from servicedesk.plain import FactCodec
from servicedesk.ports import Append, Commit
from servicedesk.stores import SqliteLog


@frozen(kw_only=True)
class Noted:
    """May stand in any stream."""

    kind: ClassVar[str] = "test.noted"
    subject: str
    at: int
    text: str = ""
    value: Any = None


@frozen(kw_only=True)
class Bound:
    """Says which stream it belongs to, as the facts of tickets do."""

    kind: ClassVar[str] = "test.bound"
    ticket: str
    at: int

    @property
    def stream(self) -> str:
        return self.ticket


CODEC = FactCodec([Noted, Bound])


def note(number: int, text: str = "", value: Any = None) -> Noted:
    return Noted(subject="T", at=number, text=text, value=value)


def notes(*numbers: int) -> tuple[Noted, ...]:
    return tuple(note(number) for number in numbers)


# Pairs that differ, and that some collation, normalisation or trimming takes for the same (G14).
ALIKE = (
    ("T-7", "t-7"),
    ("T-7", "Ｔ－７"),
    ("T-7", "T-7 "),
    ("T-7", " T-7"),
    ("é", "e"),
    ("é", "e\u0301"),
    ("ß", "ss"),
    ("工单", "工單"),
    ("a\tb", "a b"),
    ("a\nb", "a\r\nb"),
    ("%", "_"),
    ("'", '"'),
    ("\\u0000", "u0000"),
    ("\ufeffx", "x"),
    ("\x7f", "\x80"),
    ("\uffff", "\U0001f4de"),  # code-point order and UTF-16 order disagree
    ("1", "01"),
    ("null", "NULL"),
)

nasty = st.sampled_from(sorted({text for pair in ALIKE for text in pair}))
texts = st.one_of(nasty, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20))
ids = st.one_of(nasty, texts.filter(bool))
integers = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.sampled_from([0, 1, -1, 2**53, 2**53 + 1, -(2**63), 2**63 - 1])
)
spans = st.timedeltas(timedelta(days=-40_000), timedelta(days=40_000))
scalars = st.one_of(st.none(), st.booleans(), integers, texts, st.fractions(), spans)
keys_of_maps = st.one_of(texts, st.sampled_from(["fraction", "span", "map", "kind"]))


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(inner, max_size=3).map(tuple), st.dictionaries(keys_of_maps, inner, max_size=3).map(FrozenMap)
    )


exact_values = st.recursive(scalars, _containers, max_leaves=6)
facts = st.builds(
    Noted, subject=texts, at=integers, text=texts, value=st.one_of(exact_values, st.just(Fraction(3, 50)))
)


def same(left: Any, right: Any) -> bool:
    """Equal, and of the same types all the way down: ``True == 1`` is not enough."""
    if type(left) is not type(right):
        return False
    if isinstance(left, tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if hasattr(left, "__attrs_attrs__"):
        return all(same(getattr(left, part.name), getattr(right, part.name)) for part in left.__attrs_attrs__)
    return bool(left == right)


# --- a process that writes until it is killed -------------------------------------------------------------------------


def command(number: int) -> Commit:
    """The n-th command of the writer: two facts of a common stream and one of another, under its own key."""
    own = f"own/{number % 3}"
    return Commit(
        (
            Append("common", notes(number, number), expected_version=2 * number),
            Append(own, notes(number), expected_version=number // 3),
        ),
        key=f"k{number}",
    )


def write_forever(path: Path, number: int) -> None:
    """Commit one command after the other; tell each receipt after it was given."""
    with SqliteLog.open(path, codec=CODEC) as log:
        while True:
            receipt = log.commit(command(number))
            sys.stdout.write(f"{number} {receipt.duplicate}\n")
            sys.stdout.flush()
            number += 1


def write_in_turns(path: Path, writer: str, wanted: int) -> None:
    """Win ``wanted`` races for the next version of one stream, and write as many facts to a stream of its own."""
    from servicedesk.errors import Conflict

    lost = 0
    with SqliteLog.open(path, codec=CODEC, durable=False, timeout="60s") as log:
        for number in range(wanted):
            log.append(f"own/{writer}", notes(number), expected_version=number)
            while True:
                version = len(log.read("race"))
                try:
                    log.append("race", [note(version, writer)], expected_version=version)
                    break
                except Conflict:
                    lost += 1
    sys.stdout.write(f"{lost}\n")


if __name__ == "__main__":
    verb, file, *rest = sys.argv[1:]
    if verb == "forever":
        write_forever(Path(file), int(rest[0]))
    else:
        write_in_turns(Path(file), rest[0], int(rest[1]))
