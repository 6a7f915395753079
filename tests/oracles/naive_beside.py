"""Claims, urges and supervision written down from the specification as a diary that is searched anew at every question.

Nothing is kept but what happened, in order: who holds a ticket, how often it was urged, which level it is on are found
by going back through the pages. It shares no code with the library but the names of commands.
"""

from __future__ import annotations

from typing import Any

__all__ = ["GAP", "LEASE", "LEVELS", "STEPS", "WHERE", "Diary"]

MINUTE = 60_000_000
GAP, LEASE, LEVELS, THIRD = 30 * MINUTE, 30 * MINUTE, (240 * MINUTE, 120 * MINUTE), 3

WHERE = {  # state -> category, line
    "open": ("new", 1),
    "near": ("active", 1),
    "far": ("active", 2),
    "parked": ("waiting", None),
    "done": ("resolved", None),
    "gone": ("closed", None),
}
STEPS = {  # step -> sources, target, what it does to a claim
    "take": (("open", "near"), "near", "takes"),
    "pass_on": (("open", "near"), "far", "respects"),
    "pull": (("open", "near"), "far", "takes"),
    "park": (("near", "far"), "parked", "holder"),
    "resume": (("parked",), "near", "respects"),
    "let_go": (("near", "far"), "near", "drops"),
    "finish": (("near", "far"), "done", "respects"),
    "close": (("done",), "gone", "respects"),
    "reopen": (("gone", "done"), "open", "respects"),
}
_OPEN = ("new", "active", "waiting")


