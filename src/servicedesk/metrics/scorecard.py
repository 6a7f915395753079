"""Scorecards: the figures of one period, each with its definition, its two counts and its exclusions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import pendulum
from attrs import field, frozen

from servicedesk.errors import DefinitionInvalid, Problem, did_you_mean
from servicedesk.events import Fact
from servicedesk.instants import Instant, from_us, instant_us
from servicedesk.metrics.journeys import journeys
from servicedesk.metrics.kpi import Kpi
from servicedesk.metrics.lines import Line, with_more_subjects, with_next_period
from servicedesk.metrics.periods import Period
from servicedesk.metrics.tally import figures

__all__ = ["COLUMNS", "Scorecard", "scorecard"]

COLUMNS = ("figure", "value", "numerator", "denominator", "excluded", "beside", "final at", "target", "definition")
"""The heads of `Scorecard.rows`."""


@frozen(repr=False)
class Scorecard:
    """The figures of one period as known up to ``as_of``; ``card["name"]`` is one `Line`.

    Cards of the same definitions add up: over disjoint subjects of one period (branches), or over adjacent periods.
    """

    lines: tuple[Line, ...]
    period: Period
    as_of_us: int | None = field(kw_only=True)

    @property
    def as_of(self) -> pendulum.DateTime | None:
        """Only facts before it count (KPI-5), in the period's zone; ``None`` for a sum of cards that differ in it."""
        return None if self.as_of_us is None else from_us(self.as_of_us, self.period.zone)

    def __getitem__(self, name: str) -> Line:
        names = [line.name for line in self.lines]
        if name not in names:
            raise KeyError(f"{name!r} is not on this card{did_you_mean(name, names) or '; it has ' + ', '.join(names)}")
        return self.lines[names.index(name)]

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    def __len__(self) -> int:
        return len(self.lines)

    def __add__(self, other: Scorecard) -> Scorecard:
        """Merge two cards by the parts of their lines; percentages are never averaged (KPI-12, KPI-13).

        Of one period, the subjects of both must be different ones: cards keep counts, so this cannot be checked.

        Raises:
            DefinitionInvalid: other figures, or the same names with another definition; periods with a gap between
                them, or that overlap.
        """
        if not isinstance(other, Scorecard):
            return NotImplemented
        merge, period = _way(self.period, other.period)
        if problems := tuple(_differences(self, other)):
            raise DefinitionInvalid(problems, "cards")
        as_of = self.as_of_us if self.as_of_us == other.as_of_us else None
        return Scorecard(tuple(merge(line, other[line.name]) for line in self.lines), period, as_of_us=as_of)

    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Return the card as text cells under `COLUMNS`, one row a figure."""
        return tuple(_row(line) for line in self.lines)

    def markdown(self) -> str:
        """Return the card as a Markdown table under a line with period, zone and as-of."""
        table = (COLUMNS, ("---",) * len(COLUMNS), *self.rows())
        cells = ("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in table)
        return "\n".join((f"{self._head()}\n", *cells))

    def _head(self) -> str:
        return f"{self.period} ({self.period.zone}), as of {self.as_of or 'mixed instants'}"

    def __repr__(self) -> str:
        return f"<Scorecard {self._head()}: {', '.join(line.name for line in self.lines)}>"


def scorecard(kpis: Iterable[Kpi], facts: Iterable[Fact], period: Period, *, as_of: Instant | None = None) -> Scorecard:
    """Fold facts into the figures of a period.

    Facts are read once; streams may interleave, each in its own order (KPI-16). Only facts strictly before ``as_of``
    count, by default the period's end, so that time alone changes no card (KPI-5).

    Raises:
        DefinitionInvalid: all problems of all definitions, as ``<kpi>.<part>``; two definitions with one name.
        UnknownKind: something that is no fact of `servicedesk.events`.
        NaiveDatetimeError: ``as_of`` has no zone.
    """
    kpis = tuple(kpis)
    if problems := tuple(_problems(kpis)):
        raise DefinitionInvalid(problems, "scorecard")
    until = period.end_us if as_of is None else instant_us(as_of, "as_of")
    found = journeys(facts, as_of=until)
    return Scorecard(figures(kpis, found.values(), period, until), period, as_of_us=until)


def _problems(kpis: tuple[Kpi, ...]) -> Iterator[Problem]:
    for kpi in kpis:
        yield from (problem.under(kpi.name) for problem in kpi.problems())
    for name, count in Counter(kpi.name for kpi in kpis).items():
        if count > 1:
            yield Problem(name, f"names {count} figures; each needs a name of its own")


def _way(a: Period, b: Period) -> tuple[Callable[[Line, Line], Line], Period]:
    if a == b:
        return with_more_subjects, a
    if a.end_us == b.start_us and a.zone == b.zone:
        return with_next_period, Period(a.start_us, b.end_us, zone=a.zone, label=f"{a} + {b}")
    problem = Problem("period", f"{a} and {b} are neither one period nor, in one zone, one right after the other")
    raise DefinitionInvalid((problem,), "cards")


def _differences(a: Scorecard, b: Scorecard) -> Iterator[Problem]:
    ours, theirs = ({line.name: line.kpi for line in card} for card in (a, b))
    for name in sorted(ours.keys() ^ theirs.keys()):
        yield Problem(name, "is on one card only")
    for name in sorted(ours.keys() & theirs.keys()):
        one, two = (f"v{kpi.version} {kpi.digest}" for kpi in (ours[name], theirs[name]))
        if one != two:
            yield Problem(name, f"has two definitions: {one} and {two}")


def _row(line: Line) -> tuple[str, ...]:
    ratio = line.ratio
    counts = ("", "") if ratio is None else (f"{ratio.numerator:,}", f"{ratio.denominator:,}")
    target = "" if line.verdict is None else f"{line.kpi.target}: {line.verdict}"
    final = "open" if line.final_at is None else line.final_at.isoformat()
    return (
        line.kpi.title,
        line.text,
        *counts,
        _listed(line.excluded),
        _listed(line.beside),
        final,
        target,
        str(line.kpi),
    )


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())
