"""Random logs of small desks: tickets that are passed on, settled, undone, met in mid-life, and their clocks.

All instants lie on whole minutes of less than an hour, so that facts tie, and fall on the borders of periods, again and
again. Each log is a list of streams, each in its own order.
"""

from __future__ import annotations

from math import prod

from hypothesis import strategies as st

from servicedesk.events import (
    ClockBreached,
    ClockCancelled,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    TicketAccepted,
    TicketAssigned,
    TicketClassified,
    TicketImported,
    TicketMoved,
)

MINUTE = 60_000_000
EPOCH = 1_772_380_800_000_000  # 2026-03-02 00:00 in Shanghai
SPAN = 40
"""Minutes in which almost everything happens."""

OPEN = ("new", "active", "waiting")
CATEGORIES = (*OPEN, "resolved", "closed")
GAPS = (0, 0, 0, 1, 2, 5, 10)
HEAD = {
    "minute": range(SPAN // 4),
    "begin": (TicketAccepted, TicketAccepted, TicketAccepted, TicketImported),
    "heard": (None, 0, 0, 1, 5),
    "category": ("new",) * 6 + CATEGORIES,
    "line": (1, 1, 2, None),
    "group": ("A", "B", "C", None),
    "person": ("p", "q", None),
    "workflow": ("fault", "consultation"),
}
STEP = {
    "kind": "mmmmac",
    "gap": GAPS,
    "category": (*CATEGORIES, "resolved", "resolved", "active"),
    "outcome": (*(None,) * 6, *("solved",) * 4, "workaround", "refused", "withdrawn", "duplicate", "invalid"),
    "group": ("A", "B", "C", None),
    "person": ("p", "q", None),
    "line": (1, 2, 3, None),
}
CLOCK = {
    "minute": range(SPAN // 4),
    "goal": (0, 2, 5, 10, 20),
    "grace": (0, 1, 5 * MINUTE),
    "stop": ("resolved", "resolved", "resolved", None, "closed"),
}
VERB = {"verb": "ssssppprrcw", "gap": GAPS}


def choices(options):
    """One choice of each option, as one number: a log of many small draws would take longer than what it tests."""
    return st.integers(0, prod(len(values) for values in options.values()) - 1).map(lambda code: _read(code, options))


def _read(code, options):
    chosen = {}
    for name, values in options.items():
        code, place = divmod(code, len(values))
        chosen[name] = values[place]
    return chosen


def minutes(first: int = 0, last: int = SPAN):
    """Instants on whole minutes."""
    return st.integers(first, last).map(lambda minute: EPOCH + minute * MINUTE)


def ticket_stream(ticket, head, steps):
    """One ticket's own facts."""
    at, category = EPOCH + head["minute"] * MINUTE, head["category"]
    facts = [
        head["begin"](
            ticket=ticket,
            at=at,
            actor="seat",
            workflow=head["workflow"],
            workflow_version=1,
            state=category,
            category=category,
            accepted=None if head["heard"] is None else at - head["heard"] * MINUTE,
            line=head["line"],
            group=head["group"],
            assignee=head["person"],
        )
    ]
    for step in steps:
        at += step["gap"] * MINUTE
        facts.append(_STEPS[step["kind"]](step, category, ticket=ticket, at=at, actor="seat"))
        category = getattr(facts[-1], "category", category)
    return facts


def _move(step, source, **names):
    category = step["category"]
    outcome = None if category in OPEN else step["outcome"]
    names |= {"entered": names["at"], "line": step["line"], "outcome": outcome}
    return TicketMoved(**names, step=None, source=source, target=category, category=category)


def _assign(step, _source, **names):
    return TicketAssigned(**names, group=step["group"], assignee=step["person"], line=step["line"])


def _classify(step, _source, **names):
    return TicketClassified(**names, service="meter", priority=str(step["line"]))


_STEPS = {"m": _move, "a": _assign, "c": _classify}


def clock_stream(ticket, laps):
    """The facts of one ticket's resolution clock on a calendar that is always open; perhaps none."""
    facts, at = [], 0
    for head, verbs in laps:
        at = max(at, EPOCH + head["minute"] * MINUTE)
        clock = _Clock(ticket, at, head["goal"], head["grace"])
        clock.start(head["stop"])
        for verb in verbs:
            at += verb["gap"] * MINUTE
            clock.take(verb["verb"], at)
        facts += clock.facts
    return facts


class _Clock:
    """Enough of a clock to write honest facts: goal in minutes, and how long after due the promise breaks."""

    def __init__(self, ticket, at, goal, grace):
        self.ticket, self.at, self.goal, self.grace = ticket, at, goal * MINUTE, grace
        self.used, self.running, self.breached, self.ended = 0, True, False, False
        self.due, self.breach_at = at + self.goal, at + self.goal + grace
        self.facts = []

    def note(self, kind, at, **values):
        values = {"due": self.due, "breach_at": self.breach_at, **values}
        self.facts.append(kind(ticket=self.ticket, at=at, metric="resolution", elapsed=self.used, **values))

    def start(self, stop):
        self.note(ClockStarted, self.at, goal=self.goal, stop=stop)

    def take(self, verb, at):
        if self.ended:
            return
        if self.running and not self.breached and self.breach_at <= at:
            self.breached = True
            self.note(ClockBreached, self.breach_at)
        if self.running:
            self.used += at - self.at
        self.at = at
        {"p": self.pause, "r": self.resume, "s": self.stop, "c": self.cancel, "w": lambda: None}[verb]()

    def pause(self):
        if self.running:
            self.running = False
            self.due, self.breach_at = None, self.breach_at if self.breached else None
            self.note(ClockPaused, self.at, reason="customer")

    def resume(self):
        if not self.running:
            self.running = True
            self.due = self.at + self.goal - self.used
            self.breach_at = self.breach_at if self.breached else self.due + self.grace
            self.note(ClockResumed, self.at, reason="customer")

    def stop(self):
        self.ended = True
        self.note(ClockStopped, self.at, met=not self.breached)

    def cancel(self):
        self.ended = True
        self.note(ClockCancelled, self.at, breached_before_cancel=self.breached)


_tickets = st.tuples(choices(HEAD), st.lists(choices(STEP), min_size=2, max_size=8))
_laps = st.lists(st.tuples(choices(CLOCK), st.lists(choices(VERB), max_size=4)), max_size=2)
_desks = st.lists(st.tuples(_tickets, _laps), min_size=2, max_size=6)


def logs():
    """The streams of a small desk: a ticket stream and, for most, a clock stream of up to six tickets."""
    return _desks.map(_streams)


def _streams(desk):
    streams = []
    for number, ((head, steps), laps) in enumerate(desk):
        streams += [ticket_stream(f"T{number}", head, steps), clock_stream(f"T{number}", laps)]
    return [stream for stream in streams if stream]


@st.composite
def interleavings(draw, streams):
    """The facts of all streams, each in its own order, mixed in any way (KPI-16)."""
    turns = draw(st.permutations([place for place, stream in enumerate(streams) for _ in stream]))
    heads = [iter(stream) for stream in streams]
    return [next(heads[place]) for place in turns]


def flat(streams):
    """Every fact, stream by stream."""
    return [fact for stream in streams for fact in stream]
