"""Activity logs, columns that know the future, logs that grew, and mappings as data (IMP-1, IMP-3, IMP-7, IMP-8)."""

import tomllib

import pytest
from attrs import evolve

from oracles.demo_log import FLOW, MAPPING, row
from servicedesk import tickets
from servicedesk.errors import Conflict, DefinitionInvalid
from servicedesk.events import NoteAdded
from servicedesk.importing import LogMapping, commits, import_log, to_rows
from servicedesk.plain import from_plain, to_plain, toml_text
from servicedesk.ports import Append
from servicedesk.stores import MemoryLog
from servicedesk.workflow import SAME, State, Step, Workflow, conformance

DONE = Workflow(
    "log",
    1,
    states=[
        State("New", "new", born=True),
        State("Active", "active"),
        State("Resolved", "resolved"),
        State("Closed", "closed"),
    ],
    steps=[
        Step("assign", "New", "Active"),
        Step("take", "New", "Active"),
        Step("call", "Active", SAME),
        Step("resolve", "Active", "Resolved"),
        Step("close", "Resolved", "Closed"),
    ],
).compile()
STATES = {
    "register": "New",
    "take": "Active",
    "call": "Active",
    "note": "Active",
    "resolve": "Resolved",
    "end": "Closed",
}
ACTIVITIES = evolve(MAPPING, state=None, activity="code", order=None, states=STATES)


def done(case, time, activity, **cells):
    return row(case, f"2026-03-02 {time}", "", activity, **cells)


LOG = [
    done("A1", "09:00", "register"),
    done("A1", "09:10", "take", person="p1"),
    done("A1", "09:20", "call"),
    done("A1", "09:20", "note"),
    done("A1", "09:20", "call", priority="1"),
    done("A1", "09:40", "call"),
    done("A1", "10:00", "resolve"),
    done("A1", "10:00", "resolve"),
    done("A1", "10:00", "resolve"),
    done("A2", "09:00", "resolve"),
    done("A2", "09:30", "take"),
    done("A2", "09:30", "end"),
]


def test_the_same_activity_in_the_same_instant_is_one_fact():
    """IMP-3: once an instant and said how often; later it is another fact, even into the state the ticket is in."""
    log = import_log(LOG, ACTIVITIES, DONE)
    first, second = log.cases
    told = [(f.kind.partition(".")[2], getattr(f, "step", None), getattr(f, "repeated", 1)) for f in first.facts]
    assert told == [
        ("accepted", None, 1),
        ("assigned", None, 1),
        ("moved", "take", 1),
        ("moved", "call", 2),
        ("moved", "call", 1),
        ("classified", None, 1),
        ("moved", "call", 1),
        ("moved", "resolve", 3),
    ]
    assert first.codes == ("register", "take", "call", "note", "call", "resolve")
    assert first.states == ("New", "Active", "Active", "Active", "Active", "Resolved")
    assert (log.rows, log.begun, log.moved, log.repeated, log.collapsed) == (12, 2, 7, 3, 0)
    assert (log.mid_life, log.deviations) == (1, 2)
    assert [(f.step, f.deviation) for f in second.facts[1:]] == [(None, True), (None, True)]
    assert conformance(DONE, log.runs).moves == 4  # what leaves the state as it is is no move


def test_an_activity_enters_its_state_anew_only_where_the_workflow_says_so():
    """IMP-3, DEC-5: ``call`` re-enters Active in one workflow; in another nothing does, and ``entered`` stays."""
    log = import_log(LOG[:4], ACTIVITIES, DONE)
    assert tickets.replay(log.cases[0].facts).entered == log.cases[0].facts[-1].at
    log = import_log(LOG[:4], ACTIVITIES, FLOW)
    ticket = tickets.replay(log.cases[0].facts)
    assert ticket.entered == log.cases[0].facts[2].at < ticket.at
    assert log.deviations == 0


def test_a_mapping_names_a_state_or_an_activity():
    """IMP-1: one of the two columns, no less and no more."""
    for mapping in (evolve(MAPPING, activity="code"), evolve(MAPPING, state=None)):
        assert [problem.path for problem in mapping.problems()] == ["state"]
    log = import_log([done("A1", "09:00", "")], ACTIVITIES, DONE)
    assert str(log.problems[0]).endswith("row 1: the row names no activity")


