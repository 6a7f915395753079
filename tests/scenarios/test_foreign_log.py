"""A foreign log on its way in: the worked example, what else rows say, and everything that is wrong with logs."""

from fractions import Fraction

import pendulum
import pytest
from attrs import evolve

from oracles.demo_log import FLOW, MAPPING, row
from servicedesk import tickets
from servicedesk.errors import Conflict, DefinitionInvalid, UnknownKind
from servicedesk.events import NoteAdded
from servicedesk.importing import commits, import_log
from servicedesk.instants import from_us, to_us
from servicedesk.ports import Append
from servicedesk.stores import MemoryLog
from servicedesk.workflow import State, Step, Workflow, conformance

EXAMPLE_10 = [
    row("A1", "2026-03-02 09:00", 0, "New"),
    row("A1", "2026-03-02 09:00", 1, "Active"),
    row("A1", "2026-03-02 11:30", 3, "Resolved"),
    row("A1", "2026-03-07 09:00", 4, "Closed"),
    row("A2", "2026-03-02 09:05", 2, "Active"),
    row("A2", "2026-03-02 09:05", 2, "Active"),
    row("A2", "2026-03-02 10:00", 5, "Closed"),
    row("A3", "2026-03-02 09:10", 0, "New"),
    row("A3", "2026-03-02 09:40", 1, "-100"),
    row("A3", "2026-03-02 10:00", 2, "Resolved"),
]


def test_example_10_start_mid_life_ties_double_rows_gaps_and_an_unknown_code():
    """Workflow §4 example 10, IMP-2 to IMP-6, IMP-9."""
    log = import_log(EXAMPLE_10, MAPPING, FLOW)
    assert (len(log.cases), log.rows, log.collapsed, log.mid_life, log.quarantined) == (2, 10, 1, 1, 3)
    assert [str(problem) for problem in log.problems] == [
        "A3, 3 rows from 8 quarantined: row 9: the state '-100' is not mapped"
    ]
    assert (log.shared_instants, log.ties, log.gaps, log.contradictions) == (4, 2, 2, 0)
    assert [case.states for case in log.cases] == [("New", "Active", "Resolved", "Closed"), ("Active", "Closed")]
    kinds = [[fact.kind for fact in case.facts] for case in log.cases]
    assert kinds == [
        ["ticket.accepted", "ticket.moved", "ticket.moved", "ticket.moved"],
        ["ticket.imported", "ticket.moved"],
    ]
    assert [fact.step for fact in log.cases[0].facts[1:]] == ["work", "resolve", "close"]
    deviation = log.cases[1].facts[1]
    assert (deviation.step, deviation.deviation, log.deviations) == (None, True, 1)
    assert deviation.key == "demo/A2/7"
    fit = conformance(FLOW, log.runs)
    assert (fit.moves, fit.allowed, fit.conforming_share, fit.mid_life) == (4, 3, Fraction(1, 2), 1)
    assert str(fit.deviations[0]) == "Active → Closed: 1 moves in 1 cases, first A2"
    assert [str(variant.alignment) for variant in fit.variants] == [
        "New, Active, Resolved, Closed",
        "+New, Active, +Resolved, Closed",
    ]
    assert (len(fit.shortest), fit.variants[1].alignment.cost) == (3, 2)
    assert (fit.case_fitness(fit.variants[1]), fit.log_fitness) == (Fraction(3, 5), Fraction(5, 6))
    anywhere = conformance(FLOW, log.runs, start="any")
    odd = anywhere.variants[1]
    assert (odd.alignment.cost, anywhere.case_fitness(odd), anywhere.log_fitness) == (1, Fraction(2, 3), Fraction(7, 8))


def test_a_skipped_row_leaves_its_case_standing_and_is_listed():
    """IMP-5 ``skip_row``, and ``None`` as a mapping on purpose."""
    log = import_log(EXAMPLE_10, evolve(MAPPING, on_unknown="skip_row"), FLOW)
    assert [str(problem) for problem in log.problems] == ["A3, row 9 skipped: the state '-100' is not mapped"]
    assert [case.states for case in log.cases][2] == ("New", "Resolved")
    log = import_log(EXAMPLE_10, evolve(MAPPING, states={"-100": None}), FLOW)
    assert [str(problem) for problem in log.problems] == ["A3, row 9 skipped: the code '-100' is mapped to nothing"]
    with pytest.raises(UnknownKind, match=r"row 9 of demo: '-100' is not known here; known: New, Active"):
        import_log(EXAMPLE_10, evolve(MAPPING, on_unknown="raise"), FLOW)


