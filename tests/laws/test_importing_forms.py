"""Laws of what an import is good for: told back and read again, drafted, cured, and grown (IMP-3, IMP-8, IMP-10)."""

import itertools

from attrs import evolve
from hypothesis import event, example, given
from hypothesis import strategies as st

from oracles.demo_log import FLOW, MAPPING, row
from servicedesk.importing import commits, discover, import_log, to_rows
from servicedesk.stores import MemoryLog
from servicedesk.workflow import conformance

CODES = ("New", "Active", "Resolved", "Closed", "busy")
STATES = {"busy": "Active"}
PERSONS = st.sampled_from(("", "", "p1", "p2"))
KINDS = st.sampled_from(("state", "activity"))


@st.composite
def logs(draw, codes=CODES, cases=("A1", "A2", "A3")):
    """Readable logs: instants and whole rows repeat, groups, persons and priorities come and go."""
    rows = []
    for case in draw(st.lists(st.sampled_from(cases), min_size=1, unique=True)):
        minute, met = 0, draw(st.sampled_from(("", "true", "?")))
        for revision in range(draw(st.integers(1, 6))):
            minute += draw(st.sampled_from((0, 0, 1)))
            cells = {"group": draw(st.sampled_from(("", "一线", "后台"))), "person": draw(PERSONS)}
            cells |= {"priority": draw(st.sampled_from(("?", "1", "2"))), "opened": "2026-03-02 08:59", "met": met}
            rows.append(row(case, f"2026-03-02 09:{minute:02}", revision, draw(st.sampled_from(codes)), **cells))
    return rows


def mapping_of(kind):
    mapping = evolve(MAPPING, states=STATES, accepted="opened", witnesses=("met",))
    return mapping if kind == "state" else evolve(mapping, state=None, activity="code", order=None)


def without_keys(log):
    return [[evolve(fact, key=None) for fact in case.facts] for case in log.cases]


@given(logs(), KINDS)
def test_law_11_every_row_of_either_kind_of_log_is_accounted_for(rows, kind):
    """Law 11, IMP-3: state logs collapse, activity logs repeat; facts say how many rows they stand for."""
    log = import_log(rows, mapping_of(kind), FLOW)
    assert log.rows == len(rows) == log.begun + log.moved + log.collapsed + log.repeated
    assert (log.repeated if kind == "state" else log.collapsed) == 0
    stood_for = sum(getattr(fact, "repeated", 0) for fact in log.facts)
    assert stood_for == log.rows - log.collapsed
    event(f"{kind}: {log.collapsed + log.repeated} collapsed or repeated")
    for case in log.cases:
        moved = [(fact.source, fact.target) for fact in case.facts if fact.kind == "ticket.moved"]
        assert moved == list(zip(case.states, case.states[1:], strict=False))
        assert [STATES.get(code, code) for code in case.codes] == list(case.states)
    if kind == "activity":
        told = {(case.case, code, at) for case in log.cases for code, at in codes_and_instants(case)}
        assert told == {(raw["case"], raw["code"], raw["time"]) for raw in rows}
        assert len(told) == log.begun + log.moved


def codes_and_instants(case):
    ats = [fact.at for fact in case.facts if fact.kind not in ("ticket.classified", "ticket.assigned")]
    return zip(case.codes, (f"2026-03-02 09:{at // 60_000_000 % 60:02}" for at in ats), strict=True)


@example(  # in a state log a row that only reclassifies is no repetition that another row could stand for
    [
        row("A1", "2026-03-02 09:00", number, code, priority=priority, opened="2026-03-02 08:59", met="")
        for number, (code, priority) in enumerate(
            [("Active", "?"), ("Active", "1"), ("Resolved", "1"), ("Resolved", "2"), ("Closed", "1")]
        )
    ],
    "state",
    "UTC",
)
@given(logs(), KINDS, st.sampled_from(("UTC", "Asia/Kolkata")))
def test_import_rows_import_is_stable(rows, kind, zone):
    """IMP-10: rows told back give the same facts but for row numbers, and from then on the very same."""
    mapping = evolve(mapping_of(kind), zone=zone)
    first = import_log(rows, mapping, FLOW)
    second = import_log(to_rows(first, mapping), mapping, FLOW)
    third = import_log(to_rows(second, mapping), mapping, FLOW)
    assert without_keys(first) == without_keys(second)
    assert [(c.case, c.states, c.codes, c.witness) for c in first.cases] == [
        (c.case, c.states, c.codes, c.witness) for c in second.cases
    ]
    assert (second.problems, second.repeated) == ((), first.repeated)
    assert third == second
    event(f"{kind}: {sum(fact.kind == 'ticket.classified' for fact in first.facts)} reclassified")