def test_a_mapping_is_data():
    """IMP-1, principle 4: TOML and back; what is skipped on purpose is an empty text there."""
    mapping = evolve(ACTIVITIES, states=STATES | {"-100": None}, witnesses="met", check_against={"closed_at": "closed"})
    text = toml_text(to_plain(mapping))
    assert '-100 = ""' in text
    assert from_plain(LogMapping, tomllib.loads(text)) == mapping
    with pytest.raises(DefinitionInvalid) as caught:
        from_plain(LogMapping, {"source": "", "case": "c", "at": "t", "zone": "UTC", "stat": "s"})
    assert str(caught.value.problems[0]) == "stat: unknown key; did you mean 'state'?"
    with pytest.raises(DefinitionInvalid) as caught:
        from_plain(
            LogMapping, {"source": "", "case": "c", "at": "t", "state": "s", "check_against": {"opened_at": "o"}}
        )
    assert [str(problem) for problem in caught.value.problems] == [
        "source: is empty; name the log, so that its keys stay its own",
        "check_against['opened_at']: nothing is known of it; known: resolved_at, closed_at",
    ]


def test_columns_that_know_the_future_are_compared_and_counted():
    """IMP-7: against the last time a case came into such a state; nothing of them becomes a fact."""
    rows = [
        row("A1", "2026-03-02 09:00", 0, "New", done="2026-03-02 10:00"),
        row("A1", "2026-03-02 09:30", 1, "Resolved", done="2026-03-02 10:00"),
        row("A1", "2026-03-02 09:40", 2, "Active", done="2026-03-02 10:00"),
        row("A1", "2026-03-02 10:00", 3, "Resolved", done="2026-03-02 10:00"),
        row("A1", "2026-03-02 10:10", 4, "Resolved", done="2026-03-02 10:00"),
        row("A2", "2026-03-02 09:00", 0, "Resolved", done="2026-03-02 09:01"),
        row("A3", "2026-03-02 09:00", 0, "New", done="2026-03-02 09:00"),
        row("A4", "2026-03-02 09:00", 0, "Resolved", done="?"),
        row("A5", "2026-03-02 09:00", 0, "Resolved", done="yesterday"),
        row("A6", "2026-03-02 09:00", 0, "New", done=""),
    ]
    log = import_log(rows, evolve(MAPPING, check_against={"resolved_at": "done"}), FLOW)
    counts = "1 agree, 1 differ, 1 in the column alone, 2 in the rows alone"
    assert [str(check) for check in log.checks] == [f"resolved_at against 'done': {counts}"]
    assert log.checks[0].first == "A2"
    assert log.cases[3].witness == {"done": ""}
    again = [done("A1", "10:00", "resolve", done="2026-03-02 10:00"), done("A1", "10:30", "resolve", done="?")]
    log_of = import_log(again, evolve(ACTIVITIES, check_against={"resolved_at": "done"}), DONE)
    assert (log_of.moved, log_of.checks[0].only_rows) == (1, 1)
    again[1]["done"] = "2026-03-02 10:00"
    log_of = import_log(again, evolve(ACTIVITIES, check_against={"resolved_at": "done"}), DONE)
    assert (log_of.checks[0].agree, log_of.checks[0].differ) == (1, 0)  # resolved once more is not resolved anew
    plain = import_log(rows, MAPPING, FLOW)
    assert (list(plain.facts), plain.checks) == (list(log.facts), ())


GROWING = [
    row("A1", "2026-03-02 09:00", 0, "New"),
    row("A2", "2026-03-02 09:05", 0, "New"),
    row("A1", "2026-03-02 09:30", 1, "Active"),
    row("A2", "2026-03-02 09:40", 1, "Active"),
    row("A3", "2026-03-02 09:50", 0, "New"),
]


def store(log, rows, **options):
    imported = import_log(rows, MAPPING, FLOW)
    return [log.commit(commit) for commit in commits(imported, into=log, **options)]


def test_a_log_that_grew_appends_only_what_is_new():
    """IMP-8: case by case behind what is there, whatever the row numbers became; a second time there is nothing."""
    log = MemoryLog()
    store(log, GROWING[:2], beside=noted)
    before = list(log.read_all())
    by_case = sorted(GROWING, key=lambda raw: raw["case"])  # the second row of A1 pushes A2 down
    store(log, by_case, beside=noted)
    assert list(log.read_all())[: len(before)] == before
    fresh = import_log(by_case, MAPPING, FLOW)
    for case in fresh.cases:
        assert [evolve(f, key=None) for f in log.read(case.case)] == [evolve(f, key=None) for f in case.facts]
    assert [fact.at for fact in log.read("notes/A1")] == [fact.at for fact in fresh.cases[0].facts]
    assert store(log, by_case, beside=noted) == []


