"""Scenarios as text: each line asks something, and says behind ``=>`` what must come of it.

A story is retold by asking every line again; a test compares the text with what was retold, so a failure shows the
lines that came out otherwise, and a new story is written by leaving the answers out and reading what is said.

>>> from servicedesk import Definitions
>>> from servicedesk.workflow import library
>>> story = TicketStory(Definitions([library.fault()]), "fault")
>>> print(
...     story.retell('''
... # nobody archives what was not called back
... seat accept
... seat take +5min
... seat archive
... ''')
... )
<BLANKLINE>
# nobody archives what was not called back
seat accept => accepted
seat take +5min => take -> at_seat
seat archive => refused not_possible; possible: escalate, hold, resolve, resolve_in_call, cancel
<BLANKLINE>
"""

from __future__ import annotations

import shlex
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import pendulum

from servicedesk import tickets
from servicedesk.catalogue import Definitions
from servicedesk.errors import DefinitionInvalid, Refused
from servicedesk.events import TicketFact, TicketMoved
from servicedesk.instants import to_duration, to_us
from servicedesk.routing import Agent, Override, Relaxation, Router, RouterFact, RoutingPolicy, Work
from servicedesk.routing import facts as happened
from servicedesk.tickets import Accept, AnswerSupervision, Command, Perform, Ticket, Urge
from servicedesk.workflow import Actor

__all__ = ["RouterStory", "Story", "TicketStory"]

_MICROSECOND = timedelta(microseconds=1)
_ARROW = "=>"


class Story(ABC):
    """Something that a story is told of; it goes on from line to line."""

    def retell(self, text: str) -> str:
        """Return the text with what each line comes to now; empty lines and those that begin with ``#`` stay."""
        return "\n".join(map(self._line, text.split("\n")))

    def _line(self, line: str) -> str:
        asked, _, _ = line.partition(_ARROW)
        if not asked.strip() or line.lstrip().startswith("#"):
            return line
        space = "" if asked.endswith(" ") else " "
        return f"{asked}{space}{_ARROW} {self.answer(shlex.split(asked))}"

    @abstractmethod
    def answer(self, words: list[str]) -> str:
        """Do what the words of a line ask, and return what came of it."""


def _refused(no: Refused) -> str:
    return f"refused {', '.join(no.codes)}; possible: {', '.join(no.possible) or 'nothing'}"


def _us(text: str) -> int:
    return to_duration(text, argument="a span of the story") // _MICROSECOND


# --- tickets ----------------------------------------------------------------------------------------------------------

_WORDS = {"true": True, "false": False}


class TicketStory(Story):
    """The life of one ticket: ``who step #reason field=value +wait``.

    ``who`` is a role, ``leader+reviewer`` has two, ``expert2`` is another expert; ``customer`` and ``system`` are what
    they are. ``accept``, ``urge`` and ``answer_supervision`` are commands; every other word is a step. ``time +2h``
    lets time pass. A wait is counted before the line is asked; ``field=@3d`` is an instant from then on.

    Attributes:
        ticket: as it is by now; ``None`` before it was accepted.
        facts: all there are.
        last: those of the last line.
        refused: by step, the codes of its last refusal.
    """

    def __init__(self, definitions: Definitions, kind: str, *, start: int = 0, ticket: str = "T-7") -> None:
        self.definitions, self.kind, self.at, self.id = definitions, kind, start, ticket
        self.ticket: Ticket | None = None
        self.facts: list[TicketFact] = []
        self.last: tuple[TicketFact, ...] = ()
        self.refused: dict[str, tuple[str, ...]] = {}

    def answer(self, words: list[str]) -> str:
        """Ask what a line asks; return the facts in short, or the refusal with what was possible."""
        self.at += sum(_us(word[1:]) for word in words if word[0] == "+")
        who, *rest = (word for word in words if word[0] != "+")
        self.last = ()
        if who == "time":
            if self.ticket is None:
                raise ValueError("time passes for a ticket: accept one first")
            found: tickets.Accepted | Refused = tickets.advance(self.ticket, definitions=self.definitions, at=self.at)
        else:
            command = self._command(_actor(who), *rest)
            found = tickets.decide(self.ticket, command, definitions=self.definitions, at=self.at)
        if isinstance(found, Refused):
            self.refused[rest[0]] = found.codes
            return _refused(found)
        self.ticket, self.last = found.ticket, found.facts
        self.facts += found.facts
        began = [f"{new.ticket} begins as {new.kind}" for new in found.spawns if isinstance(new, Accept)]
        return ", and ".join(("; ".join(map(_ticket_fact, found.facts)), *began)) or "nothing"

    def _command(self, who: Actor, what: str, *rest: str) -> Command:
        data: dict[str, Any] = {
            name: self._value(text) for name, _, text in (word.partition("=") for word in rest if "=" in word)
        }
        signed: dict[str, Any] = {"ticket": self.id, "actor": who}
        if what == "accept":
            return Accept(**signed, kind=self.kind, group=data.pop("group", None), fields=data)
        if what == "urge":
            return Urge(**signed)
        if what == "answer_supervision":
            return AnswerSupervision(**signed)
        return Perform(**signed, step=what, data=data, reason=next((w[1:] for w in rest if w[0] == "#"), None))

    def _value(self, text: str) -> object:
        if text[:1] == "@":
            return self.at + _us(text[1:])
        return _WORDS.get(text, int(text) if text.isdigit() else text)


