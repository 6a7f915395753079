"""Who holds what is asked for, and since when too few do: the report of `coverage`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from attrs import frozen

from servicedesk.errors import Problem
from servicedesk.instants import Instant, Zone, from_us, instant_us
from servicedesk.routing.agents import Agent, Roster
from servicedesk.routing.bits import bits
from servicedesk.routing.buckets import Demand, agent_problems, check, gathered, read_demand, same_names
from servicedesk.routing.policy import RoutingPolicy
from servicedesk.routing.requirements import Requirement

__all__ = ["Cover", "Report", "Stretch", "report"]

FIRST, LAST = -(1 << 63), 1 << 63
_CLASSES = (
    "classDef gap fill:#f8d7da,stroke:#b02a37",
    "classDef single fill:#fff3cd,stroke:#b58100",
)


@frozen
class Stretch:
    """From when to when the same few hold something; ``None``: ever before, or for good. Microseconds UTC."""

    start: int | None
    end: int | None
    holders: tuple[str, ...]

    def text(self, zone: Zone = "UTC") -> str:
        """Return who holds it and when, days or minutes in a zone."""
        ends = (("from", self.start), ("until", self.end))
        when = "".join(f" {word} {_moment(at, zone)}" for word, at in ends if at is not None)
        if not self.holders:
            return f"gap{when}"
        count = "single holder" if len(self.holders) == 1 else f"only {len(self.holders)}:"
        return f"{count} {', '.join(self.holders)}{when}"


def _moment(at: int, zone: Zone) -> str:
    moment = from_us(at, zone)
    return moment.format("YYYY-MM-DD" if moment == moment.start_of("day") else "YYYY-MM-DD HH:mm")


@frozen
class Cover:
    """One requirement: how much is asked for, who holds it at some time, and when fewer do than wanted."""

    requirement: Requirement
    demand: int
    holders: tuple[str, ...]
    thin: tuple[Stretch, ...]

    def with_holders(self, count: int) -> tuple[Stretch, ...]:
        """Return when exactly so many hold it, among the stretches in which too few do."""
        return tuple(stretch for stretch in self.thin if len(stretch.holders) == count)


@frozen(repr=False)
class Report:
    """Which requirements hang on nobody, on one person, or on fewer than ``wanted``."""

    covers: tuple[Cover, ...]
    wanted: int

    @property
    def gaps(self) -> tuple[Requirement, ...]:
        """The requirements that at some time nobody holds."""
        return self._with(0)

    @property
    def single_holders(self) -> tuple[Requirement, ...]:
        """The requirements that at some time one person holds alone."""
        return self._with(1)

    @property
    def below(self) -> tuple[Requirement, ...]:
        """The requirements that at some time fewer hold than wanted."""
        return tuple(cover.requirement for cover in self.covers if cover.thin)

    def _with(self, count: int) -> tuple[Requirement, ...]:
        return tuple(cover.requirement for cover in self.covers if cover.with_holders(count))

    def __getitem__(self, requirement: Requirement | str) -> Cover:
        """Return the cover of a requirement, or of its text."""
        text = str(Requirement.parse(requirement) if isinstance(requirement, str) else requirement)
        found = {str(cover.requirement): cover for cover in self.covers}
        return found[text]

    def table(self, zone: Zone = "UTC", *, most: int = 12) -> str:
        """Return a Markdown table; of more holders than ``most`` only the number is told."""
        lines = ["| requirement | demand | holders | too few |", "|---|---:|---|---|"]
        for cover in self.covers:
            names = ", ".join(cover.holders) if len(cover.holders) <= most else ""
            who = f"{len(cover.holders)}{': ' if names else ''}{names}"
            thin = "; ".join(stretch.text(zone) for stretch in cover.thin)
            cells = (str(cover.requirement), str(cover.demand), who, thin)
            lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
        return "\n".join(lines) + "\n"

    def mermaid(self, *, most: int = 12) -> str:
        """Return a Mermaid flow chart, requirements to holders; gaps are red, single holders yellow.

        Requirements with more holders than ``most`` point to their number.
        """
        lines, classes, people = ["flowchart LR"], [], dict[str, str]()
        edges: list[str] = []
        for place, cover in enumerate(self.covers):
            lines.append(f'    r{place}["{_label(str(cover.requirement))}"]')
            if kind := self._kind(cover):
                classes.append(f"    class r{place} {kind}")
            if len(cover.holders) > most:
                edges.append(f'    r{place} --> m{place}(["{len(cover.holders)} agents"])')
                continue
            edges += [f"    r{place} --> {people.setdefault(name, f'a{len(people)}')}" for name in cover.holders]
        lines += [f'    {node}(["{_label(name)}"])' for name, node in people.items()]
        lines += edges + [f"    {line}" for line in _CLASSES] + classes
        return "\n".join(lines) + "\n"

    @staticmethod
    def _kind(cover: Cover) -> str:
        if cover.with_holders(0):
            return "gap"
        return "single" if cover.with_holders(1) else ""

    def __repr__(self) -> str:
        few = f"{len(self.gaps)} with gaps, {len(self.single_holders)} with single holders"
        return f"<Report: {len(self.covers)} requirements, {few}, {len(self.below)} below {self.wanted}>"


def _label(text: str) -> str:
    """Return a text as it stands in quotes: what Mermaid reads as its own, or as HTML, is written by its code."""
    return "".join(f"#{ord(sign)};" if sign in '"#<>&' else sign for sign in text)


# --- how it is made ---------------------------------------------------------------------------------------------------


def report(
    policy: RoutingPolicy,
    agents: Iterable[Agent],
    demand: Demand,
    roster: Roster | None = None,
    *,
    at: Instant | None = None,
    wanted: int = 2,
) -> Report:
    """Return who holds each requirement, and when nobody, one alone, or fewer than wanted do (ROU-51).

    A skill ends where its ``valid_until`` says. With a roster, agents count while they are there, and only those times
    count at which anybody is; without one, everyone is always there.

    Args:
        policy: what follows from which skill.
        agents: everyone there is.
        demand: requirements, or their texts, each with a count.
        roster: who is there when.
        at: what was before it is left out.
        wanted: how many should hold each requirement.

    Raises:
        DefinitionInvalid: agents, requirements, counts or a roster that cannot be; all problems at once.

    >>> import pendulum
    >>> from servicedesk.routing import Agent, RoutingPolicy
    >>> spring = pendulum.datetime(2026, 3, 1)
    >>> li = Agent(id="李", skills={"cert:itil": 1}, valid_until={"cert:itil": spring})
    >>> wang = Agent(id="王", skills={"cert:itil": 1})
    >>> found = report(RoutingPolicy(name="desk", queues=["hotline"]), [li, wang], {"cert:itil": 3})
    >>> found["cert:itil"].thin[0].text()
    'single holder 王 from 2026-03-01'
    """
    seats = tuple(agents)
    counts, wrong = read_demand(policy.graph, demand)
    ids = {agent.id for agent in seats}
    shifts = () if roster is None else roster.shifts
    unknown = same_names("roster", dict.fromkeys(agent for agent, _ in shifts), ids, "agent")
    few = () if type(wanted) is int and wanted >= 1 else (Problem("wanted", f"an integer ≥ 1, not {wanted!r}"),)
    check((*agent_problems(policy, seats), *wrong, *unknown, *few), "coverage")
    start = FIRST if at is None else instant_us(at)
    there = _there(seats, roster, start)
    held = _held(policy, seats, tuple(counts), there)
    open_ = _joined(span for spans in there.values() for span in spans)  # never empty where anybody holds anything
    covers = (
        _cover(need, count, sorted(spans), open_, wanted)
        for (need, count), spans in zip(counts.items(), held, strict=True)
    )
    return Report(tuple(covers), wanted)


_Ends = tuple[int, int]


def _there(agents: Sequence[Agent], roster: Roster | None, start: int) -> dict[str, list[_Ends]]:
    """Return when each agent is there, in spans that neither meet nor overlap."""
    if roster is None:
        return {agent.id: [(start, LAST)] for agent in agents}
    found: dict[str, list[_Ends]] = {agent.id: [] for agent in agents}
    for name, span in roster.shifts:
        found[name].append((max(start, span.start_us), span.end_us))
    return {name: _joined(spans) for name, spans in found.items()}


def _joined(spans: Iterable[_Ends]) -> list[_Ends]:
    found: list[_Ends] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _held(
    policy: RoutingPolicy, agents: Sequence[Agent], needs: Sequence[Requirement], there: dict[str, list[_Ends]]
) -> list[list[tuple[int, int, str]]]:
    """Return for each requirement when who holds it and is there."""
    found: list[list[tuple[int, int, str]]] = [[] for _ in needs]
    ends = sorted({FIRST, LAST, *(until for agent in agents for until in agent.valid_until.values())})
    whole = [agent for agent in agents if not agent.valid_until]
    ending = [agent for agent in agents if agent.valid_until]
    periods = [(whole, FIRST, LAST), *((ending, first, last) for first, last in pairwise(ends))]
    for some, first, last in periods:
        buckets = gathered(policy.graph, some, at=first)
        members = [*buckets.members.values()]
        for place, need in enumerate(needs):
            for agent in (agent for profile in bits(buckets.meeting(need)) for agent in members[profile]):
                spans = ((max(first, start), min(last, end)) for start, end in there[agent.id])
                found[place] += [(start, end, agent.id) for start, end in spans if start < end]
    return found


def _cover(need: Requirement, count: int, spans: list[tuple[int, int, str]], open_: list[_Ends], wanted: int) -> Cover:
    if not spans:  # nobody at any time: one gap without ends, not one for each shift
        return Cover(need, count, (), (Stretch(None, None, ()),))
    thin: list[tuple[int, int, tuple[str, ...]]] = []
    for start, end, holders in _few(spans, open_, wanted):
        goes_on = thin and thin[-1][1:] == (start, holders)
        thin.append((thin.pop()[0] if goes_on else start, end, holders))
    stretches = (
        Stretch(None if start == FIRST else start, None if end == LAST else end, holders)
        for start, end, holders in thin
    )
    return Cover(need, count, tuple(sorted({name for _, _, name in spans})), tuple(stretches))


def _few(
    spans: list[tuple[int, int, str]], open_: list[_Ends], wanted: int
) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yield when fewer than wanted hold it, and who they are."""
    changes: dict[int, list[tuple[str, bool]]] = {at: [] for ends in open_ for at in ends}
    for start, end, name in spans:
        changes.setdefault(start, []).append((name, True))
        changes.setdefault(end, []).append((name, False))
    opening, present = {start for start, _ in open_}, set[str]()
    closing, is_open = {end for _, end in open_}, False
    for start, end in pairwise(sorted(changes)):
        is_open = (is_open and start not in closing) or start in opening
        for name, comes in sorted(changes[start], key=lambda change: change[1]):  # leaving first: a span may go on
            (present.add if comes else present.discard)(name)
        if is_open and len(present) < wanted:
            yield start, end, tuple(sorted(present))
