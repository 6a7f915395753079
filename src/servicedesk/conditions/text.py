"""Conditions as text, written and read. Nothing is ever evaluated as code (COND-6, 8).

The grammar; ``and or not`` may stand for ``& | ~``, a name may stand in back-quotes::

    condition   := conjunction ("|" conjunction)*
    conjunction := unary ("&" unary)*
    unary       := "~" unary | "(" condition ")" | "held" "(" condition "," span ")" | "known" "(" name ")"
                 | name ("==" | "!=" | "<" | "<=" | ">" | ">=") (literal | name)
                 | name "in" "{" literal ("," literal)* "}"
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from typing import cast

from attrs import field, frozen

from servicedesk.conditions.leaves import Comparison, Field, Known, Membership
from servicedesk.conditions.literals import OPERATORS, RESERVED, Operator, Plain, literal_text, name_text
from servicedesk.conditions.tree import And, Condition, Held, Not, Or
from servicedesk.errors import DefinitionInvalid, Problem
from servicedesk.instants import duration_text, from_us, to_duration, to_us

__all__ = ["MAX_CHARACTERS", "MAX_DEPTH", "parse", "written"]

MAX_CHARACTERS = 10_000
MAX_DEPTH = 100

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<sign> [=!<>]= | [<>&|~(){},] )
    | (?P<text> "(?:[^"\\]|\\.)*" )
    | (?P<name> `(?:[^`\\]|\\.)+` | [^\W\d]\w*(?:\.[^\W\d]\w*)* )
    | (?P<literal> -?[0-9][\w.%/:+-]* )
    | (?P<end> \Z )
    | (?P<fault> \S+ )
    )""",
    re.VERBOSE | re.DOTALL,
)
_SYNONYMS = {"and": "&", "or": "|", "not": "~"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "`": "`", "\\": "\\"}
_NUMBER = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)(%?)|-?[0-9]+/[0-9]+")
_SPAN = re.compile(r"(-?)((?:[0-9]+[a-z]+)+)")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_LITERAL = 'a literal: 12 0.06 6% 3/50 "text" true 90s 15min 2h 3d 2026-03-02T10:00:00+08:00'


def written(node: Condition) -> str:
    """Write a condition, canonical and fully bracketed; `parse` gives an equal one within its limits (COND-6).

    >>> written((Field("waiting") > 3) & ~Field("kind").is_in("fault"))
    '(waiting > 3) & ~(kind in {"fault"})'
    """
    match node:
        case Comparison(name, operator, literal):
            other = name_text(literal.name) if isinstance(literal, Field) else literal_text(literal)
            return f"{name_text(name)} {operator} {other}"
        case Membership(name, literals):
            return f"{name_text(name)} in {{{', '.join(map(literal_text, literals))}}}"
        case Known(name):
            return f"known({name_text(name)})"
        case Held(part, length):
            return f"held({written(part)}, {duration_text(length)})"
        case Not(part):
            return f"~{_bracketed(part)}"
    return (" & " if isinstance(node, And) else " | ").join(map(_bracketed, node.children))


def _bracketed(node: Condition) -> str:
    return written(node) if isinstance(node, Not | Known | Held) else f"({written(node)})"


def parse(text: str) -> Condition:
    """Read a condition; `Condition.parse` is the public door.

    Raises:
        DefinitionInvalid: the first fault: where it is, what was found, what was expected.
        TypeError: ``text`` is no text.
    """
    if not isinstance(text, str):
        raise TypeError(f"a condition is read from text, not from {type(text).__name__} {text!r}")
    if len(text) > MAX_CHARACTERS:
        raise _invalid(MAX_CHARACTERS, f"{len(text)} characters; a condition has at most {MAX_CHARACTERS}")
    return _Reader(text).whole()


def _invalid(at: int, message: str) -> DefinitionInvalid:
    return DefinitionInvalid((Problem(f"condition[{at}]", message, code="condition_text"),), "condition")


@frozen
class _Token:
    kind: str  # name, text, literal, end or fault; signs and reserved words are each a kind of their own
    text: str
    at: int = field(kw_only=True)

    def fault(self, expected: str) -> DefinitionInvalid:
        shown = self.text if len(self.text) <= 50 else f"{self.text[:50]}…"
        found = repr(shown) if shown else "the end"
        return _invalid(self.at, f"found {found}, expected {expected}")


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        found, at = match[kind], match.start(kind)
        if kind == "sign" or (kind == "name" and found.lower() in RESERVED):
            kind = _SYNONYMS.get(found, found)
        yield _Token(kind, found, at=at)