def test_what_else_a_row_says_becomes_facts_too():
    """Groups, persons, priorities: a missing cell says nothing, a new group has no person yet, lines follow groups."""
    rows = [
        row("A1", "2026-03-02 09:00", 0, "New", group="一线", person="p1", priority="3"),
        row("A1", "2026-03-02 09:10", 1, "New"),
        row("A1", "2026-03-02 09:20", 2, "Resolved", group="后台", priority="2"),
        row("A1", "2026-03-02 09:30", 3, "Resolved", person="p2"),
    ]
    facts = import_log(rows, MAPPING, FLOW).cases[0].facts
    assert [fact.kind for fact in facts] == [
        "ticket.accepted",
        "ticket.classified",
        "ticket.assigned",
        "ticket.moved",
        "ticket.assigned",
    ]
    stages = [tickets.replay(facts[:count]) for count in range(1, 6)]
    assert [(t.group, t.assignee, t.line, t.priority) for t in stages] == [
        ("一线", "p1", 1, "3"),
        ("一线", "p1", 1, "2"),
        ("后台", None, 2, "2"),
        ("后台", None, 2, "2"),
        ("后台", "p2", 2, "2"),
    ]


def test_an_acceptance_after_the_first_row_is_noted_and_not_believed():
    """IMP-7: a column that contradicts the rows themselves is reported; the rows remain facts."""
    mapping = evolve(MAPPING, accepted="opened", witnesses=("met",))
    rows = [
        row("A1", "2026-03-02 09:00", 0, "New", opened="2026-03-02 08:40", met="true"),
        row("A1", "2026-03-02 09:30", 1, "Closed", opened="2026-03-02 08:40", met="false"),
        row("A2", "2026-03-02 09:00", 0, "New", opened="2026-03-02 09:01", met="true"),
    ]
    log = import_log(rows, mapping, FLOW)
    heard = [tickets.replay(case.facts).accepted for case in log.cases]
    assert [from_us(at).format("HH:mm") for at in heard] == ["08:40", "09:00"]
    assert [str(problem) for problem in log.problems] == [
        "A2, row 3 noted: accepted after its first row was written; the first row's instant is taken instead"
    ]
    assert [dict(case.witness) for case in log.cases] == [{"met": "false"}, {"met": "true"}]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("2026-03-29 01:30", "the local time '2026-03-29 01:30' never was in"),
        ("2026-10-25 01:30", "the local time '2026-10-25 01:30' was twice in"),
    ],
)
def test_a_local_time_that_never_was_or_was_twice_is_quarantined(text, answer):
    """Workflow §5, import: a skipped or doubled local time is a bad row, never a guess."""
    rows = [row("A1", "2026-03-02 09:00", 0, "New"), row("A2", text, 0, "New")]
    log = import_log(rows, evolve(MAPPING, zone="Europe/London"), FLOW)
    assert answer in str(log.problems[0])
    assert [case.case for case in log.cases] == ["A1"]


def test_stamps_with_an_offset_need_no_zone():
    """IMP-1: naive stamps need a zone, others bring their own."""
    mapping = evolve(MAPPING, format="%Y-%m-%dT%H:%M%z", zone=None)
    log = import_log([row("A1", "2026-03-02T09:00+0800", 0, "New")], mapping, FLOW)
    assert log.cases[0].facts[0].at == to_us(pendulum.datetime(2026, 3, 2, 9, tz="Asia/Shanghai"))


