"""Why a step is possible or not: every candidate, and every check of the chosen one (DEC-9)."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from servicedesk import conditions
from servicedesk.errors import Refusal
from servicedesk.workflow.edge import Edge, not_selected
from servicedesk.workflow.request import Request

__all__ = ["Explanation", "Trial", "explained"]


@frozen(kw_only=True)
class Trial:
    """One candidate: may this actor take it, does its condition hold, does it lead where the ticket would go."""

    target: str
    allowed: bool
    when: conditions.Explanation | None
    leads_here: bool
    chosen: bool
    checks: tuple[tuple[str, Refusal | None], ...]
    """Of the chosen candidate: what was checked, and the reason where it failed."""

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"to {self.target!r}: {'chosen' if self.chosen else 'not chosen'}"
        yield f"  role: {'fits' if self.allowed else 'does not fit'}"
        if self.when is not None:
            yield "  when " + str(self.when).replace("\n", "\n  ")
        if not self.leads_here:
            yield "  the ticket would go elsewhere"
        for what, refusal in self.checks:
            yield f"  {what}: {'passed' if refusal is None else refusal}"


@frozen
class Explanation:
    """Everything that was looked at for one attempt; ``refusals`` are those `CompiledWorkflow.decide` gives."""

    step: str
    trials: tuple[Trial, ...]
    refusals: tuple[Refusal, ...]

    def __str__(self) -> str:
        answer = "; ".join(map(str, self.refusals)) or "accepted"
        return "\n".join((f"{self.step!r}: {answer}", *map(str, self.trials)))


def explained(step: str, candidates: tuple[Edge, ...], request: Request, impossible: Refusal) -> Explanation:
    """Try every candidate of a step."""
    if not candidates:
        return Explanation(step, (), (impossible,))
    chosen = next((edge for edge in candidates if edge.selects(request)), None)
    refusals: tuple[Refusal, ...] = (not_selected(candidates, request),) if chosen is None else ()
    trials = tuple(_trial(edge, request) for edge in candidates if edge is not chosen)
    if chosen is not None:
        place = candidates.index(chosen)
        refusals = chosen.refusals(request)
        trials = (*trials[:place], _trial(chosen, request, chosen=True, refusals=refusals), *trials[place:])
    return Explanation(step, trials, refusals)


def _trial(edge: Edge, request: Request, *, chosen: bool = False, refusals: tuple[Refusal, ...] = ()) -> Trial:
    when = edge.step.when
    found = None if when is None else when.explain(request.known)
    return Trial(
        target=edge.target.name,
        allowed=edge.is_for(request.actor),
        when=found,
        leads_here=(found is not None and not found.result) or edge.leads_here(request),
        chosen=chosen,
        checks=tuple(_checks(edge, request, refusals)) if chosen else (),
    )


def _checks(edge: Edge, request: Request, refusals: tuple[Refusal, ...]) -> Iterator[tuple[str, Refusal | None]]:
    """Name every check of a candidate, those that passed too, in the order they ran; an early "no" stands alone."""
    early = edge.locked(request) or edge.bad_data(request)
    if early:
        yield from ((no.code, no) for no in early)
        return
    left = list(refusals)
    for what, codes, details in _named(edge, request):
        found = next((no for no in left if no.code in codes and details.items() <= no.details.items()), None)
        if found is not None:
            left.remove(found)
        yield what, found
    names = (*map(repr, edge.step.guards), "supervision answered")  # the last where the workflow asks it of closing
    for name, check in zip(names, edge.guards, strict=False):
        yield name, check(request.subject, request)


def _named(edge: Edge, request: Request) -> Iterator[tuple[str, tuple[str, ...], dict[str, object]]]:
    for name in edge.needed(request.actor):
        yield f"requires {name!r}", ("missing_field",), {"field": name}
    for name in edge.step.must_change:
        yield f"must change {name!r}", ("unchanged_field",), {"field": name}
    if edge.step.reasons or request.reason is not None:
        yield "reason", ("missing_reason", "unknown_reason"), {}
    for mark in edge.step.needs:
        yield f"needs {mark!r}", ("missing_mark",), {"mark": mark}
