"""The life of every ready-made loop, told line by line in two text files (workflow §12).

Each is closed at the end, and on the way each of its steps is refused once, with its code and what was possible.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from servicedesk import Actor, Definitions, Refused, tickets
from servicedesk.events import TicketMoved
from servicedesk.instants import to_duration
from servicedesk.tickets import Accept, AnswerSupervision, Perform, Urge
from servicedesk.workflow import library

LOOPS = {loop.__name__: loop() for loop in library.LOOPS}
DEFINITIONS = Definitions(LOOPS.values())
MONDAY_NINE = 1_772_413_200_000_000  # 2026-03-02T09:00+08:00
MICROSECOND = timedelta(microseconds=1)
WORDS = {"true": True, "false": False}


def read_stories(text: str) -> dict[str, list[str]]:
    """Read ``== loop`` and the lines below it."""
    parts = re.split(r"^== (\w+)\n", text, flags=re.MULTILINE)[1:]
    return {name: told.split("\n") for name, told in zip(parts[::2], map(str.strip, parts[1::2]), strict=True)}


FILES = [Path(__file__).with_name(name) for name in ("loop_stories.txt", "itil_stories.txt")]
STORIES = read_stories("\n".join(file.read_text(encoding="utf-8") for file in FILES))
STORIES["report"] = STORIES["complaint"]  # the same loop as a kind of its own


class Teller:
    """A ticket, and the instant: it tells what each line comes to."""

    def __init__(self, loop: str) -> None:
        self.loop, self.ticket, self.at = loop, None, MONDAY_NINE
        self.refused: dict[str, tuple[str, ...]] = {}
        self.facts, self.last = [], ()

    def tell(self, line: str) -> str:
        """Return the line with what it comes to, as the story should have it."""
        asked = line.partition("=>")[0].rstrip()
        return f"{asked:<52} => {self.answer(asked.split())}"

    def answer(self, words: list[str]) -> str:
        self.at += sum(to_duration(word[1:], argument="wait") // MICROSECOND for word in words if word[0] == "+")
        who, *rest = (word for word in words if word[0] != "+")
        if who == "time":
            found = tickets.advance(self.ticket, definitions=DEFINITIONS, at=self.at)
        else:
            command = self.command(actor(who), *rest)
            found = tickets.decide(self.ticket, command, definitions=DEFINITIONS, at=self.at)
        self.last = ()
        if isinstance(found, Refused):
            self.refused[rest[0]] = found.codes
            return f"refused {', '.join(found.codes)}; possible: {', '.join(found.possible) or 'nothing'}"
        self.ticket, self.last = found.ticket, found.facts
        self.facts += found.facts
        began = "".join(f", and {spawned.ticket} begins as {spawned.kind}" for spawned in found.spawns)
        return "; ".join(filter(None, map(told, found.facts))) + began

    def command(self, who: Actor, what: str, *rest: str) -> object:
        data = {name: self.value(text) for name, _, text in (word.partition("=") for word in rest if "=" in word)}
        signed = {"ticket": "T-7", "actor": who}
        match what:
            case "accept":
                own = {name: data.pop(name) for name in ("group",) if name in data}
                return Accept(**signed, kind=self.loop, fields=data, **own)
            case "urge":
                return Urge(**signed)
            case "answer_supervision":
                return AnswerSupervision(**signed)
        return Perform(**signed, step=what, data=data, reason=next((w[1:] for w in rest if w[0] == "#"), None))

    def value(self, text: str) -> object:
        if text[:1] == "@":
            return self.at + to_duration(text[1:], argument="value") // MICROSECOND
        return WORDS.get(text, int(text) if text.isdigit() else text)


def actor(word: str) -> Actor:
    """Return who that is: ``leader+reviewer`` has both roles, ``expert2`` is another expert."""
    if word == "customer":
        return Actor.customer("c-17")
    if word == "system":
        return Actor.system("nightly")
    return Actor(f"a-{word}", tuple(role.rstrip("2") for role in word.split("+")))


def told(fact: object) -> str:
    if isinstance(fact, TicketMoved):
        place = f"{fact.target} (round {fact.round})" if fact.round > 1 else fact.target
        return f"{fact.step} -> {place}" if fact.source != fact.target else f"{fact.step} stays"
    return fact.kind.removeprefix("ticket.")


@pytest.mark.parametrize("loop", LOOPS)
def test_the_story_of_a_loop_is_told_as_it_happens(loop):
    """§12, LIB-1 to LIB-6, DEC-7: every answer to the letter; the ticket is closed at the end, and replays (law 1)."""
    teller = Teller(loop)
    assert [teller.tell(line) for line in STORIES[loop]] == STORIES[loop]
    assert teller.ticket.category == "closed"
    assert tickets.replay(teller.facts) == teller.ticket


@pytest.mark.parametrize("loop", LOOPS)
def test_every_step_is_refused_once_and_every_promised_place_is_reached(loop):
    """§12: one refusal per step (DEC-10); LIB-1: the story reaches every place that is promised, with its marks."""
    teller, flow = Teller(loop), LOOPS[loop]
    reached = set()
    for line in STORIES[loop]:
        held = teller.ticket.marks if teller.ticket else ()
        teller.tell(line)
        taken = {fact.step for fact in teller.last if isinstance(fact, TicketMoved)}
        for promise in flow.promises:
            marks = held if promise.before in taken else teller.ticket.marks
            if promise.before in (*taken, teller.ticket.state):
                reached.add(promise)
                assert set(promise.marks) <= set(marks)
    assert {step.name for step in flow.steps} == set(teller.refused)
    assert reached == set(flow.promises)


def test_a_story_that_is_wrong_is_found():
    """TOOL-17: another answer is another text; a step nobody refused is missed."""
    teller = Teller("fault")
    assert teller.tell("seat accept => refused") == f"{'seat accept':<52} => accepted"
    assert teller.refused == {}
