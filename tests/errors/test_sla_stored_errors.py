"""Stored facts of clocks that name what is unknown here, and late changes that are none (SLA §5)."""

from __future__ import annotations

import pytest
from attrs import evolve

from servicedesk.errors import DefinitionInvalid, UnknownKind
from servicedesk.plain import from_plain
from servicedesk.sla import Calendar, Clock, Goal, LateChange

HOUR = 3_600_000_000
GOAL = Goal("answer", within="4h", calendar=Calendar.always(), stop="answered")
ENDED = Clock.start(GOAL, at=0).stop(at=HOUR)


def stored(clock: Clock, **other):
    """Return the facts of a clock, the last one as another version wrote it."""
    return [*clock.changes[:-1], evolve(clock.changes[-1], **other)]


@pytest.mark.parametrize(
    ("facts", "kind", "where", "known"),
    [
        (
            stored(ENDED.reopen(at=HOUR), mode="restrt"),
            "restrt",
            "clock.reopened.mode",
            ("resume", "restart"),
        ),
        (stored(ENDED.reopen(at=HOUR), mode="stay"), "stay", "clock.reopened.mode", ("resume", "restart")),
        (
            stored(Clock.start(GOAL, at=0).retarget(GOAL, at=1), carry="kep"),
            "kep",
            "clock.retargeted.carry",
            ("keep_elapsed", "restart", "proportional", "retroactive"),
        ),
        (
            stored(Clock.start(GOAL, at=0).retarget(GOAL, at=1), counting="from_then"),
            "from_then",
            "clock.retargeted.counting",
            ("from_start", "from_now"),
        ),
    ],
)
def test_sla_59_an_unknown_mode_of_a_stored_fact_is_not_taken_for_another(facts, kind, where, known):
    """SLA-54, 59, 65: path, value, and what is known; also where late changes are folded in."""
    late = [LateChange(change="pause", at=2, reason="customer")]
    for fold in (lambda: Clock.replay(GOAL, facts), lambda: Clock.correct(GOAL, facts, late, at=9 * HOUR)):
        with pytest.raises(UnknownKind) as caught:
            fold()
        assert (caught.value.kind, caught.value.where, caught.value.known) == (kind, where, known)
        assert str(caught.value).startswith(f"{where}: {kind!r} is not known here")


def test_sla_59_what_is_no_fact_of_a_clock_is_named_with_its_place():
    with pytest.raises(UnknownKind, match=r"facts\[1\]: 'int' is not known here") as caught:
        Clock.replay(GOAL, [*Clock.start(GOAL, at=0).changes, 5])
    assert "clock.started" in caught.value.known


@pytest.mark.parametrize(
    ("values", "path", "message"),
    [
        ({"change": "reopen"}, "late_change.change", "'reopen' is none of pause, resume, stop, cancel"),
        ({"change": "puase", "reason": "x"}, "late_change.change", "did you mean 'pause'?"),
        ({"change": "pause"}, "late_change.reason", "'' names no reason; write for instance 'customer'"),
        ({"change": "resume", "reason": 5}, "late_change.reason", "5 names no reason"),
    ],
)
def test_sla_68_a_late_change_that_is_none(values, path, message):
    with pytest.raises(DefinitionInvalid) as caught:
        LateChange(at=0, **values)
    (found,) = caught.value.problems
    assert found.path == path
    assert message in found.message


def test_sla_68_a_late_change_that_is_none_is_not_read_from_a_file_either():
    with pytest.raises(DefinitionInvalid, match="change"):
        from_plain(LateChange, {"change": "reopen", "at": 0})