def _actor(word: str) -> Actor:
    if word == "customer":
        return Actor.customer("c-17")
    if word == "system":
        return Actor.system("nightly")
    return Actor(f"a-{word}", tuple(role.rstrip("0123456789") for role in word.split("+")))


def _ticket_fact(fact: TicketFact) -> str:
    if isinstance(fact, TicketMoved):
        place = f"{fact.target} (round {fact.round})" if fact.round > 1 else fact.target
        return f"{fact.step} -> {place}" if fact.source != fact.target else f"{fact.step} stays"
    return fact.kind.removeprefix("ticket.")


# --- routing ----------------------------------------------------------------------------------------------------------


class RouterStory(Story):
    """A day of a router: ``HH:MM[:SS] verb …``, each line at its time of the day.

    ======================================================  ===========================================================
    line                                                    asks
    ======================================================  ===========================================================
    ``09:00 agent wang available marketing=3 group=g``      who somebody is now; ``line=2``, the rest are skills
    ``09:01 enqueue T1 hotline "marketing>=3; lines 1"``    work, with its requirement; ``wider="60s marketing>=2"``
                                                            (several), ``band=``, ``target=``, ``channel=``
    ``09:02 accept T1 wang``                                the same for ``decline take assign``
    ``09:03 complete T1``                                   the same for ``withdraw``; ``ready wang``, ``left wang``
    ``09:04 transfer T1 queue=expert``                      the same for ``amend``
    ``09:05 override surge``, ``lift surge``                one of the overrides that the story was given
    ``09:06 time``                                          what falls due by then
    ``09:07 why T1``, ``waiting``                           why work is where it is; what waits, in its order
    ======================================================  ===========================================================

    >>> story = RouterStory(RoutingPolicy(name="desk", queues=["hotline"]), day="2026-03-02", zone="Asia/Shanghai")
    >>> print(
    ...     story.retell('''09:00 agent wang available marketing=3
    ... 09:01 enqueue T1 hotline marketing>=2
    ... 09:01:20 time''')
    ... )
    09:00 agent wang available marketing=3 => wang is available
    09:01 enqueue T1 hotline marketing>=2 => T1 waits in hotline; T1 offered to wang
    09:01:20 time => wang missed T1

    Attributes:
        router: the one the story is told of.
        facts: all there are.
    """

    def __init__(self, policy: RoutingPolicy, *, day: str, zone: str, overrides: Iterable[Override] = ()) -> None:
        self.router = Router(policy)
        self.facts: list[RouterFact] = []
        self._day = pendulum.from_format(day, "YYYY-MM-DD", tz=zone)
        self._overrides = {override.name: override for override in overrides}

    def answer(self, words: list[str]) -> str:
        """Ask what a line asks; return the facts in short, or the refusal with what was possible."""
        if len(words) < _LEAST:
            raise ValueError(f"no line of a story: {' '.join(words)!r}")
        time, verb, *rest = words
        at = self._at(time)
        try:
            if verb in ("why", "waiting"):
                return self._looked(verb, rest, at)
            found = self._asked(verb, rest)(at=at)
        except Refused as no:
            return _refused(no)
        except DefinitionInvalid as no:
            return f"invalid: {no}"
        self.facts += found
        return "; ".join(map(_router_fact, found)) or "nothing"

    def _looked(self, verb: str, rest: list[str], at: int) -> str:
        self.facts += self.router.advance(at)
        match verb, rest:
            case "why", [name]:
                return str(self.router.explain(name))
            case "waiting", []:
                return ", ".join(self.router.waiting()) or "nothing"
        raise ValueError(f"no line of a story: {' '.join((verb, *rest))!r}")

    def _at(self, time: str) -> int:
        hour, minute, second = (*map(int, time.split(":")), 0)[:3]
        return to_us(self._day.set(hour=hour, minute=minute, second=second))

    def _asked(self, verb: str, rest: list[str]) -> Callable[..., tuple[RouterFact, ...]]:
        router = self.router
        values = dict(word.split("=", 1) for word in rest if _is_pair(word))
        match verb, _names(rest):
            case "agent", [name]:
                return partial(router.agent_changed, self._agent(name, values))
            case "agent", [name, presence]:
                return partial(router.agent_changed, self._agent(name, values), presence=presence)
            case "enqueue", [name, queue]:
                return partial(router.enqueue, _work(name, queue, "", rest))
            case "enqueue", [name, queue, need]:
                return partial(router.enqueue, _work(name, queue, need, rest))
            case "assign", [name, agent] if values.keys() <= {"force"}:
                return partial(router.assign, name, agent, force=values.get("force") == "true")
            case (("withdraw" | "decline"), [*subjects]) if len(subjects) == _SUBJECTS[verb] and values.keys() <= {
                "reason"
            }:
                return partial(getattr(router, verb), *subjects, **values)
            case (("transfer" | "amend"), [name]):
                return partial(getattr(router, verb), name, **values)
            case "override", [name] if name in self._overrides and not values:
                return partial(router.override, self._overrides[name])
            case "left", [name] if not values:
                return partial(router.agent_left, name)
            case "time", [] if not values:
                return router.advance
            case _, [*subjects] if len(subjects) == _SUBJECTS.get(verb) and not values:
                return partial(getattr(router, verb), *subjects)
        raise ValueError(f"no line of a story: {' '.join((verb, *rest))!r}")

    def _agent(self, name: str, values: dict[str, str]) -> Agent | str:
        if not values:
            return name
        groups = values.get("group", "")
        skills = {skill: int(level) for skill, level in values.items() if skill not in ("group", "line")}
        return Agent(
            id=name, skills=skills, line=int(values.get("line", 1)), groups=groups.split(",") if groups else ()
        )


