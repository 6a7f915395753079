"""A clock, slowly: step through a walk minute by minute and count those that are open and not paused.

Written from SLA-46, SLA-51 to SLA-66 alone. What happens to a clock happens on whole minutes; where elapsed time meets
a target inside or at the end of a minute is read off that minute. The past is found by walking back over the minutes.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field, frozen

from oracles.minute_walk import SECOND

__all__ = ["MINUTE", "Promise", "SteppedClock"]

MINUTE = 60 * SECOND


@frozen
class Promise:
    """A goal in whole minutes on one of the walks: warnings as (numerator, denominator) and minutes, steps after it."""

    within: int
    boundary: str = "inclusive"
    warn_at: tuple[tuple[int, int], ...] = ()
    warn_before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()
    walk: int = 0

    @property
    def goal(self) -> int:
        return self.within * MINUTE

    def targets(self) -> list[tuple[int, str]]:
        """Return what elapsed time must reach, and the name: microseconds."""
        found = [(-(-self.goal * top // bottom), part_name(top, bottom)) for top, bottom in self.warn_at]
        found += [(self.goal - minutes * MINUTE, f"{span_name(minutes)} before") for minutes in self.warn_before]
        found += [(self.goal + minutes * MINUTE, f"{span_name(minutes)} after") for minutes in self.after]
        return sorted([*found, (self.goal + (self.boundary == "inclusive"), "breach")])


def span_name(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return (f"{hours}h" if hours else "") + (f"{rest}min" if rest else "")


def part_name(top: int, bottom: int) -> str:
    return f"{top * 100 // bottom}%" if top * 100 % bottom == 0 else f"{top}/{bottom}"


@define
class SteppedClock:
    """Run a promise from minute ``start`` on; each of ``walks`` tells of every minute whether it is working time.

    Instants are microseconds since the beginning of the walk. ``crossings`` holds (instant, names, late).
    """

    walks: Sequence[Sequence[bool]]
    start: int
    promise: Promise
    minute: int = field(init=False)
    base: int = field(init=False)
    elapsed: int = 0
    held: set[str] = field(factory=set)
    ended: str = ""
    ran: dict[int, bool] = field(factory=dict)
    paused: dict[str, list[int]] = field(factory=dict)
    used_up: int | None = None
    breach: int | None = None
    met: bool | None = None
    passed: set[str] = field(factory=set)
    told: set[str] = field(factory=set)
    crossings: list[tuple[int, tuple[str, ...], bool]] = field(factory=list)
    results: list[tuple[int, int, bool | None, bool]] = field(factory=list)
    cycle: int = 1

    def __attrs_post_init__(self) -> None:
        self.minute = self.base = self.start

    @property
    def runs(self) -> bool:
        return not self.held and not self.ended

    # --- time --------------------------------------------------------------------------------------------------------

    def run_to(self, minute: int) -> None:
        """Let time pass."""
        while self.minute < minute:
            self.spend_the_minute()

    def spend_the_minute(self) -> None:
        """Count it as elapsed, or for each reason that holds and once for all of them together."""
        begin, is_open = self.minute * MINUTE, self.walks[self.promise.walk][self.minute]
        self.ran[self.minute] = self.runs
        if self.runs:
            self.meet_thresholds(begin, counts=is_open)
            self.elapsed += MINUTE if is_open else 0
        holding = {self.ended} if self.ended else self.held  # if it is reopened, the time between was a pause
        for reason in (*holding, *(["any"] if holding else [])):
            spent = self.paused.setdefault(reason, [0, 0])
            spent[0] += is_open
            spent[1] += 1
        self.minute += 1

    def meet_thresholds(self, begin: int, *, counts: bool) -> None:
        """Note what is reached inside a minute that runs, or at its end."""
        found = []
        end = self.elapsed + MINUTE
        if counts and self.used_up is None and self.promise.goal <= end:
            self.used_up = begin + self.promise.goal - self.elapsed
        for target, name in self.promise.targets():
            if name in self.passed:
                continue
            if name == "breach" and self.promise.boundary == "by_due":
                if self.used_up is not None and self.used_up < begin + MINUTE:
                    found.append((max(begin, self.used_up + 1), target, name))
            elif counts and target <= end:
                found.append((begin + target - self.elapsed, target, name))
        for at, _, name in sorted(found):
            self.note(at, name)

    def note(self, at: int, name: str) -> None:
        self.crossings.append((at, (name,), False))
        self.passed.add(name)
        self.told.add(name)
        if name == "breach":
            self.breach = at

    def wake(self) -> None:
        """A promise judged by due that was used up before a pause breaks the moment the clock runs again."""
        now = self.minute * MINUTE
        waits = self.promise.boundary == "by_due" and self.breach is None and self.used_up is not None
        if self.runs and waits and self.used_up < now:
            self.note(now, "breach")

    # --- changes -----------------------------------------------------------------------------------------------------

    def pause(self, reason: str) -> None:
        self.held.add(reason)
        self.paused.setdefault(reason, [0, 0])

    def resume(self, reason: str) -> None:
        self.held.discard(reason)
        self.wake()

    def end(self, how: str) -> None:
        """Stop, cancel or end without a stop (``lapse``)."""
        broken = self.breach is not None
        self.met = {"stop": not broken, "cancel": None, "lapse": False if broken else None}[how]
        self.results.append((self.minute, self.elapsed, self.met, broken))
        self.ended, self.held = "cancelled" if how == "cancel" else "completed", set()

    def reopen(self, mode: str) -> None:
        if mode == "restart":
            self.next_cycle(set())
        else:
            self.results.pop()
            self.ended, self.met = "", None
            self.wake()

    def reset(self) -> None:
        broken = self.breach is not None
        self.results.append((self.minute, self.elapsed, False if broken else None, broken))
        self.next_cycle(set(self.held))

    def next_cycle(self, held: set[str]) -> None:
        self.cycle += 1
        self.base = self.start = self.minute
        self.elapsed, self.held, self.ended, self.met = 0, held, "", None
        self.used_up = self.breach = None
        self.paused = {reason: [0, 0] for reason in held}
        self.passed, self.told = set(), set()

    def retarget(self, promise: Promise, carry: str, counting: str) -> None:
        """Carry over what was used, then see what the new promise had passed already."""
        old, self.promise = self.promise, promise
        same = (old.within, old.boundary) == (promise.within, promise.boundary)
        kept = same and counting == "from_now" and carry in {"keep_elapsed", "retroactive"}
        if counting == "from_start":
            walk = self.walks[promise.walk]
            self.elapsed = sum(MINUTE for at in range(self.base, self.minute) if walk[at] and self.ran[at])
        if carry == "proportional":
            self.elapsed = self.elapsed * promise.goal // old.goal
        elif carry == "restart":
            self.elapsed, self.base = 0, self.minute
        if not (kept and self.elapsed >= promise.goal):
            self.used_up = self.breach = None
        if self.elapsed >= promise.goal and self.used_up is None:
            self.used_up = self.reached(promise.goal)
            self.breach = self.broken_at(self.used_up)
        self.passed = {
            name
            for target, name in promise.targets()
            if (self.breach is not None if name == "breach" else target <= self.elapsed)
        }
        late = tuple(name for _, name in promise.targets() if name in self.passed - self.told)
        self.told |= self.passed
        if late:
            self.crossings.append((self.minute * MINUTE, late, True))

    def reached(self, target: int) -> int:
        """Walk back over the minutes that counted to where elapsed time met a target first."""
        left = self.elapsed - target
        walk = self.walks[self.promise.walk]
        for at in range(self.minute - 1, self.base - 1, -1):
            if walk[at] and self.ran[at]:
                if left < MINUTE:
                    return (at + 1) * MINUTE - left
                left -= MINUTE
        return self.base * MINUTE

    def broken_at(self, due: int) -> int | None:
        """Return where the promise broke, if that lies in the past."""
        if self.promise.boundary == "strict":
            return due
        if self.promise.boundary == "inclusive":
            return self.reached(self.promise.goal + 1) if self.elapsed > self.promise.goal else None
        for at in range(due // MINUTE, self.minute):
            if self.ran[at]:
                return max(at * MINUTE, due + 1)
        return self.minute * MINUTE if self.runs and due < self.minute * MINUTE else None

    # --- answers -----------------------------------------------------------------------------------------------------

    def due(self) -> int | None:
        """Return when the goal is used up, by running on; ``None`` while held or if the walk is too short."""
        if self.held or self.ended:
            return None
        if self.used_up is not None:
            return self.used_up
        left, walk = self.promise.goal - self.elapsed, self.walks[self.promise.walk]
        for at in range(self.minute, len(walk)):
            if walk[at]:
                if left <= MINUTE:
                    return at * MINUTE + left
                left -= MINUTE
        return None
