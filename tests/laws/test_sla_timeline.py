"""Laws of compiled timelines (SLA-21 to SLA-26): every question on a small one, against open ticks counted by hand.

Ticks are small integers here, so that windows touch the ends of what is compiled, fill it, or lie on the borders of
the look-up's buckets: places that calendars of seconds and years hardly ever visit.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import event, given
from hypothesis import strategies as st

from servicedesk.sla.calendars.timeline import Timeline

OUTSIDE = "outside"


def ticks_of(bounds: list[int]) -> list[int]:
    return [tick for pair in zip(bounds[::2], bounds[1::2], strict=True) for tick in range(*pair)]


@st.composite
def timelines(draw: st.DrawFn) -> tuple[Timeline, list[int]]:
    """Draw a timeline and the ticks that are open in it."""
    start = draw(st.integers(-20, 20))
    length = draw(st.integers(0, 30) | st.integers(0, 120))
    edges = sorted(draw(st.sets(st.integers(start, start + length), max_size=12)))
    bounds = edges[: len(edges) // 2 * 2]
    ticks = [
        tick for opening, closing in zip(bounds[::2], bounds[1::2], strict=True) for tick in range(opening, closing)
    ]
    event(f"cut at an end: {bool(ticks) and (ticks[0] == start or ticks[-1] == start + length - 1)}")
    return Timeline.compile(bounds, start, start + length), ticks


def asked(question: Callable[..., object], *arguments: object) -> object:
    """Ask, and say where the timeline wants to be wider."""
    try:
        return question(*arguments)
    except IndexError:
        return OUTSIDE


def work(ticks: list[int], at: int) -> int:
    return sum(tick < at for tick in ticks)


@given(timelines())
def test_sla_21_inside_it_answers_and_outside_it_says_so(drawn):
    """SLA-11, 21, 25: open, elapsed and spans of any two instants inside; never an answer about others.

    The end itself is one: the work before it is settled, only what happens from it on is not.
    """
    line, ticks = drawn
    opened = set(ticks)
    for at in range(line.start - 3, line.end + 4):
        inside = line.start <= at < line.end
        place = asked(line.place, at)
        assert (place if place == OUTSIDE else place % 2) == (int(at in opened) if inside else OUTSIDE)
        for other in {line.start, line.end - 1, line.end, line.start - 1, at}:
            both = line.start <= at <= line.end and line.start <= other <= line.end
            elapsed = work(ticks, at) - work(ticks, other)
            assert asked(line.elapsed, other, at) == (elapsed if both else OUTSIDE)
            assert asked(line.elapsed, at, other) == (-elapsed if both else OUTSIDE)
            if other <= at:
                flat = asked(line.spans, other, at)
                assert (flat if flat == OUTSIDE else ticks_of(flat)) == (
                    [tick for tick in ticks if other <= tick < at] if both else OUTSIDE
                )


@given(timelines(), st.sampled_from((0, 1)), st.integers(-3, 120), st.integers(-60, 60))
def test_sla_22_to_24_travel_lands_on_the_first_or_last_tick_or_wants_to_be_wider(drawn, side, inwards, worked):
    """SLA-22 to 24: an answer only where no wider timeline could give another one."""
    line, ticks = drawn
    origin = line.end - inwards if side else line.start + inwards
    if not line.start <= origin <= line.end:
        assert asked(line.travel, origin, worked, "close") == asked(line.travel, origin, worked, "open") == OUTSIDE
        return
    wanted = work(ticks, origin) + worked
    fits = [at for at in range(line.start, line.end + 1) if work(ticks, at) == wanted]
    first = fits[0] if fits and fits[0] > line.start else OUTSIDE
    last = fits[-1] if fits and fits[-1] < line.end else OUTSIDE
    event(f"found: {first != OUTSIDE}, {last != OUTSIDE}")
    assert asked(line.travel, origin, worked, "close") == first
    assert asked(line.travel, origin, worked, "open") == last


@given(timelines())
def test_sla_24_a_cut_is_neither_an_opening_nor_a_closing(drawn):
    """SLA-24: where a window runs over the end of what is compiled, the timeline wants to be wider."""
    line, ticks = drawn
    opened = set(ticks)
    closings = [tick + 1 for tick in ticks if tick + 1 not in opened and tick + 1 < line.end]
    openings = [tick for tick in ticks if tick - 1 not in opened and tick > line.start]
    for at in range(line.start, line.end):
        later, earlier = [edge for edge in closings if edge > at], [edge for edge in openings if edge <= at]
        assert asked(line.next_close, at) == (later[0] if later else OUTSIDE)
        assert asked(line.previous_open, at) == (earlier[-1] if earlier else OUTSIDE)
