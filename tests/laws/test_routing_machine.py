"""The machine and the stories that hosts test their routers with, on our own router (spec of routing, §11)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from oracles.naive_router import NaiveRouter
from servicedesk.errors import DefinitionInvalid, Refused
from servicedesk.events import from_json, to_json
from servicedesk.ports import ANY_VERSION, Append, Commit
from servicedesk.stores import MemoryLog
from servicedesk.testing import RouterMachine
from servicedesk.testing.routing_histories import do


class Stored(RouterMachine):
    """A host that keeps its facts in a log, as text, and reads them back."""

    def __init__(self) -> None:
        super().__init__()
        self.log, self.written = MemoryLog(), 0

    def stored(self) -> tuple[Any, ...]:
        new = self.facts[self.written :]
        if new:
            self.log.commit(Commit([Append("queue/desk/2026-03-02", new, expected_version=ANY_VERSION)]))
            self.written += len(new)
        return tuple(from_json(to_json(fact)) for fact in self.log.read("queue/desk/2026-03-02"))


class Forgetful(RouterMachine):
    """A host that loses every seventh fact."""

    def stored(self) -> tuple[Any, ...]:
        return tuple(fact for number, fact in enumerate(self.facts) if number % 7 != 6)


class AsNaive(RouterMachine):
    """Beside the router runs a naive one, which shares no code with it."""

    naive: NaiveRouter | None = None

    def heard(self, call: Any, told: Any) -> None:
        if self.naive is None:
            self.naive = NaiveRouter(self.policies[0])
        if isinstance(told, Refused) and told.codes == ("time_went_back",):
            return  # what was due before it has happened here, and comes with the next answer
        wanted = do(self.naive, call)
        assert isinstance(told, tuple) == isinstance(wanted, tuple)
        if isinstance(told, tuple):
            assert told == wanted
            assert self.router.next_due == self.naive.next_due
            assert self.router.waiting() == self.naive.waiting()


SETTINGS = settings(settings(), max_examples=settings().max_examples // 8, stateful_step_count=30)


def test_L3_a_stored_router_is_the_router() -> None:
    """L3, L6, L12, ROU-43, ROU-44, ROU-47: through JSON and a log, after every call of a drawn life."""
    run_state_machine_as_test(Stored, settings=SETTINGS)


def test_L1_a_naive_router_answers_the_same_all_its_life() -> None:
    """L1: call by call, whatever the machine asks next: facts, what is due next, what waits in its order."""
    machine = settings(SETTINGS, stateful_step_count=50)
    run_state_machine_as_test(AsNaive, settings=machine)


def test_the_machine_notices_what_is_lost() -> None:
    """TOOL-17: a host that forgets is found out: by a fact that cannot have happened, or by another router."""
    with pytest.raises((AssertionError, DefinitionInvalid)):
        run_state_machine_as_test(Forgetful, settings=settings(SETTINGS, max_examples=20, report_multiple_bugs=False))