def noted(case):
    """A note beside each fact, so that the stream of notes grows with its case."""
    notes = [NoteAdded(ticket=f"notes/{case.case}", at=fact.at, text_ref="x") for fact in case.facts]
    return (Append(f"notes/{case.case}", notes, expected_version=0),)


def test_a_case_that_became_another_one_conflicts_alone():
    """IMP-8: new rows before old ones are no growth; the case is refused whole, and holds up nobody."""
    log = MemoryLog()
    store(log, GROWING[:4])
    earlier = [*GROWING, row("A1", "2026-03-02 09:10", 0, "Resolved")]
    imported = import_log(earlier, MAPPING, FLOW)
    refused = []
    for commit in commits(imported, into=log):
        try:
            log.commit(commit)
        except Conflict as conflict:
            refused.append(str(conflict))
    assert len(refused) == 1
    assert "'A1' is at 2, expected 0" in refused[0]
    assert [len(log.read(case)) for case in ("A1", "A2", "A3")] == [2, 2, 1]


def test_what_the_desk_did_since_is_not_touched():
    """IMP-8: facts appended behind an import stand; the same log again adds nothing, a longer one conflicts."""
    log = MemoryLog()
    store(log, GROWING[:2])
    note = NoteAdded(ticket="A1", at=log.read("A1")[0].at, text_ref="x")
    log.append("A1", (note,), expected_version=1)
    assert store(log, GROWING[:2]) == []
    with pytest.raises(Conflict, match="'A1' is at 2, expected 0"):
        store(log, GROWING)
    known = Append("A2", (evolve(note, ticket="A2"),), expected_version=1)
    rest = import_log(GROWING[1:2], MAPPING, FLOW)
    assert [commit.appends for commit in commits(rest, into=log, beside=lambda _case: (known,))] == [(known,)]


def test_suggestions_name_what_would_cure():
    """IMP-10: a move or a code alone; a case that lacks two things is cured by neither."""
    rows = [
        *(row(f"A{n}", f"2026-03-02 09:{n:02}", 0, code) for n in range(3) for code in ("Active",)),
        *(row(f"A{n}", f"2026-03-02 10:{n:02}", 1, "Closed") for n in range(3)),
        row("A2", "2026-03-02 11:00", 2, "New"),
        row("B1", "2026-03-02 09:00", 0, "-100"),
        row("B1", "2026-03-02 09:10", 1, "-100"),
        row("B2", "2026-03-02 09:00", 0, "-100"),
        row("B2", "yesterday", 1, "New"),
        row("B3", "2026-03-02 09:00", 0, "-100"),
        row("B3", "2026-03-02 09:10", 1, "-200"),
        row("B4", "yesterday", 0, "-100"),
    ]
    log = import_log(rows, MAPPING, FLOW)
    wanted = ["allow the move Active → Closed: cures 2 cases, first A0", "map the code '-100': cures 1 cases, first B1"]
    assert [str(suggestion) for suggestion in log.suggest()] == wanted
    assert [str(suggestion) for suggestion in log.suggest(min_cases=2)] == wanted[:1]
    assert [problem.codes for problem in log.problems] == [("-100",), ("-100",), ("-100", "-200"), ("-100",)]
    assert [problem.only_codes for problem in log.problems] == [True, False, True, False]
    with pytest.raises(ValueError, match="min_cases is a number of cases from 1 on, not 0"):
        log.suggest(0)


def test_rows_of_another_tool():
    """IMP-10: the columns of the mapping, complete in each row; what is not known is the first missing text."""
    log = import_log(LOG[:3], evolve(ACTIVITIES, missing=("?", "-")), DONE)
    assert list(to_rows(log, evolve(ACTIVITIES, missing=("?", "-"))))[1:] == [
        {"case": "A1", "time": "2026-03-02 09:10", "code": "take", "group": "", "person": "p1", "priority": "-"},
        {"case": "A1", "time": "2026-03-02 09:20", "code": "call", "group": "", "person": "", "priority": "-"},
    ]
