"""A first draft of a workflow, from what a foreign log shows to have happened; for a person to edit (IMP-10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import groupby, pairwise

from attrs import define, field

from servicedesk.importing.mapping import LogMapping
from servicedesk.importing.row import RawRow, origins
from servicedesk.importing.rows import read_rows
from servicedesk.workflow import Category, State, Step, Workflow

__all__ = ["discover"]

_GUESSED = "guessed"
_ORDER = {category: place for place, category in enumerate(Category)}


def discover(raw: Iterable[RawRow], mapping: LogMapping, *, min_cases: int = 1) -> Workflow:
    """Draft a workflow from a log: its states, the moves between them, and a guess at what each state means.

    What fewer than ``min_cases`` cases do is left out. With ``min_cases=1`` every case of the log conforms. A state
    where a case begins is ``born``; each state gets one step, called ``to …``, from all states it was reached from.

    What a state *means* no log tells. Every category is a guess, by behaviour and never by name, and says so: the
    states are in the group ``guessed``. New is where most cases begin; closed, where more visits end the case than go
    on; resolved, what is left, if at all, mostly for a closed state; waiting, what is left, if not for one of those,
    mostly for the state it was entered from; active, all else. Nothing is final. Edit it, and try it by `conformance`.

    Raises:
        DefinitionInvalid: the mapping does not fit the log.
        ValueError: ``min_cases`` is less than 1.
    """
    if min_cases < 1:
        raise ValueError(f"min_cases is a number of cases from 1 on, not {min_cases!r}")
    traffic = _Traffic()
    for rows in read_rows(raw, mapping, None).cases.values():
        told = (row.state for place, row in zip(origins(rows, mapping), rows, strict=True) if row is rows[place])
        traffic.add([state for state, _ in groupby(told)])
    kept = [state for state, cases in traffic.cases.most_common() if cases >= min_cases]
    guesses = traffic.guesses(kept)
    kept.sort(key=lambda state: (_ORDER[guesses[state]], -traffic.cases[state], state))
    sources = {state: traffic.sources(state, kept, min_cases) for state in kept}
    return Workflow(
        mapping.source,
        1,
        states=[
            State(state, guesses[state], born=traffic.begins[state] >= min_cases, group=_GUESSED) for state in kept
        ],
        steps=[Step(f"to {state}"[:100], found, state) for state, found in sources.items() if found],
    )


@define
class _Traffic:
    """How often the cases of a log went where."""

    cases: Counter[str] = field(factory=Counter)
    """Cases that visit a state."""
    begins: Counter[str] = field(factory=Counter)
    ends: Counter[str] = field(factory=Counter)
    visits: Counter[str] = field(factory=Counter)
    returns: Counter[str] = field(factory=Counter)
    """Visits of a state that are left for the state they came from."""
    moves: Counter[tuple[str, str]] = field(factory=Counter)
    movers: Counter[tuple[str, str]] = field(factory=Counter)
    """Cases that make a move."""

    def add(self, states: list[str]) -> None:
        self.cases.update(set(states))
        self.begins[states[0]] += 1
        self.ends[states[-1]] += 1
        self.visits.update(states)
        moves = list(pairwise(states))
        self.moves.update(moves)
        self.movers.update(set(moves))
        self.returns.update(here for (before, here), (_, after) in pairwise(moves) if before == after)

    def sources(self, state: str, kept: Iterable[str], min_cases: int) -> tuple[str, ...]:
        """Return the states from which enough cases came here."""
        return tuple(source for source in kept if self.movers[source, state] >= min_cases)

    def guesses(self, kept: list[str]) -> dict[str, Category]:
        """Guess what each state means; see `discover`."""
        first = max(kept, key=lambda state: self.begins[state], default=None)
        guesses = {} if first is None else {first: Category.NEW}
        for state in kept:
            if 2 * self.ends[state] > self.visits[state]:
                guesses.setdefault(state, Category.CLOSED)
        closed = [state for state, guess in guesses.items() if guess is Category.CLOSED]
        for state in kept:
            if 2 * self._left_for(closed, state) > self.visits[state] - self.ends[state]:
                guesses.setdefault(state, Category.RESOLVED)
        settled = [state for state, guess in guesses.items() if guess in (Category.CLOSED, Category.RESOLVED)]
        for state in kept:
            others = self.visits[state] - self.ends[state] - self._left_for(settled, state)
            guesses.setdefault(state, Category.WAITING if 2 * self.returns[state] > others else Category.ACTIVE)
        return guesses

    def _left_for(self, targets: list[str], state: str) -> int:
        return sum(self.moves[state, target] for target in targets)
