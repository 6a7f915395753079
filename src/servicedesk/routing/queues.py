"""Waiting rooms 队列, and the order in which their work is served."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from typing import Any, Literal

from attrs import field, frozen

from servicedesk.errors import Problem, did_you_mean
from servicedesk.routing.agents import WrapUp, names
from servicedesk.routing.checked import is_a
from servicedesk.routing.skills import name_problems
from servicedesk.routing.spans import AnySpan, one_span, span_or_none, span_problems, us
from servicedesk.routing.work import Work

__all__ = ["NEVER", "ORDERS", "QueuePolicy", "due_of", "order_key", "place_of"]

NEVER = 1 << 62
"""Behind every instant: the order of work that is never due."""

ORDERS = ("fifo", "lifo", "due", "ratio")


@frozen(kw_only=True)
class QueuePolicy:
    """One waiting room: the order of its work (ROU-23 to 30), who may enter (ROU-31), what offers need (ROU-34 to 37).

    Args:
        name: of the queue.
        bands: priority bands, the most urgent first; a band is strict.
        order: within a band. ``fifo`` the earliest entry first, head starts taken off; ``lifo`` the latest entry;
            ``due`` the earliest due; ``ratio`` the largest share of its target waited.
        late: ``mixed`` keeps late work in its place, ``behind`` serves a band's late work after what can still be on
            time. Needs the order ``due``, and a ``promote_after``: late work might never be served.
        promote_after: from this wait on, work goes before everything its agents see, the oldest first (ROU-28).
        max_length: the most that may wait.
        join_when: ask that one agent who could qualify at any step is signed in, or routable.
        overflow_to: the queue that takes what this one turns away.
        resume_within: how far in the past the entry of returning work may lie; ``None``: any time.
        mode: ``push`` offers work, ``pull`` lets agents take it, ``both`` does both (ROU-32).
        cherry_pick: whether agents may take other work than the first.
        offer_timeout: how long an offer stands; ``None``: forced delivery, work is assigned at once.
        cool_down: rest after a missed offer; ``cool_down_declined`` after a declined one.
        max_misses: offers missed in a row that make an agent unresponsive.
        decline_memory: how long an agent does not see work they declined; ``None``: never again.
        wrap_up: what follows completed work; ``wrap_up_blocks="queue"`` binds the agent for this queue only.
    """

    name: str
    bands: tuple[str, ...] = field(default=("normal",), converter=names)
    order: Literal["fifo", "lifo", "due", "ratio"] = "fifo"
    late: Literal["mixed", "behind"] = "mixed"
    promote_after: timedelta | None = field(default=None, converter=span_or_none)
    max_length: int | None = None
    join_when: Literal["always", "signed_in", "routable"] = "always"
    overflow_to: str | None = None
    resume_within: timedelta | None = field(default=None, converter=span_or_none)
    mode: Literal["push", "pull", "both"] = "push"
    cherry_pick: bool = False
    offer_timeout: timedelta | None = field(default=timedelta(seconds=20), converter=span_or_none)
    cool_down: timedelta = field(default=timedelta(seconds=30), converter=one_span)
    cool_down_declined: timedelta = field(default=timedelta(0), converter=one_span)
    max_misses: int = 3
    decline_memory: timedelta | None = field(default=timedelta(minutes=5), converter=span_or_none)
    wrap_up: WrapUp | None = field(default=None, validator=is_a(WrapUp, "WrapUp('timed', '30s')", or_none=True))
    wrap_up_blocks: Literal["agent", "queue"] = "agent"

    @classmethod
    def deadline(cls, name: str, *, promote_after: AnySpan, **more: Any) -> QueuePolicy:
        """Return a queue of tickets: by due date, late work behind, nobody forgotten (ROU-29)."""
        return cls(name=name, order="due", late="behind", promote_after=promote_after, **more)

    def problems(self) -> tuple[Problem, ...]:
        """List what is wrong with it."""
        return (*self._word_problems(), *self._number_problems())

    def _word_problems(self) -> Iterator[Problem]:
        yield from name_problems("name", self.name, "queue")
        if not self.bands or len(set(self.bands)) < len(self.bands):
            yield Problem("bands", f"one band or several, each once, not {self.bands!r}")
        words = {
            "order": ORDERS,
            "late": ("mixed", "behind"),
            "join_when": ("always", "signed_in", "routable"),
            "mode": ("push", "pull", "both"),
            "wrap_up_blocks": ("agent", "queue"),
        }
        for path, known in words.items():
            value = getattr(self, path)
            if value not in known:
                yield Problem(path, f"{value!r} is none of {', '.join(map(repr, known))}{did_you_mean(value, known)}")
        if self.late == "behind" and self.order != "due":
            yield Problem("late", f"late='behind' needs order='due', not {self.order!r}")
        if self.late == "behind" and self.promote_after is None:
            yield Problem("late", "late='behind' without promote_after: late work may never be served")
        if self.wrap_up is not None:
            yield from (problem.under("wrap_up") for problem in self.wrap_up.problems())

    def _number_problems(self) -> Iterator[Problem]:
        for path in ("promote_after", "resume_within", "cool_down", "cool_down_declined"):
            yield from span_problems(path, getattr(self, path))
        for path in ("offer_timeout", "decline_memory"):  # 0 would offer without end at one instant
            yield from span_problems(path, getattr(self, path), zero=False)
        for path in ("max_length", "max_misses"):
            value = getattr(self, path)
            without = value is None and path == "max_length"
            if not without and (type(value) is not int or value < 1):
                yield Problem(path, f"an integer ≥ 1, not {value!r}")
        if type(self.cherry_pick) is not bool:
            yield Problem("cherry_pick", f"True or False, not {self.cherry_pick!r}")

    def band_of(self, work: Work) -> int:
        """Return the place of a work's band; work that names none is in the last."""
        return len(self.bands) - 1 if work.band is None else self.bands.index(work.band)


def place_of(queue: QueuePolicy, work: Work, entered: int, at: int) -> tuple[Any, ...]:
    """Return the place of work in its queue, the smallest first; the id has the last word (ROU-23)."""
    return queue.band_of(work), *order_key(queue, work, entered, at), entered, work.id


def due_of(work: Work, entered: int) -> int:
    """Return when work is due, microseconds UTC; `NEVER` where it has neither due nor target."""
    if work.due is not None:
        return work.due
    return NEVER if work.target is None else entered + us(work.target)


def order_key(queue: QueuePolicy, work: Work, entered: int, at: int) -> tuple[int, int | Fraction]:
    """Return the place of work within its band at an instant, the smallest first: late class and key (ROU-25, ROU-27).

    Ties are broken by entry, then id.
    """
    if queue.order == "fifo":
        return 0, entered - us(work.head_start) if work.head_start else entered  # most entries are held but once
    if queue.order == "lifo":
        return 0, -entered
    if queue.order == "due":
        due = due_of(work, entered)
        return int(queue.late == "behind" and due < at), due
    if work.target is None:
        return 0, NEVER
    return 0, Fraction(entered - us(work.head_start) - at, us(work.target))
