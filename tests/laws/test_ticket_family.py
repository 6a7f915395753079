"""Law 8 of tickets: families stay forests, whatever is linked, merged, split, parted and closed (workflow §3.9)."""

from random import Random

from attrs import evolve
from hypothesis import event, given
from hypothesis import strategies as st

from oracles.ticket_days import DESK
from servicedesk import tickets
from servicedesk.errors import Refused
from servicedesk.tickets import Accept, Link, Merge, Perform, Split, Unlink, Unmerge, survivor
from servicedesk.workflow import Actor

CHANCE = st.integers(0, 2**32 - 1).map(Random)
LENGTH = st.sampled_from((2, 8, 20, 50))
NAMES = ("甲", "乙", "C", "D", "E")
SEAT = Actor("a7", ("seat", "leader", "expert"))
DONE = {"solution": "x", "resolution_code": "y"}


class Family:
    """Tickets by id; every command is settled, and every fact kept by its stream."""

    def __init__(self, chance: Random) -> None:
        self.chance, self.at = chance, 0
        self.tickets, self.facts, self.parts = {}, {}, 0

    def settle(self, command):
        answer = tickets.settle(self.tickets, command, definitions=DESK, at=self.at)
        if not isinstance(answer, Refused):
            self.tickets.update(answer.tickets)
            for fact in answer.facts:
                self.facts.setdefault(fact.ticket, []).append(fact)
        return answer

    def command(self):
        name, other = self.chance.choice(NAMES), self.chance.choice(NAMES)
        signed = {"ticket": name, "actor": SEAT}
        if name not in self.tickets:
            return Accept(**signed, kind="fault", parent=self.chance.choice((None, None, other)))
        known = self.tickets[name]
        link = self.chance.choice(("child_of", "child_of", "duplicate_of", "relates"))
        self.parts += 1
        part = Accept(ticket=f"part {self.parts}", actor=SEAT, kind="work_order", parent=name)
        choices = (
            *[Link(**signed, link=link, other=other)] * 3,
            *[Merge(**signed, into=other)] * 2,
            Unmerge(**signed),
            *(Unlink(**signed, link=kind, other=to) for kind, to in known.links),
            Split(**signed, into=part) if self.parts < 6 else Unmerge(**signed),
            Perform(**signed, step="take"),
            Perform(**signed, step="resolve", data=DONE),
            Perform(**signed, step="cancel", reason="invalid"),
        )
        return self.chance.choice(choices)

    def step(self):
        self.at += self.chance.choice((0, 1, 60_000_000))
        command = self.command()
        return command, self.settle(command)


def up(family, name, above):
    """Follow what stands above a ticket; a circle fails."""
    way = [name]
    while (name := above(family.tickets[name]) if name in family.tickets else None) is not None:
        assert name not in way, f"a circle: {way}"
        way.append(name)
    return way


def duplicate_of(ticket):
    return next((other for link, other in ticket.links if link == "duplicate_of"), None)


@given(CHANCE, LENGTH)
def test_law_8_forests_stay_forests_and_parents_know_the_truth(chance, length):
    """Law 8, REL-1, REL-2, REL-4: no circle, survivors are found, children and their categories are those there are."""
    family = Family(chance)
    for _ in range(length):
        command, answer = family.step()
        event(f"{type(command).__name__}: {answer.codes[0] if isinstance(answer, Refused) else 'done'}")
        known = family.tickets
        for ticket in known.values():
            up(family, ticket.id, lambda known: known.parent)
            up(family, ticket.id, duplicate_of)
            way = up(family, ticket.id, lambda known: known.merged_into)
            assert survivor(ticket, known) == way[-1]
        for ticket in known.values():
            there = {t.id: t.category for t in known.values() if t.parent == ticket.id and t.merged_into is None}
            assert dict(ticket.children) == there
            absorbed = [t.accepted for t in known.values() if survivor(t, known) == ticket.id]
            if ticket.merged_into is None:
                assert ticket.earliest == min(absorbed)


@given(CHANCE, LENGTH)
def test_law_1_each_ticket_of_a_family_is_the_fold_of_its_own_facts(chance, length):
    """Law 1 over several streams: what one ticket does to another stands in the other's facts."""
    family = Family(chance)
    for _ in range(length):
        family.step()
    for name, ticket in family.tickets.items():
        event(f"{len(family.facts[name])} facts")
        assert tickets.replay(family.facts[name]) == ticket


@given(CHANCE, LENGTH)
def test_law_7_a_cause_that_is_told_twice_acts_once(chance, length):
    """REL-3, law 7: whatever a fact asks of another ticket carries a key, so that it may be delivered again."""
    family = Family(chance)
    for _ in range(length):
        command = family.command()
        first = tickets.decide(
            family.tickets.get(command.ticket), command, definitions=DESK, at=family.at, others=_Known(family.tickets)
        )
        family.settle(command)
        for spawn in () if isinstance(first, Refused) else first.spawns:
            event(type(spawn).__name__)
            target = family.tickets.get(spawn.ticket)
            if target is None or spawn.key not in target.keys:
                continue  # refused when it came, or forgotten behind four later keys
            again = tickets.decide(target, spawn, definitions=DESK, at=family.at, others=_Known(family.tickets))
            assert (again.facts, again.ticket) == ((), target)


class _Known(dict):
    def __contains__(self, name):
        return True

    def __missing__(self, name):
        return None


@given(CHANCE, LENGTH)
def test_law_8_merge_and_unmerge_restore_all_but_version_and_time(chance, length):
    """Law 8, REL-4: taken back at once, nobody is other than before; keys are remembered all the same."""
    family = Family(chance)
    for _ in range(length):
        family.step()
    for name in NAMES:
        for into in NAMES:
            before = dict(family.tickets)
            if name not in before or isinstance(family.settle(Merge(ticket=name, actor=SEAT, into=into)), Refused):
                continue
            event("children moved over" if before[name].children else "no children")
            family.settle(Unmerge(ticket=name, actor=SEAT))
            for other, ticket in before.items():
                now = family.tickets[other]
                assert evolve(now, version=ticket.version, at=ticket.at, keys=ticket.keys) == ticket
