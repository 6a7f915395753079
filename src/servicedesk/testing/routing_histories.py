"""Histories of a router: moves drawn beforehand, and told as calls while a router runs.

A move names the n-th open offer, or the n-th work in hand, since nobody knows beforehand who will be offered what. A
`Ledger` keeps account of these from the facts alone, so the same moves can be played on any router.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from attrs import define, evolve, field, frozen
from hypothesis import strategies as st

from servicedesk.errors import DefinitionInvalid, Refused
from servicedesk.frozenmap import FrozenMap, freeze
from servicedesk.routing import facts as happened
from servicedesk.testing import routing as drawn

__all__ = ["SIGN_IN", "Call", "Ledger", "Move", "do", "play", "router_histories", "router_moves"]

Call: TypeAlias = tuple[str, dict[str, Any]]
"""The name of a verb, and its arguments."""


@frozen
class Move:
    """What shall happen next: a verb, so many seconds after the last (``None``: when the router is next due).

    ``pick`` counts among the open offers, the works in hand or the wrap-ups there are then.
    """

    verb: str
    values: FrozenMap[str, Any] = field(converter=freeze)
    wait: int | None = 0
    pick: int | None = None


_MOVED = (
    happened.WorkEnqueued,
    happened.WorkOffered,
    happened.OfferDeclined,
    happened.OfferExpired,
    happened.OfferRevoked,
    happened.WorkAssigned,
    happened.WorkRequeued,
    happened.WorkCompleted,
    happened.WorkWithdrawn,
    happened.WrapUpEnded,
)


@define
class Ledger:
    """Who is known, what waits, open offers, works in hand and wrap-ups with their agents, the policy's version."""

    version: int = 1
    agents: dict[str, None] = field(factory=dict)
    waiting: dict[str, None] = field(factory=dict)
    offers: dict[str, str] = field(factory=dict)
    hands: dict[str, str] = field(factory=dict)
    wrap_ups: dict[str, str] = field(factory=dict)

    def note(self, facts: Iterable[Any]) -> None:
        """Take account of facts."""
        for fact in facts:
            if isinstance(fact, happened.PolicyAdopted):
                self.version = fact.version
            elif isinstance(fact, happened.AgentChanged):
                self.agents[fact.agent.id] = None
                if fact.left:
                    del self.agents[fact.agent.id]
            elif isinstance(fact, _MOVED):
                work: Any = fact.work
                self._moved(fact, work if isinstance(work, str) else work.id)

    def _moved(self, fact: Any, name: str) -> None:
        for place in (self.waiting, self.offers, self.hands, self.wrap_ups):
            place.pop(name, None)
        if isinstance(fact, happened.WorkOffered):
            self.offers[name] = fact.agent
        elif isinstance(fact, happened.WorkAssigned):
            self.hands[name] = fact.agent
        elif isinstance(fact, happened.WorkCompleted):
            self.wrap_ups |= {name: fact.agent} if fact.wrapping_up else {}
        elif not isinstance(fact, happened.WorkWithdrawn | happened.WrapUpEnded):
            self.waiting[name] = None

    def call(self, move: Move, at: int, next_due: int | None) -> Call:
        """Return a move as a call, after an instant. Where nothing is there to pick from, time passes instead."""
        when = max(at, next_due or at) if move.wait is None else at + move.wait * drawn.SECOND
        if move.pick is None:
            return move.verb, self._told(move, when)
        if move.verb == "enqueue":
            return move.verb, self._named_anew(self._told(move, when), move.pick)
        among = self._among(move.verb)
        if not among:
            return "advance", {"at": max(at, next_due or at)}
        work = list(among)[move.pick % len(among)]
        agent = among[work] or self._somebody(move.pick)
        known = {"work": work, "agent": agent}
        values = self._told(move, when)
        return move.verb, values | {name: known[name] for name in values if known.get(name) is not None}

    def _somebody(self, pick: int) -> str | None:
        known = list(self.agents)
        return known[pick * 7 % len(known)] if known else None

    def _told(self, move: Move, when: int) -> dict[str, Any]:
        values = {**move.values, "at": when}
        if move.verb == "adopt":
            values["policy"] = evolve(values["policy"], version=self.version + 1)
        if "ago" in values:
            values["entered"] = when - values.pop("ago") * drawn.SECOND
        return values

    def _among(self, verb: str) -> dict[str, Any]:
        """Return the works that a verb is about, each with its agent if it has one."""
        if verb in ("accept", "decline"):
            return dict(self.offers)
        if verb == "ready":
            return dict(self.wrap_ups)
        if verb in ("complete", "transfer"):
            return dict(self.hands)
        return dict(self.waiting) if verb == "take" else {**self.waiting, **dict.fromkeys(self.offers)}

    def _named_anew(self, values: dict[str, Any], pick: int) -> dict[str, Any]:
        """Give work a name that is free, if there is one."""
        inside = {*self.waiting, *self.offers, *self.hands, *self.wrap_ups}
        free = [name for name in drawn.WORKS if name not in inside] or list(drawn.WORKS)
        return values | {"work": evolve(values["work"], id=free[pick % len(free)])}


def play(router: Any, moves: Iterable[Move], start: int = 0) -> list[tuple[Call, Any]]:
    """Play moves on a router; return each call with its facts, or with the error it was refused with."""
    ledger, found, at = Ledger(version=router.policy.version), [], start
    for move in moves:
        call = ledger.call(move, at, router.next_due)
        told = do(router, call)
        if isinstance(told, tuple):
            ledger.note(told)
        at = max(at, call[1]["at"])
        found.append((call, told))
    return found


