"""The life of every ready-made loop, told line by line in two text files (workflow §12).

Each is closed at the end, and on the way each of its steps is refused once, with its code and what was possible.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from servicedesk import Definitions, tickets
from servicedesk.events import TicketMoved
from servicedesk.testing import TicketStory
from servicedesk.workflow import library

LOOPS = {loop.__name__: loop() for loop in library.LOOPS}
DEFINITIONS = Definitions(LOOPS.values())
MONDAY_NINE = 1_772_413_200_000_000  # 2026-03-02T09:00+08:00


def read_stories(text: str) -> dict[str, str]:
    """Read ``== loop`` and the lines below it."""
    parts = re.split(r"^== (\w+)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], map(str.strip, parts[1::2]), strict=True))


FILES = [Path(__file__).with_name(name) for name in ("loop_stories.txt", "itil_stories.txt")]
STORIES = read_stories("\n".join(file.read_text(encoding="utf-8") for file in FILES))
STORIES["report"] = STORIES["complaint"]  # the same loop as a kind of its own


@pytest.mark.parametrize("loop", LOOPS)
def test_the_story_of_a_loop_is_told_as_it_happens(loop):
    """§12, LIB-1 to LIB-6, DEC-7: every answer to the letter; the ticket is closed at the end, and replays (law 1)."""
    story = TicketStory(DEFINITIONS, loop, start=MONDAY_NINE)
    assert story.retell(STORIES[loop]) == STORIES[loop]
    assert story.ticket.category == "closed"
    assert tickets.replay(story.facts) == story.ticket


@pytest.mark.parametrize("loop", LOOPS)
def test_every_step_is_refused_once_and_every_promised_place_is_reached(loop):
    """§12: one refusal per step (DEC-10); LIB-1: the story reaches every place that is promised, with its marks."""
    story, flow = TicketStory(DEFINITIONS, loop, start=MONDAY_NINE), LOOPS[loop]
    reached = set()
    for line in STORIES[loop].split("\n"):
        held = story.ticket.marks if story.ticket else ()
        story.retell(line)
        taken = {fact.step for fact in story.last if isinstance(fact, TicketMoved)}
        for promise in flow.promises:
            marks = held if promise.before in taken else story.ticket.marks
            if promise.before in (*taken, story.ticket.state):
                reached.add(promise)
                assert set(promise.marks) <= set(marks)
    assert {step.name for step in flow.steps} == set(story.refused)
    assert reached == set(flow.promises)


def test_a_story_that_is_wrong_is_found():
    """TOOL-17: another answer is another text; a step nobody refused is missed."""
    story = TicketStory(DEFINITIONS, "fault")
    assert story.retell("seat accept => refused") == "seat accept => accepted"
    assert story.refused == {}


def test_a_story_needs_a_ticket_before_time_passes_for_it():
    """TOOL-17: a line that means nothing is an error of the story, not an answer of the desk."""
    with pytest.raises(ValueError, match="accept one first"):
        TicketStory(DEFINITIONS, "fault").retell("time +2h")