def test_every_fault_of_a_mapping_is_listed_at_once():
    """§5: a bad mapping is the author's; paths are the settings, columns and states get the nearest name."""
    mapping = evolve(
        MAPPING, at="tme", zone="Mars", states={"x": "Actve"}, on_unknown="ignore", witnesses=("prio",), source=""
    )
    with pytest.raises(DefinitionInvalid) as caught:
        import_log([row("A1", "2026-03-02 09:00", 0, "New")], mapping, FLOW)
    assert [problem.path for problem in caught.value.problems] == ["source", "states['x']", "on_unknown", "zone"]
    with pytest.raises(DefinitionInvalid) as caught:
        import_log([row("A1", "2026-03-02 09:00", 0, "New")], evolve(MAPPING, at="tme", witnesses=("pririty",)), FLOW)
    assert [str(problem) for problem in caught.value.problems] == [
        "at: the log has no column 'tme'; did you mean 'time'?",
        "witnesses[0]: the log has no column 'pririty'; did you mean 'priority'?",
    ]
    assert MAPPING.problems(FLOW) == ()
    unzoned = evolve(MAPPING, zone=None)
    assert "name the one they were written in" in str(unzoned.problems(FLOW)[0])


def test_dates_in_another_format_are_the_mapping_s_fault_not_the_rows():
    """§5: if not one stamp can be read, the format is wrong, and one error says so instead of a thousand rows."""
    rows = [row("A1", "02/03/2026 09:00", 0, "New"), row("A2", "02/03/2026 09:30", 0, "New")]
    with pytest.raises(DefinitionInvalid) as caught:
        import_log(rows, MAPPING, FLOW)
    assert str(caught.value) == (
        "mapping of 'demo': format: no row of the log could be read; "
        "case A1, row 1: '02/03/2026 09:00' does not read as '%Y-%m-%d %H:%M'"
    )


def test_a_second_import_of_the_same_log_has_the_same_keys():
    """IMP-8: the key of a commit is made of what it holds."""
    log = import_log(EXAMPLE_10, MAPPING, FLOW)
    keys = [commit.key for commit in commits(log, size=1)]
    assert keys == [commit.key for commit in commits(import_log(EXAMPLE_10, MAPPING, FLOW), size=1)]
    assert len(set(keys)) == 2
    longer = [*EXAMPLE_10, row("A1", "2026-03-08 09:00", 5, "Active")]
    assert next(commit.key for commit in commits(import_log(longer, MAPPING, FLOW), size=1)) not in keys
    assert [append.stream for commit in commits(log, size=5) for append in commit.appends] == ["A1", "A2"]


def stored(imported, **options):
    log = MemoryLog()
    for commit in commits(imported, **options):
        log.commit(commit)
    return log


def test_a_log_that_changed_is_a_conflict_and_never_taken_for_a_duplicate():
    """IMP-8: a key is made of all that its commit holds; other content under a stored case is refused, untouched."""
    log = stored(import_log(EXAMPLE_10, MAPPING, FLOW))
    before = list(log.read_all())
    again = [log.commit(commit).duplicate for commit in commits(import_log(EXAMPLE_10, MAPPING, FLOW))]
    assert again == [True]
    other_state = [*EXAMPLE_10[:3], row("A1", "2026-03-07 09:00", 4, "Active"), *EXAMPLE_10[4:]]
    other_group = [row("A1", "2026-03-02 09:00", 0, "New", group="后台"), *EXAMPLE_10[1:]]
    for rows, options in (
        (other_state, {}),
        (other_group, {}),
        (EXAMPLE_10, {"size": 1}),
        (EXAMPLE_10, {"beside": noted}),
    ):
        first = next(commits(import_log(rows, MAPPING, FLOW), **options))
        with pytest.raises(Conflict, match="'A1' is at 4, expected 0"):
            log.commit(first)
    assert list(log.read_all()) == before


def noted(case):
    fact = NoteAdded(ticket=f"notes/{case.case}", at=case.facts[-1].at, text_ref="x")
    return (Append(fact.ticket, (fact,), expected_version=0),)


def test_what_stands_beside_a_case_is_in_its_commit():
    log = stored(import_log(EXAMPLE_10, MAPPING, FLOW), beside=noted)
    assert len(log.read("notes/A1")) == 1
    with pytest.raises(ValueError, match="size is a number of cases from 1 on, not -1"):
        commits(import_log(EXAMPLE_10, MAPPING, FLOW), size=-1)