_LEAST = 2  # a time and a verb
_SUBJECTS = {"accept": 2, "decline": 2, "take": 2, "complete": 1, "withdraw": 1, "ready": 1, "lift": 1}


def _names(rest: list[str]) -> list[str]:
    return [word for word in rest if not _is_pair(word)]


def _work(name: str, queue: str, need: str, rest: list[str]) -> Work:
    pairs = [word.split("=", 1) for word in rest if _is_pair(word)]
    steps = [(after, wider) for known, text in pairs if known == "wider" for after, _, wider in (text.partition(" "),)]
    more: dict[str, Any] = {known: text for known, text in pairs if known != "wider"}
    if not more.keys() <= _OF_WORK:
        raise ValueError(f"no line of a story: work has {', '.join(sorted(_OF_WORK))}, not {', '.join(sorted(more))}")
    return Work(id=name, queue=queue, requirement=need, relaxation=Relaxation(steps) if steps else None, **more)


_OF_WORK = {"band", "channel", "excluded", "head_start", "preferred_agents", "preferred_for", "target"}


def _is_pair(word: str) -> bool:
    name, mark, _ = word.partition("=")
    return bool(mark) and name.replace(":", "").replace("_", "").isalnum()


_TOLD: Mapping[type, str] = {
    happened.WorkEnqueued: "{fact.work.id} waits in {fact.work.queue}",
    happened.WorkTurnedAway: "{fact.work} turned away: {fact.reason}",
    happened.WorkRelaxed: "{fact.work} at step {fact.step}",
    happened.WorkPromoted: "{fact.work} promoted",
    happened.WorkHeld: "{fact.work} held",
    happened.WorkReleased: "{fact.work} released",
    happened.WorkOffered: "{fact.work} offered to {fact.agent}",
    happened.WorkAssigned: "{fact.agent} has {fact.work} after {seconds} s",
    happened.WorkRequeued: "{fact.work.id} back in {fact.work.queue}: {fact.because}",
    happened.WorkWithdrawn: "{fact.work} gone: {fact.reason}",
    happened.WorkCompleted: "{fact.agent} done with {fact.work}",
    happened.WorkAmended: "{fact.work.id} amended",
    happened.OfferDeclined: "{fact.agent} declined {fact.work}",
    happened.OfferExpired: "{fact.agent} missed {fact.work}",
    happened.OfferRevoked: "offer of {fact.work} to {fact.agent} revoked: {fact.because}",
    happened.WrapUpEnded: "{fact.agent} wrapped {fact.work} up",
    happened.AgentUnresponsive: "{fact.agent} is unresponsive",
    happened.NoEligibleAgent: "{fact.work}: {fact.cause}",
    happened.OverrideSet: "{fact.override.name} in force",
    happened.OverrideLifted: "{fact.name} lifted",
    happened.PolicyAdopted: "{fact.policy} version {fact.version} in force",
}


def _router_fact(fact: RouterFact) -> str:
    if isinstance(fact, happened.AgentChanged):
        return f"{fact.agent.id} {'left' if fact.left else f'is {fact.presence}'}"
    return _TOLD[type(fact)].format(fact=fact, seconds=getattr(fact, "wait", 0) // 10**6)