@given(logs(), KINDS)
def test_every_case_of_a_log_conforms_to_the_draft_made_of_it(rows, kind):
    """IMP-10: with min_cases=1 nothing is odd, nothing unused, no case begins mid-life; each guess is marked."""
    mapping = evolve(mapping_of(kind), states={"busy": "Busy"} if any(raw["code"] == "busy" for raw in rows) else {})
    flow = discover(rows, mapping)
    log = import_log(rows, mapping, flow)
    fit = conformance(flow, log.runs, end="any")
    assert (log.deviations, log.mid_life, log.suggest()) == (0, 0, ())
    assert (fit.conforming, fit.unused, fit.log_fitness) == (len(log.cases), (), 1)
    assert {state.group for state in flow.states} == {"guessed"}
    assert [problem for problem in flow.problems() if problem.severity == "error"] == []
    event(f"categories {sorted({state.category.value for state in flow.states})}")


@given(logs(cases=tuple(f"A{n}" for n in range(8))), st.integers(2, 3))
def test_a_draft_leaves_out_what_few_cases_do(rows, min_cases):
    """IMP-10: states, beginnings and moves of a draft are those of at least ``min_cases`` cases, recounted here."""
    flow = discover(rows, mapping_of("state"), min_cases=min_cases)
    runs = dict(import_log(rows, mapping_of("state"), FLOW).runs)
    visits = {state: sum(state in run for run in runs.values()) for state in FLOW.machine.states}
    often = {state for state, count in visits.items() if count >= min_cases}
    assert {state.name for state in flow.states} == often
    assert {s.name for s in flow.born} == {s for s in often if sum(r[0] == s for r in runs.values()) >= min_cases}
    moves = [pair for run in runs.values() for pair in set(itertools.pairwise(run))]
    wanted = {move for move in moves if moves.count(move) >= min_cases}
    assert {(source, step.target) for step in flow.steps for source in flow.sources_of(step)} == wanted
    event(f"{len(flow.states)} states, {len(wanted)} moves")


@given(logs(codes=(*CODES, "-100", "-200")), st.sampled_from(("quarantine", "skip_row")))
def test_a_code_suggested_and_mapped_cures_the_cases_it_named(rows, on_unknown):
    """IMP-10: after the one change, so many cases more stand whole."""
    mapping = evolve(mapping_of("state"), on_unknown=on_unknown)
    log = import_log(rows, mapping, FLOW)
    for suggestion in log.suggest():
        event(suggestion.kind)
        if suggestion.kind == "code":
            mapped = evolve(mapping, states=mapping.states | {suggestion.names[0]: "Active"})
            assert whole_cases(import_log(rows, mapped, FLOW)) - whole_cases(log) == suggestion.cases
        else:
            source, target = suggestion.names
            known = FLOW.definition
            step = evolve(known.steps[0], name="new", source=source, target=target)
            again = import_log(rows, mapping, known.extend(version=2, steps=[step]))
            assert fitting(again) - fitting(log) == suggestion.cases


def whole_cases(log):
    return len({case.case for case in log.cases} - {problem.case for problem in log.problems})


def fitting(log):
    return sum(not any(getattr(fact, "deviation", False) for fact in case.facts) for case in log.cases)


@given(logs(), KINDS, st.data())
def test_a_log_that_grows_ends_as_if_it_had_been_whole(rows, kind, data):
    """IMP-8: imported in pieces as time goes by, a store ends with the facts of the whole log, each once."""
    mapping = mapping_of(kind)
    rows = sorted(rows, key=lambda raw: (raw["time"], raw["case"], int(raw["revision"])))
    cuts = data.draw(st.lists(st.sampled_from(instant_ends(rows)), max_size=3).map(sorted))
    log = MemoryLog()
    for end in (*cuts, len(rows)):
        for commit in commits(import_log(rows[:end], mapping, FLOW), size=2, into=log):
            assert not log.commit(commit).duplicate
    whole = import_log(rows, mapping, FLOW)
    assert [log.read(case.case) for case in whole.cases] == [case.facts for case in whole.cases]
    assert list(commits(whole, into=log)) == []
    event(f"{len(set(cuts))} pieces")


def instant_ends(rows):
    """Where a log may be cut: an instant is never half told, or an activity would change how often it stood there."""
    times = [raw["time"] for raw in rows]
    return [n for n in range(1, len(rows) + 1) if n == len(rows) or times[n] != times[n - 1]]