def test_what_moves_carry_beside_the_state():
    """EV-3: round, outcome and line after each move, from the log's own states and groups."""
    flow = Workflow(
        "log",
        2,
        states=[
            State("New", "new", born=True),
            State("Work", "active", line=2),
            State("Done", "resolved"),
            State("Gone", "closed"),
        ],
        steps=[
            Step("work", ("New", "Done", "Gone"), "Work"),
            Step("done", "Work", "Done"),
            Step("gone", "Done", "Gone"),
        ],
    )
    codes = ("New", "Work", "Done", "Gone", "Work", "Done")
    rows = [row("A1", f"2026-03-02 09:0{n}", n, code, group="一线") for n, code in enumerate(codes)]
    log = import_log(rows, evolve(MAPPING, outcomes={"Done": "solved"}), flow)
    facts = log.cases[0].facts
    assert [(f.round, f.outcome, f.line) for f in facts[1:]] == [
        (1, None, 2),
        (1, "solved", 1),
        (1, "solved", 1),
        (2, None, 2),
        (2, "solved", 1),
    ]
    begun_done = import_log(rows[2:4], evolve(MAPPING, outcomes={"Done": "solved"}), flow).cases[0].facts
    assert [tickets.replay(begun_done[:count]).outcome for count in (1, 2)] == ["solved", "solved"]


def test_how_the_order_came_about_is_counted():
    """IMP-2: ties, contradictions and gaps; a row without a revision is not guessed into place."""
    rows = [
        row("A1", "2026-03-02 09:00", 5, "New"),
        row("A1", "2026-03-02 09:10", 3, "Active"),
        row("A1", "2026-03-02 09:20", 4, "Resolved"),
        row("A1", "2026-03-02 09:20", 4, "Resolved"),
    ]
    log = import_log(rows, MAPPING, FLOW)
    assert (log.contradictions, log.ties, log.shared_instants, log.gaps) == (1, 2, 2, 0)
    log = import_log([*rows, row("A1", "2026-03-02 09:20", "", "Closed")], MAPPING, FLOW)
    assert [str(problem) for problem in log.problems] == [
        "A1, 5 rows from 1 quarantined: row 5: the row has no revision, and its instant alone does not order it"
    ]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"case": "x" * 201}, "no case, row 2 skipped: the name of its case is longer than 200 characters"),
        ({"case": "a\0b"}, "no case, row 2 skipped: column 'case': "),
        ({"group": "a\0b"}, "A2, row 2 quarantined: row 2: column 'group': "),
        ({"case": None}, "no case, row 2 skipped: the row names no case"),
    ],
)
def test_what_no_store_could_keep_is_one_row_s_problem(cells, message):
    """G14: listed with its row while importing, so that it cannot spoil the commit of a hundred other cases."""
    rows = [row("A1", "2026-03-02 09:00", 0, "New"), row("A2", "2026-03-02 09:00", 0, "New") | cells]
    log = import_log(rows, MAPPING, FLOW)
    assert str(log.problems[0]).startswith(message)
    assert [case.case for case in log.cases] == ["A1"]


def test_slips_of_the_caller():
    """Either form of a workflow; one text for a set of texts; cells are text; a row that is too long is no riddle."""
    assert import_log(EXAMPLE_10, MAPPING, FLOW.definition) == import_log(EXAMPLE_10, MAPPING, FLOW)
    assert evolve(MAPPING, missing="NULL").missing == ("NULL",)
    assert evolve(MAPPING, witnesses="team").witnesses == ("team",)
    with pytest.raises(TypeError, match="column 'revision' holds 3; a log is read as text"):
        import_log([row("A1", "2026-03-02 09:00", 0, "New") | {"revision": 3}], MAPPING, FLOW)
    with pytest.raises(DefinitionInvalid, match="the log has no column 'tme'; did you mean 'time'"):
        import_log([row("A1", "2026-03-02 09:00", 0, "New") | {None: ["too", "many"]}], evolve(MAPPING, at="tme"), FLOW)
    unmapped = import_log([row("A1", "2026-03-02 09:00", 0, "Nwe")], MAPPING, FLOW)
    assert "the state 'Nwe' is not mapped" in str(unmapped.problems[0])
    assert repr(unmapped) == "<ImportedLog 'demo': 1 rows, 0 cases, 1 problems>"
