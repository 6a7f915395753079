"""What the rules of a tier amount to: a condition without its holds, and the effective exit (EMG-13)."""

from __future__ import annotations

from servicedesk.conditions import And, Comparison, Condition, Held, Not, Or
from servicedesk.conditions.literals import Operator

__all__ = ["base", "conjuncts", "effective_exit", "opposite"]

_OPPOSITE: dict[Operator, Operator] = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def base(condition: Condition) -> Condition:
    """Return the condition without its holds: what would be true right now (EMG-13).

    >>> base(Condition.parse("held(waiting > 3, 3min) & loss >= 6%"))
    Condition.parse('(waiting > 3) & (loss >= 6%)')
    """
    match condition:
        case Held(part):
            return base(part)
        case And(parts):
            return And(base(part) for part in parts)
        case Or(parts):
            return Or(base(part) for part in parts)
        case Not(part):
            return Not(base(part))
    return condition


def opposite(condition: Condition) -> Condition:
    """Return ``~condition``, with the negation moved into the comparisons so that it reads well.

    It has Kleene's truth of ``~condition`` for all values: a comparison and its opposite are unknown together.

    >>> opposite(Condition.parse("waiting > 3 & known(loss)"))
    Condition.parse('(waiting <= 3) | ~known(loss)')
    """
    match condition:
        case Comparison(name, operator, literal):
            return Comparison(name, _OPPOSITE[operator], literal)
        case Not(part):
            return part
        case And(parts):
            return Or(opposite(part) for part in parts)
        case Or(parts):
            return And(opposite(part) for part in parts)
    return Not(condition)


def effective_exit(enter: Condition, exit: Condition) -> Condition:  # noqa: A002  # the field's name, EMG-13
    """Return ``exit`` with ``~base(enter)`` joined by ``&`` at the top and inside every hold (EMG-13).

    So the clear clock runs only while the trigger is false: agents who were idle all along prove nothing.

    >>> effective_exit(Condition.parse("held(waiting > 3, 3min)"), Condition.parse("held(idle >= 3, 15min)"))
    Condition.parse('held((idle >= 3) & (waiting <= 3), 15min) & (waiting <= 3)')
    """
    clear = opposite(base(enter))
    return _both(_guarded(exit, clear), clear)


def _guarded(condition: Condition, clear: Condition) -> Condition:
    match condition:
        case Held(part, for_):
            return Held(_both(_guarded(part, clear), clear), for_)
        case And(parts):
            return And(_guarded(part, clear) for part in parts)
        case Or(parts):
            return Or(_guarded(part, clear) for part in parts)
    return condition  # no hold stands below a Not: `Plan.problems` sees to that


def _both(one: Condition, other: Condition) -> Condition:
    parts = tuple(dict.fromkeys((*conjuncts(one), *conjuncts(other))))
    return And(parts) if len(parts) > 1 else parts[0]


def conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """Return what must all be true for the condition to be: the parts of an ``&``, else the condition itself."""
    return condition.parts if isinstance(condition, And) else (condition,)
