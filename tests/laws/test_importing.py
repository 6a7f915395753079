"""Laws of importing a foreign log: nothing is lost, order is total, what the log says comes back as facts."""

from attrs import evolve
from hypothesis import event, given
from hypothesis import strategies as st

from oracles.demo_log import FLOW, MAPPING, row
from servicedesk import tickets
from servicedesk.errors import DefinitionInvalid
from servicedesk.importing import import_log

STATES = ("New", "Active", "Resolved", "Closed")


@st.composite
def logs(draw):
    """Logs as they are: cases interleave, instants and revisions tie, some rows are unusable."""
    rows = []
    for case in draw(st.lists(st.sampled_from(("A1", "A2", "A3", "")), min_size=1, max_size=4, unique=True)):
        minute = 0
        for revision in range(draw(st.integers(1, 6))):
            minute += draw(st.integers(0, 2))
            code = draw(st.sampled_from((*STATES, *STATES, *STATES, "-100", "")))
            time = f"2026-03-02 09:{minute:02}" if draw(st.integers(0, 30)) else "yesterday"
            rows.append(row(case, time, revision, code, group=draw(st.sampled_from(("", "一线", "后台")))))
    return draw(st.permutations(rows))


@given(logs(), st.sampled_from(("quarantine", "skip_row")))
def test_law_11_every_row_is_accounted_for(rows, on_unknown):
    """Law 11: rows = begun + moved + collapsed + skipped + quarantined; every unusable row is in a listed problem."""
    try:
        log = import_log(rows, evolve(MAPPING, on_unknown=on_unknown), FLOW)
    except DefinitionInvalid:
        event("no stamp could be read")
        assert all(raw["time"] == "yesterday" or raw["code"] in ("", "-100") or raw["case"] == "" for raw in rows)
        return
    assert log.rows == len(rows) == log.begun + log.moved + log.collapsed + log.skipped + log.quarantined
    listed = [number for problem in log.problems for number in problem.rows if problem.effect != "noted"]
    assert len(listed) == len(set(listed))
    event(f"{len(log.cases)} cases, problems {sorted({problem.effect for problem in log.problems})}")
    usable = {case.case for case in log.cases}
    for number, raw in enumerate(rows, start=1):
        if number not in listed:
            assert raw["case"] in usable
    for case in log.cases:
        ticket = tickets.replay(case.facts)
        assert (ticket.state, ticket.version) == (case.states[-1], len(case.facts))
        assert [fact.at for fact in case.facts] == sorted(fact.at for fact in case.facts)
        assert (case.facts[0].kind == "ticket.accepted") == (case.states[0] == "New")


@given(logs(), st.randoms(use_true_random=False))
def test_law_11_shuffled_rows_give_the_same_lives(rows, rng):
    """IMP-2, law 11: with a total order (instant, revision) the order of rows in the file does not matter."""
    shuffled = list(rows)
    rng.shuffle(shuffled)
    try:
        one, other = (import_log(some, MAPPING, FLOW) for some in (rows, shuffled))
    except DefinitionInvalid:
        event("no stamp could be read")
        return
    assert {case.case: case.states for case in one.cases} == {case.case: case.states for case in other.cases}
    without_keys = [
        {case.case: [(f.kind, f.at, getattr(f, "target", None)) for f in case.facts] for case in log.cases}
        for log in (one, other)
    ]
    assert without_keys[0] == without_keys[1]
    assert (one.ties, one.gaps, one.mid_life) == (other.ties, other.gaps, other.mid_life)
