"""The text of skills and requirements: ``system:marketing>=3 & (language:yi or language:han); prefer cert:itil*2``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, TypeVar

from servicedesk.errors import DefinitionInvalid, Problem
from servicedesk.routing.skills import Skill

__all__ = ["name_text", "read_requirement", "read_skill", "requirement_text", "skill_text"]

T = TypeVar("T")

_TOKEN = re.compile(r"\s*(`[^`]+`|>=|[&();,*|]|[^\s`&();,*|>=]+|.)")
_PLAIN = re.compile(r"[^\s`&();,*|>=]+")
_WORDS = frozenset(("or", "and", "prefer", "groups", "lines", "line", "anyone"))


def name_text(name: str) -> str:
    """Return a name as it stands in text, in backquotes where it would be read otherwise.

    >>> name_text("system:marketing"), name_text("data change"), name_text("or")
    ('system:marketing', '`data change`', '`or`')
    """
    return name if name not in _WORDS and _PLAIN.fullmatch(name) else f"`{name}`"


def skill_text(skill: Skill) -> str:
    """Return a skill as text; `read_skill` reads it back."""
    return name_text(skill.name) if skill.level == 1 else f"{name_text(skill.name)}>={skill.level}"


def requirement_text(requirement: Any) -> str:
    """Return a requirement as text; `read_requirement` reads it back."""
    clauses = [*map(skill_text, requirement.all_of)]
    clauses += [f"({' or '.join(map(skill_text, clause))})" for clause in requirement.any_of]
    parts = [" & ".join(clauses) or "anyone"]
    if requirement.preferred:
        weights = ((skill_text(skill), weight) for skill, weight in requirement.preferred)
        parts.append(f"prefer {', '.join(text if weight == 1 else f'{text}*{weight}' for text, weight in weights)}")
    if requirement.groups:
        parts.append(f"groups {', '.join(map(name_text, requirement.groups))}")
    if requirement.lines is not None:
        low, high = requirement.lines
        parts.append(f"lines {low}" if low == high else f"lines {low}-{high}")
    return "; ".join(parts)


def read_skill(text: str) -> Skill:
    """Return the skill of a text.

    Raises:
        DefinitionInvalid: with the position, what was found there, and what was expected.
    """
    reader = _Reader(text, "skill")
    skill = reader.skill()
    reader.end()
    return skill


def read_requirement(text: str) -> dict[str, Any]:
    """Return the parts of a requirement's text by name.

    Raises:
        DefinitionInvalid: with the position, what was found there, and what was expected.
    """
    reader = _Reader(text, "requirement")
    found: dict[str, Any] = {"all_of": (), "any_of": ()}
    if reader.at("prefer", "groups", "lines", "line"):
        found.update(reader.part(found))
    elif not reader.at(""):
        found.update(reader.clauses())
    while not reader.at(""):
        reader.take(";")
        found.update(reader.part(found))
    return found


class _Reader:
    """One text, read from the left."""

    def __init__(self, text: str, what: str) -> None:
        if not isinstance(text, str):
            raise TypeError(f"a {what} is written as text, not {type(text).__name__} {text!r}")
        self.what = what
        self.tokens = [*_tokens(text), ("", len(text))]
        self.next = 0

    def at(self, *words: str) -> bool:
        """Whether one of these stands here; the empty text is the end."""
        return self.tokens[self.next][0] in words

    def fail(self, expected: str) -> NoReturn:
        token, position = self.tokens[self.next]
        found = f"found {token!r}" if token else "it ends"
        raise DefinitionInvalid((Problem(f"{self.what}[{position}]", f"{found}, expected {expected}"),), self.what)

    def take(self, *words: str) -> str:
        if not self.at(*words):
            self.fail(" or ".join(map(repr, words)))
        self.next += 1
        return self.tokens[self.next - 1][0]

    def end(self) -> None:
        if not self.at(""):
            self.fail("the end")

    def name(self) -> str:
        token = self.tokens[self.next][0]
        if not token or token in _WORDS or token in (">=", *"&();,*|`=>"):
            self.fail("a name")
        self.next += 1
        return token.strip("`")

    def number(self, sign: str = "") -> int:
        token = self.tokens[self.next][0]
        if not re.fullmatch(sign + "[0-9]{1,9}", token):
            self.fail("a whole number")
        self.next += 1
        return int(token)

    def skill(self) -> Skill:
        name, level = self.name(), 1
        if self.at(">="):
            self.next += 1
            level = self.number()
        return Skill(name, level)

    def some(self, read: Callable[[], T], *between: str) -> tuple[T, ...]:
        """Read one thing or several, parted by any of some words."""
        found = [read()]
        while self.at(*between):
            self.next += 1
            found.append(read())
        return tuple(found)

    def clauses(self) -> dict[str, Any]:
        if self.at("anyone"):
            self.next += 1
            return {}
        read = self.some(self._clause, "&", "and")
        alone = tuple(clause for clause in read if isinstance(clause, Skill))
        return {"all_of": alone, "any_of": tuple(clause for clause in read if not isinstance(clause, Skill))}

    def _clause(self) -> Skill | tuple[Skill, ...]:
        if not self.at("("):
            return self.skill()
        self.next += 1
        several = self.some(self.skill, "or", "|")
        self.take(")")
        return several

    def part(self, found: dict[str, Any]) -> dict[str, Any]:
        word = self.take("prefer", "groups", "lines", "line")
        name = {"prefer": "preferred", "line": "lines"}.get(word, word)
        if name in found:
            self.next -= 1
            self.fail(f"{word!r} only once")
        if name == "lines":
            return {name: self._lines()}
        read: Callable[[], Any] = self._weight if name == "preferred" else self.name
        return {name: self.some(read, ",")}

    def _lines(self) -> tuple[int, int]:
        match = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", self.tokens[self.next][0])
        if match is None:
            self.fail("a line, or two as in '1-2'")
        self.next += 1
        return int(match[1]), int(match[2] or match[1])

    def _weight(self) -> tuple[Skill, int]:
        skill = self.skill()
        if not self.at("*"):
            return skill, 1
        self.next += 1
        return skill, self.number(sign="-?")


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    for match in _TOKEN.finditer(text.rstrip()):
        yield match[1], match.start(1)