class Diary:
    """What happened to one ticket, page by page: ``(what, at, details)``."""

    def __init__(self, group: str | None) -> None:
        self.pages: list[tuple[str, int, dict[str, Any]]] = [("moved", 0, {"target": "open", "line": 1, "round": 1})]
        self.first_group = group

    # --- what the pages say -------------------------------------------------------------------------------------------

    def last(self, *kinds: str) -> tuple[str, int, dict[str, Any]] | None:
        """Return the last page of one of these kinds."""
        return next((page for page in reversed(self.pages) if page[0] in kinds), None)

    @property
    def state(self) -> str:
        """Where the ticket stands."""
        return self.last("moved")[2]["target"]  # type: ignore[index]

    @property
    def line(self) -> int | None:
        """Which line it is on: the last one that was said."""
        return self.last("moved", "assigned")[2]["line"]  # type: ignore[index]

    @property
    def is_open(self) -> bool:
        """Whether it waits for its solution."""
        return WHERE[self.state][0] in _OPEN

    @property
    def claim(self) -> dict[str, Any] | None:
        """Who holds it, and until when."""
        page = self.last("claimed", "renewed", "claim_released", "claim_expired")
        return page[2] if page is not None and page[0] in ("claimed", "renewed") else None

    @property
    def supervision(self) -> dict[str, Any] | None:
        """The level it is on; it lasts until it is released, answered or not."""
        for what, _, said in reversed(self.pages):
            if what == "supervision_released":
                return None
            if what in ("supervision_started", "supervision_raised"):
                return said
        return None

    @property
    def answered(self) -> bool:
        """Whether the level's answer is on a page after it."""
        page = self.last("supervision_started", "supervision_raised", "supervision_answered")
        return page is not None and page[0] == "supervision_answered"

    @property
    def group(self) -> str | None:
        """Whom it is given to."""
        page = self.last("assigned")
        return self.first_group if page is None else page[2]["group"]

    def urges_of_round(self) -> list[dict[str, Any]]:
        """Return the urges since the round began."""
        number = self.last("moved")[2]["round"]  # type: ignore[index]
        found: list[dict[str, Any]] = []
        now = 1
        for what, _, said in self.pages:
            now = said["round"] if what == "moved" else now
            if what == "urged" and now == number:
                found.append(said)
        return found

    # --- what comes of itself -----------------------------------------------------------------------------------------

    def due(self) -> tuple[int, int, str] | None:
        """Return the next thing that comes of itself: the end of a claim before a level of supervision."""
        found = []
        if self.claim is not None:
            found.append((self.claim["until"], 0, "claim"))
        if self.supervision is not None and not self.answered and self.supervision["level"] < len(LEVELS):
            found.append((self.supervision["reply_due"], 1, "level"))
        return min(found, default=None)

    def run(self, now: int) -> None:
        """Write down what came of itself by now."""
        while (next_ := self.due()) is not None and next_[0] <= now:
            at = max(next_[0], self.pages[-1][1])
            if next_[2] == "claim":
                self.write("claim_expired", at, agent=self.claim["agent"])  # type: ignore[index]
            else:
                self.raise_level(at)

    def raise_level(self, at: int) -> None:
        """Go to the next level of the supervision."""
        before = self.supervision or {}
        level = before["level"] + 1
        due = at + LEVELS[level - 1]
        self.write("supervision_raised", at, department=before["department"], level=level, reply_due=due)

    def write(self, what: str, at: int, **said: Any) -> None:
        """Write a page."""
        self.pages.append((what, at, said))

    # --- commands: ``None``, or the code of the refusal ---------------------------------------------------------------

    def held_by_other(self, agent: str) -> bool:
        """Whether another agent holds it."""
        return self.claim is not None and self.claim["agent"] != agent

    def hold(self, verb: str, at: int, agent: str, kind: str, span: int, *, leader: bool) -> str | None:
        """Claim, renew or steal."""
        if kind != "person":
            return "forbidden"
        if not self.is_open:
            return "not_open"
        if verb == "steal" and not leader:
            return "forbidden"
        if verb != "steal" and self.held_by_other(agent):
            return "claimed_by_other"
        if verb == "renew" and self.claim is None:
            return "not_claimed"
        if self.claim is not None and not self.held_by_other(agent):
            self.write("renewed", at, agent=agent, until=at + span)
        else:
            before = self.claim
            self.write("claimed", at, agent=agent, until=at + span, taken_from=before and before["agent"])
        return None

    def release(self, at: int, agent: str) -> str | None:
        """Give a claim up."""
        if self.held_by_other(agent):
            return "claimed_by_other"
        if self.claim is None:
            return "not_claimed"
        self.write("claim_released", at, agent=agent, because="released")
        return None

    def urge(self, at: int, source: str, addressee: str | None) -> str | None:
        """Ask for haste."""
        if not self.is_open:
            return "not_open"
        whom = addressee or (self.supervision and self.supervision["department"]) or self.group
        told = [page for page in self.pages if page[0] == "urged" and page[2]["addressee"] == whom]
        if source != "customer" and told and at < told[-1][1] + GAP:
            return "too_soon"
        number = len(self.urges_of_round()) + 1
        self.write("urged", at, source=source, addressee=whom, number=number)
        customers = [said for said in self.urges_of_round() if said["source"] == "customer"]
        if source == "customer" and len(customers) >= THIRD and self.supervision is None:
            self.supervise_at(at, whom, 1)
        return None

    def supervise_at(self, at: int, department: str | None, level: int) -> None:
        """Begin a supervision at a level."""
        due = at + LEVELS[level - 1]
        self.write("supervision_started", at, department=department, level=level, reply_due=due)

    def supervise(self, at: int, department: str, level: int) -> str | None:
        """Put a department under supervision, or under more of it."""
        if not self.is_open:
            return "not_open"
        if level > len(LEVELS):
            return "not_possible"
        before = self.supervision
        if before is None or self.answered or before["department"] != department:
            self.supervise_at(at, department, level)
        elif before["level"] < len(LEVELS):
            self.raise_level(at)
        return None

    def answer(self, at: int) -> str | None:
        """Write the department's answer down."""
        if self.supervision is None or self.answered:
            return "not_possible"
        self.write("supervision_answered", at, level=self.supervision["level"])
        return None

    def lift(self, at: int) -> str | None:
        """End the supervision."""
        if self.supervision is None:
            return "not_possible"
        self.write("supervision_released", at, automatic=False)
        return None

    def assign(self, at: int, group: str | None) -> str | None:
        """Give it to another group; a claim does not go along."""
        if not self.is_open:
            return "not_open"
        if group != self.group:
            self.write("assigned", at, group=group, line=self.line)
            self.let_go(at, "assigned")
        return None

    def let_go(self, at: int, because: str) -> None:
        """Take the claim away, if there is one."""
        if self.claim is not None:
            self.write("claim_released", at, agent=self.claim["agent"], because=because)

    def perform(self, at: int, step: str, agent: str, kind: str) -> str | None:
        """Take a step."""
        sources, target, lock = STEPS[step]
        if self.state not in sources:
            return "not_possible"
        if kind == "person" and self.held_by_other(agent):
            return "claimed_by_other"
        if kind == "person" and lock == "holder" and self.claim is None:
            return "not_claimed"
        if step == "close" and self.supervision is not None and not self.answered:
            return "supervision_unanswered"
        was_open, line_before, number = self.is_open, self.line, self.last("moved")[2]["round"]  # type: ignore[index]
        opens = WHERE[target][0] in _OPEN
        line = WHERE[target][1] or line_before
        self.write("moved", at, target=target, line=line, round=number + (opens and not was_open))
        if lock == "takes" and kind == "person":
            if self.claim is not None:
                self.write("renewed", at, agent=agent, until=at + LEASE)
            else:
                self.write("claimed", at, agent=agent, until=at + LEASE, taken_from=None)
        elif lock == "drops":
            self.let_go(at, "step")
        elif not opens or line != line_before:
            self.let_go(at, "moved")
        if target == "gone" and self.supervision is not None:
            self.write("supervision_released", at, automatic=True)
        return None
