"""Facts that history tells: whether each can follow what came before, and what it says where it cannot (ROU-44)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from servicedesk.errors import DefinitionInvalid, Problem, UnknownKind
from servicedesk.routing import facts as happened
from servicedesk.routing.folding import apply
from servicedesk.routing.state import State, WorkState

__all__ = ["follow"]


def follow(state: State, fact: Any, place: int, last: int | None) -> None:
    """Change the state by a fact of history.

    Args:
        state: what came of the facts before it.
        fact: what happened next.
        place: of the fact, counted from 0.
        last: the instant of the fact before.

    Raises:
        UnknownKind: it is no router's fact.
        DefinitionInvalid: it cannot have happened, with its place.
    """
    kind, where = getattr(fact, "kind", type(fact).__name__), f"facts[{place}]"
    try:
        why = _odd(state, fact, last)
        if why is None:
            apply(state, fact)
            return
    except (KeyError, AttributeError) as error:
        if isinstance(error, KeyError) and error.args[0] is type(fact):
            raise UnknownKind(kind, where) from None
        why = f"{error.args[0]!r} is not there"
    message = f"{kind} cannot follow what came before: {why}"
    raise DefinitionInvalid((Problem(where, message),), "router facts")


def _odd(state: State, fact: Any, last: int | None) -> str | None:
    if last is not None and fact.at < last:
        return f"it happened {last - fact.at} µs before it"
    check = _CHECKS.get(type(fact))
    return None if check is None else check(state, fact)


def _entered(state: State, fact: happened.WorkEnqueued) -> str | None:
    known = state.works.get(fact.work.id)
    return None if known is None else f"{fact.work.id!r} is {_stands(known)} already"


def _waits(state: State, fact: Any) -> str | None:
    ws = state.works[fact.work]
    return None if ws.place == "waiting" else f"{fact.work!r} is {_stands(ws)}"


def _is_offered(state: State, fact: Any) -> str | None:
    return _theirs(state, fact, "offered")


def _is_in_hand(state: State, fact: Any) -> str | None:
    return _theirs(state, fact, "hand")


def _theirs(state: State, fact: Any, place: str) -> str | None:
    ws = state.works[fact.work if isinstance(fact.work, str) else fact.work.id]
    return None if (ws.place, ws.agent) == (place, fact.agent) else f"{ws.id!r} is {_stands(ws)}"


def _assigned(state: State, fact: happened.WorkAssigned) -> str | None:
    return _is_offered(state, fact) if fact.how == "accepted" else _waits(state, fact)


def _stands(ws: WorkState) -> str:
    what = {"hand": "in hand", "wrap_up": "wrapped up"}.get(ws.place, ws.place)
    return what if ws.agent is None else f"{what} ({ws.agent})"


_CHECKS: Mapping[type, Callable[[State, Any], str | None]] = {
    happened.WorkEnqueued: _entered,
    happened.WorkOffered: _waits,
    happened.OfferDeclined: _is_offered,
    happened.OfferExpired: _is_offered,
    happened.OfferRevoked: _is_offered,
    happened.WorkAssigned: _assigned,
    happened.WorkRequeued: _is_in_hand,
    happened.WorkCompleted: _is_in_hand,
    happened.WorkWithdrawn: _waits,
}