class _Reader:
    """A recursive descent over the tokens; each method reads one rule of the grammar."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.next = 0
        self.depth = 0

    def take(self) -> _Token:
        token = self.tokens[self.next]
        self.next += token.kind != "end"
        return token

    def accept(self, kind: str) -> bool:
        found = self.tokens[self.next].kind == kind
        self.next += found
        return found

    def expect(self, kind: str, called: str = "") -> _Token:
        token = self.take()
        if token.kind != kind:
            raise token.fault(called or f"'{kind}'")
        return token

    def whole(self) -> Condition:
        condition = self.condition()
        self.expect("end", "'&', '|' or the end")
        return condition

    def condition(self) -> Condition:
        parts = [self.conjunction()]
        while self.accept("|"):
            parts.append(self.conjunction())
        return Or(tuple(parts)) if len(parts) > 1 else parts[0]

    def conjunction(self) -> Condition:
        parts = [self.unary()]
        while self.accept("&"):
            parts.append(self.unary())
        return And(tuple(parts)) if len(parts) > 1 else parts[0]

    def unary(self) -> Condition:
        token = self.take()
        if token.kind == "name":
            return self.comparison(_name(token))
        if token.kind == "known":
            return self.known()
        if token.kind in {"~", "(", "held"}:
            return self.nested(token)
        raise token.fault("a field's name, '(', '~', 'known(' or 'held('")

    def nested(self, token: _Token) -> Condition:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _invalid(token.at, f"more than {MAX_DEPTH} levels of brackets, '~' and 'held('")
        rule = {"~": self.negation, "(": self.bracketed, "held": self.held}[token.kind]
        condition = rule()
        self.depth -= 1
        return condition

    def negation(self) -> Condition:
        return Not(self.unary())

    def bracketed(self) -> Condition:
        condition = self.condition()
        self.expect(")")
        return condition

    def held(self) -> Condition:
        self.expect("(")
        condition = self.condition()
        self.expect(",")
        token = self.take()
        length = _literal(token) if token.kind == "literal" else None
        if not isinstance(length, timedelta) or length < timedelta(0):
            raise token.fault("how long it is held: 90s, 3min, 2h, 3d")
        self.expect(")")
        return Held(condition, length)

    def known(self) -> Condition:
        self.expect("(")
        name = _name(self.expect("name", "a field's name"))
        self.expect(")")
        return Known(name)

    def comparison(self, name: str) -> Condition:
        token = self.take()
        if token.kind == "in":
            return self.membership(name, token)
        if token.kind not in OPERATORS:
            raise token.fault(f"{' '.join(OPERATORS)} or in")
        operand = self.operand()
        return _built(token, lambda: Comparison(name, cast("Operator", token.kind), operand))

    def operand(self) -> Plain | Field:
        token = self.take()
        return Field(_name(token)) if token.kind == "name" else _literal(token, f"a field's name or {_LITERAL}")

    def membership(self, name: str, token: _Token) -> Condition:
        self.expect("{")
        literals = [_literal(self.take())]
        while self.accept(","):
            literals.append(_literal(self.take()))
        self.expect("}")
        return _built(token, lambda: Membership(name, tuple(literals)))


def _built(token: _Token, build: Callable[[], Condition]) -> Condition:
    try:
        return build()
    except TypeError as error:  # families are mixed or have no order: in text that is the author's fault
        raise _invalid(token.at, str(error)) from error


def _name(token: _Token) -> str:
    return _unquoted(token) if token.text.startswith("`") else token.text


def _unquoted(token: _Token) -> str:
    try:
        return _ESCAPE.sub(lambda escape: _character(escape[1]), token.text[1:-1])
    except KeyError as error:
        raise token.fault(r"""only the escapes \n \t \r \" \` \\ and \u with four hexadecimal digits""") from error


def _character(escape: str) -> str:
    return chr(int(escape[1:], 16)) if len(escape) > 1 else _ESCAPES[escape]


def _literal(token: _Token, expected: str = _LITERAL) -> Plain:
    if token.kind == "text":
        return _unquoted(token)
    if token.kind in {"true", "false"}:
        return token.kind == "true"
    try:
        return _quantity(token.text)
    except (ValueError, ArithmeticError, DefinitionInvalid) as error:
        # no literal at all, a day or a unit that is none, a zero below the line, more digits or days than Python holds
        raise token.fault(expected) from error


def _quantity(text: str) -> Plain:
    if number := _NUMBER.fullmatch(text):
        return Fraction(number[1]) / 100 if number[2] else Fraction(text)
    if span := _SPAN.fullmatch(text):
        length = to_duration(span[2])
        return -length if span[1] else length
    if _INSTANT.fullmatch(text):
        return from_us(to_us(datetime.fromisoformat(text)))
    raise ValueError(text)
