"""An oracle for conditions, written from COND-1 to 5 alone: sketches of conditions as nested tuples, and truth tables.

It shares nothing with the library: truth is one of the letters T, F and U, joints are looked up in tables written out
by hand, instants are compared by their fields in UTC, and every leaf is judged afresh each time.

A sketch is ``("compare", name, operator, literal)``, ``("fields", name, operator, other)``, ``("member", name,
literals)``, ``("known", name)``, ``("and", parts)``, ``("or", parts)``, ``("not", part)`` or ``("held", part, span)``.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

AND = {"TT": "T", "TF": "F", "TU": "U", "FT": "F", "FF": "F", "FU": "F", "UT": "U", "UF": "F", "UU": "U"}
OR = {"TT": "T", "TF": "T", "TU": "T", "FT": "T", "FF": "F", "FU": "U", "UT": "T", "UF": "U", "UU": "U"}
NOT = {"T": "F", "F": "T", "U": "U"}


class Mixed(Exception):
    """Two families met, or a family met an operator it does not know (COND-3)."""


def truth(sketch, judged):
    """Return T, F or U of a sketch; ``judged`` gives the letter of each of its leaves."""
    kind = sketch[0]
    if kind == "not":
        return NOT[truth(sketch[1], judged)]
    if kind not in {"and", "or"}:
        return judged(sketch)
    table = AND if kind == "and" else OR
    letters = [truth(part, judged) for part in sketch[1]]  # all of them first: a mixture is found wherever it stands
    result = letters[0]
    for letter in letters[1:]:
        result = table[result + letter]
    return result


def leaves(sketch):
    """Return all leaves of a sketch, in order, repetitions included."""
    if sketch[0] in {"and", "or"}:
        return [leaf for part in sketch[1] for leaf in leaves(part)]
    if sketch[0] in {"not", "held"}:
        return leaves(sketch[1])
    return [sketch]


def leaf_truth(leaf, values):
    """Return T, F or U of one leaf on one snapshot of values."""
    kind, name = leaf[0], leaf[1]
    value = values.get(name)
    if kind == "known":
        return "F" if value is None else "T"
    if kind == "member":
        letters = [compare(value, "==", literal) for literal in leaf[2]]
        return "T" if "T" in letters else letters[0]
    _, _, operator, other = leaf
    return compare(value, operator, values.get(other) if kind == "fields" else other)


def compare(left, operator, right):
    """Compare two values, either of which may be unknown."""
    for side in (left, right):
        if side is not None and family(side) in {"flag", "text"} and operator not in {"==", "!="}:
            raise Mixed
    if left is None or right is None:
        return "U"
    if family(left) != family(right):
        raise Mixed
    one, other = comparable(left), comparable(right)
    # The three ways two values can stand to each other, and the operators that are true then.
    true_for = {"==", "<=", ">="} if one == other else {"!=", "<", "<="} if one < other else {"!=", ">", ">="}
    return "T" if operator in true_for else "F"


def family(value):
    """Return the family of a value."""
    if value is True or value is False:
        return "flag"
    for types, name in (
        ((int, Fraction, Decimal), "number"),
        (str, "text"),
        (timedelta, "span"),
        (datetime, "instant"),
    ):
        if isinstance(value, types):
            return name
    raise Mixed


def comparable(value):
    """Return what stands for a value in a comparison within its family."""
    if isinstance(value, datetime):
        return (*value.utctimetuple()[:6], value.microsecond)
    if isinstance(value, Decimal):
        sign, digits, exponent = value.as_tuple()
        whole = int("".join(map(str, digits)))
        return (-1) ** sign * whole * Fraction(10) ** exponent
    if isinstance(value, timedelta):
        return (value.days, value.seconds, value.microseconds)
    return value
