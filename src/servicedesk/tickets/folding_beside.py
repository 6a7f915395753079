"""How the facts beside a ticket's state, and those between tickets, are folded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from servicedesk.events import (
    CallbackMade,
    ChildAttached,
    ChildMoved,
    ClaimExpired,
    ClaimReleased,
    ClaimRenewed,
    SupervisionAnswered,
    SupervisionRaised,
    SupervisionReleased,
    SupervisionStarted,
    TicketAbsorbed,
    TicketClaimed,
    TicketLinked,
    TicketMerged,
    TicketUnlinked,
    TicketUnmerged,
    TicketUrged,
)
from servicedesk.frozenmap import FrozenMap
from servicedesk.tickets.ticket import Claimed, Draft, Supervision, Urged

__all__ = ["APPLY_BESIDE", "with_beside"]


def with_beside(draft: Draft, **changes: Any) -> None:
    """Change what stands beside the state."""
    draft.beside = attrs.evolve(draft.beside, **changes)


def _claimed(draft: Draft, fact: TicketClaimed) -> None:
    with_beside(draft, claim=Claimed(fact.agent, fact.at, fact.until))


def _renewed(draft: Draft, fact: ClaimRenewed) -> None:
    since = fact.at if draft.beside.claim is None else draft.beside.claim.since
    with_beside(draft, claim=Claimed(fact.agent, since, fact.until))


def _unclaimed(draft: Draft, _: ClaimReleased | ClaimExpired) -> None:
    with_beside(draft, claim=None)


def _called_back(draft: Draft, fact: CallbackMade) -> None:
    vain = (*draft.beside.attempts, fact.at) if fact.result == "unreachable" else draft.beside.attempts
    with_beside(draft, callbacks=fact.attempt, attempts=vain)


def _urged(draft: Draft, fact: TicketUrged) -> None:
    before = draft.beside.urged
    last = FrozenMap({**before.last, fact.addressee: fact.at})
    by_customer = before.by_customer + (fact.source == "customer")
    with_beside(draft, urged=Urged(number=fact.number, by_customer=by_customer, last=last))
    draft.marks = fact.marks
    draft.timers = fact.timers


def _supervised(draft: Draft, fact: SupervisionStarted) -> None:
    supervision = Supervision(
        department=fact.department, level=fact.level, reply_due=fact.reply_due, last=fact.last, reason=fact.reason
    )
    with_beside(draft, supervision=supervision)


def _raised(draft: Draft, fact: SupervisionRaised) -> None:
    before = draft.beside.supervision
    supervision = Supervision(
        department=fact.department,
        level=fact.level,
        reply_due=fact.reply_due,
        last=fact.last,
        reason=None if before is None else before.reason,
    )
    with_beside(draft, supervision=supervision)


def _answered(draft: Draft, fact: SupervisionAnswered) -> None:
    before = draft.beside.supervision
    if before is not None and not before.answered:
        with_beside(draft, supervision=attrs.evolve(before, answered_at=fact.at))


def _released(draft: Draft, _: SupervisionReleased) -> None:
    with_beside(draft, supervision=None)


def _attached(draft: Draft, fact: ChildAttached) -> None:
    children = FrozenMap({**draft.beside.children, fact.child: fact.category})
    with_beside(draft, children=children, lead=fact.child if fact.lead else draft.beside.lead)


def _child_moved(draft: Draft, fact: ChildMoved) -> None:
    children = {**draft.beside.children, fact.child: fact.category}
    kept = {child: category for child, category in children.items() if category is not None}
    with_beside(draft, children=FrozenMap(kept))


def _linked(draft: Draft, fact: TicketLinked) -> None:
    with_beside(draft, links=tuple(sorted({*draft.beside.links, (fact.link, fact.other)})))


def _unlinked(draft: Draft, fact: TicketUnlinked) -> None:
    with_beside(draft, links=tuple(pair for pair in draft.beside.links if pair != (fact.link, fact.other)))


def _merged(draft: Draft, fact: TicketMerged) -> None:
    with_beside(draft, merged_into=fact.into)


def _unmerged(draft: Draft, _: TicketUnmerged) -> None:
    with_beside(draft, merged_into=None)


def _absorbed(draft: Draft, fact: TicketAbsorbed) -> None:
    absorbed = {name: what for name, what in draft.beside.absorbed.items() if name != fact.absorbed}
    if not fact.undone:
        absorbed[fact.absorbed] = (fact.earliest, fact.children)
    with_beside(draft, absorbed=FrozenMap(absorbed))


APPLY_BESIDE: Mapping[str, Callable[[Draft, Any], None]] = {
    TicketClaimed.kind: _claimed,
    ClaimRenewed.kind: _renewed,
    ClaimReleased.kind: _unclaimed,
    ClaimExpired.kind: _unclaimed,
    CallbackMade.kind: _called_back,
    TicketUrged.kind: _urged,
    SupervisionStarted.kind: _supervised,
    SupervisionRaised.kind: _raised,
    SupervisionAnswered.kind: _answered,
    SupervisionReleased.kind: _released,
    ChildAttached.kind: _attached,
    ChildMoved.kind: _child_moved,
    TicketLinked.kind: _linked,
    TicketUnlinked.kind: _unlinked,
    TicketMerged.kind: _merged,
    TicketUnmerged.kind: _unmerged,
    TicketAbsorbed.kind: _absorbed,
}
"""Kind -> how it is folded."""