_SUBJECTS = {"amend": "work", "withdraw": "work", "agent_left": "agent"}
"""What a router may call by a word of its own, so it is given by place."""


def do(router: Any, call: Call) -> Any:
    """Call a verb; return the facts, or the error of a refusal."""
    verb, values = call
    subject = _SUBJECTS.get(verb)
    named = {name: value for name, value in values.items() if name != subject}
    try:
        return getattr(router, verb)(*(() if subject is None else (values[subject],)), **named)
    except (Refused, DefinitionInvalid) as error:
        return error


# --- strategies -------------------------------------------------------------------------------------------------------

_WAITS = st.sampled_from((0, 0, 0, 1, 1, 2, 3, None, None))
_SOON = st.sampled_from((0, 0, 0, 1, 1, 2))  # most offers are answered while they are open
_PICKS = st.integers(0, 5)
_AGENT, _WORK_ID = st.sampled_from(drawn.AGENTS), st.sampled_from(drawn.WORKS)
_PRESENCES = st.sampled_from(("available", "available", "available", "break", "offline"))


def _moves(
    verb: str, pick: st.SearchStrategy[Any] | None = None, /, **values: st.SearchStrategy[Any]
) -> st.SearchStrategy[Move]:
    told = st.fixed_dictionaries(values)
    waits = _SOON if verb in ("accept", "decline", "complete", "enqueue") else _WAITS
    return st.builds(Move, st.just(verb), told, wait=waits, pick=st.none() if pick is None else pick)


def _some(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={name: drawn.WORK[name] for name in names})


def _changing(verb: str, *, restart: st.SearchStrategy[bool] | None) -> st.SearchStrategy[Move]:
    """Draw moves that change some attributes of work."""
    more: Any = {} if restart is None else {"restart": restart}
    told = st.tuples(_WORK_ID, _CHANGES, st.fixed_dictionaries(more))
    values = told.map(lambda parts: {"work": parts[0], **parts[1], **parts[2]})
    return st.builds(Move, st.just(verb), values, wait=_WAITS, pick=_PICKS)


SIGN_IN = st.builds(
    lambda agent, presence: Move("agent_changed", {"agent": agent, "presence": presence}),
    drawn.agents(),
    st.sampled_from(("available", "available", "available", "offline")),
)
_CHANGES = _some(
    *("queue", "channel", "requirement", "band", "due", "preferred_agents", "preferred_for", "excluded", "data"),
)
_PAIR = {"work": _WORK_ID, "agent": _AGENT}
_ENQUEUE = _moves("enqueue", _PICKS, work=drawn.works())
_ACCEPT, _COMPLETE = _moves("accept", _PICKS, **_PAIR), _moves("complete", _PICKS, work=_WORK_ID)
_USUAL = (
    *(_ENQUEUE, _ENQUEUE, _ENQUEUE, _ACCEPT, _ACCEPT, _COMPLETE),
    _moves("enqueue", _PICKS, work=drawn.works(), ago=st.sampled_from((-1, 0, 1, 3, 5, 7))),
    _moves("agent_changed", agent=_AGENT, presence=_PRESENCES, on_hand=st.sampled_from(("keep", "requeue"))),
    _moves("decline", _PICKS, **_PAIR),
    _moves("advance"),
)
_RARE = (
    _moves("agent_changed", agent=drawn.agents(), presence=st.one_of(st.none(), _PRESENCES)),
    _changing("amend", restart=None),
    _changing("transfer", restart=st.booleans()),
    _moves(
        "apply",
        withdrawn=st.lists(_WORK_ID, max_size=1),
        works=st.lists(drawn.works(), max_size=3, unique_by=lambda work: work.id),
        agents=st.lists(st.tuples(drawn.agents(), _PRESENCES), max_size=2, unique_by=lambda pair: pair[0].id),
    ),
    _moves("ready", _PICKS, agent=_AGENT, work=_WORK_ID),
    _moves("ready", agent=_AGENT),
    _moves("take", _PICKS, **_PAIR),
    _moves("take", _PICKS, **_PAIR),
    _moves("assign", _PICKS, **_PAIR, force=st.booleans()),
    _moves("withdraw", _PICKS, work=_WORK_ID),
    _moves("override", override=drawn.overrides()),
    _moves("lift", name=st.sampled_from(("storm", "演练"))),
    st.one_of(_moves("agent_left", agent=_AGENT), _moves("adopt", policy=drawn.routing_policies())),
    st.one_of(_moves("accept", **_PAIR), _moves("enqueue", work=drawn.works()), st.just(Move("advance", {}, wait=-1))),
)
_MOVES = st.one_of(*_USUAL, *_USUAL, *_USUAL, *_RARE)


def router_moves() -> st.SearchStrategy[Move]:
    """Anything that may happen next: mostly what is usual, and everything else at times."""
    return _MOVES


def router_histories(most: int = 40) -> st.SearchStrategy[list[Move]]:
    """Moves of a desk: a few agents sign in, then work comes and goes and everything else happens at times.

    At least half of ``most`` moves are drawn, since little happens on a short day.
    """
    signed = st.lists(SIGN_IN, min_size=3, max_size=4, unique_by=lambda move: move.values["agent"].id)
    moves = st.lists(_MOVES, min_size=most // 2, max_size=most)
    return st.tuples(signed, moves).map(lambda told: [*told[0], *told[1]])
