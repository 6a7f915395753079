"""Laws of promises, forms, diagrams and migrations of workflows."""

import itertools
import json
import re
import tomllib
from pathlib import Path

import networkx as nx
import pytest
from attrs import evolve
from hypothesis import event, given
from hypothesis import strategies as st

from servicedesk.errors import Refused
from servicedesk.plain import from_plain, to_plain, toml_text
from servicedesk.testing import Standing, resolvers, workflows
from servicedesk.workflow import STAY, Migration, Promise, State, Step, Workflow, library
from servicedesk.workflow.checks import graph
from servicedesk.workflow.product import explore
from servicedesk.workflow.validation import errors

# --- promises ---------------------------------------------------------------------------------------------------------


@st.composite
def promising(draw):
    """A generated workflow that promises the mark ``proof`` before one of its states or steps."""
    flow = draw(workflows())
    names = [state.name for state in flow.states] + [step.name for step in flow.steps]
    return evolve(flow, promises=(Promise(draw(st.sampled_from(names)), draw(st.sampled_from(("proof", "lasting")))),))


def runs(flow, length):
    """Where every run from a born state can be after so many steps: (steps taken, state, marks); guards may pass."""
    scopes = {mark.name: mark.scope for mark in flow.marks}
    level = {(state.name, frozenset()) for state in flow.born}
    for taken in range(length + 1):
        yield from ((taken, here, marks) for here, marks in level)
        level = {
            (target, after(flow, scopes, step, here, target, marks))
            for here, marks in level
            for step in flow.steps
            if here in flow.sources_of(step) and set(step.needs) <= marks
            for target in flow.targets_of(step, here)
        }


def after(flow, scopes, step, here, target, marks):
    opened = flow.state(target).category.value in ("new", "active", "waiting")
    back = step.target != STAY and opened and flow.state(here).category.value in ("resolved", "closed")
    kept = {mark for mark in marks if mark not in step.voids and not (back and scopes[mark] == "round")}
    return frozenset(kept | set(step.gives))


def breaks(flow, promise, runs_seen):
    """The lengths of the runs that break a promise."""
    for taken, here, marks in runs_seen:
        if here == promise.before and not set(promise.marks) <= marks:
            yield taken
        for step in flow.steps:
            leaves = here in flow.sources_of(step) and set(step.needs) <= marks
            if step.name == promise.before and leaves and not set(promise.marks) <= marks:
                yield taken + 1


@given(promising())
def test_law_5_a_promise_is_broken_iff_brute_force_breaks_it_and_the_witness_is_shortest(flow):
    """Law 5, CHK-3, CB-4: product search against every run of up to eight steps."""
    promise = flow.promises[0]
    found = [breach.steps for breach in explore(flow).breaches]
    brute = min(breaks(flow, promise, runs(flow, 8)), default=None)
    shortest = min(map(len, found), default=None)
    event(f"shortest {shortest}")
    if brute is not None:
        assert shortest == brute
    elif shortest is not None:
        assert shortest > 8
    assert [problem.code for problem in errors(flow)] == (["promise_broken"] if found else [])


@given(workflows())
def test_plain_search_and_networkx_agree_on_what_is_reached(flow):
    """Law 4 (checks), CHK-4: without needs, the product reaches exactly what the graph of states does."""
    free = evolve(flow, steps=tuple(evolve(step, needs=()) for step in flow.steps))
    moves = graph(free)
    born = {state.name for state in free.born}
    assert {state for state, _ in explore(free).nodes} == born.union(*(nx.descendants(moves, name) for name in born))


# --- forms ------------------------------------------------------------------------------------------------------------


@given(workflows(computed=True))
def test_law_10_plain_json_and_toml_give_the_equal_workflow(flow):
    """Law 10, WF-11: every form of one value is that value; guards and resolvers travel by name."""
    data = to_plain(flow)
    assert from_plain(Workflow, data) == flow
    assert from_plain(Workflow, json.loads(json.dumps(data))) == flow
    assert from_plain(Workflow, tomllib.loads(toml_text(data))) == flow


@pytest.mark.parametrize("loop", library.LOOPS)
def test_the_library_travels_too(loop):
    """WF-11, LIB-6."""
    flow = loop()
    assert from_plain(Workflow, tomllib.loads(toml_text(to_plain(flow)))) == flow
    assert flow.diff(from_plain(Workflow, to_plain(flow))) == ()


def unescaped(text):
    return re.sub(r"#(\d+);", lambda code: chr(int(code[1])), text)


@given(workflows(computed=True))
def test_law_10_names_come_back_from_the_diagram(flow):
    """Law 10, LIB-6: names with blanks, signs, quotes and CJK stand in the Mermaid text, ids are generated."""
    lines = flow.mermaid().splitlines()
    states = dict(
        re.fullmatch(r'    state "(.*)" as ([sr]\d+)', line).groups()[::-1] for line in lines if " as " in line
    )
    names = {place: unescaped(text) for place, text in states.items() if place[0] == "s"}
    assert list(names.values()) == [state.name for state in flow.states]
    arrows = [found.groups() for line in lines if (found := re.fullmatch(r"    (s\d+) --> ([sr]\d+) : (.*)", line))]
    assert len({arrow[:2] for arrow in arrows}) == len(arrows)  # one arrow for all that go the same way
    arrows += [(found[1], found[1], found[2]) for line in lines if (found := re.fullmatch(r"    (s\d+) : (.*)", line))]
    ends = {place: [place] for place in names}
    for back, end in re.findall(r"^    (r\d+) --> (s\d+)$", "\n".join(lines), re.MULTILINE):
        ends.setdefault(back, []).append(end)
    event("with a place to return through" if set(ends) - set(names) else "without one")
    drawn = {
        (names[source], unescaped(step), names[end])
        for source, target, text in arrows
        for step in text.split("<br/>")
        for end in ends[target]
    }
    compiled = flow.compile(resolvers=resolvers(flow))
    assert drawn == {(e.source, e.step.name, e.target.name) for edges in compiled.table.values() for e in edges}
    assert lines == compiled.mermaid().splitlines()


@pytest.mark.parametrize(
    "name",
    [
        *(
            "_under_",
            "*bold*",
            "1. list",
            "12) list",
            "- list",
            "---",
            "$$x$$",
            "&amp;",
            "#35;",
            "end",
            "a --> b",
            "::: c",
        ),
        *('"quoted"', "<b>x</b>", "a;b", "`code`", "back\\slash", "at_seat", "[*]", "<<choice>>"),
    ],
)
def test_a_name_that_looks_like_mermaid_or_markdown_is_written_in_codes(name):
    """Law 10, LIB-6: what the two would read as theirs never stands in a label; an underscore inside a word may."""
    flow = Workflow("w", 1, states=[State(name, "new", born=True)], steps=[Step(name, name, STAY)])
    state, stays = (line for line in flow.mermaid().splitlines() if line.startswith(("    state", "    s0 :")))
    for text in (state.removeprefix('    state "').removesuffix('" as s0'), stays.removeprefix("    s0 : ")):
        assert unescaped(text) == name
        assert not re.search(r'["<>:;`*$&\\]|^[-+_]|_$|\d[.)]', re.sub(r"#\d+;", "x", text))


def test_a_diagram_and_a_table_of_a_loop_are_what_they_were():
    """LIB-6: stable texts, labelled; promises as notes; a line for each step."""
    flow = library.fault()
    picture = flow.mermaid(language="zh")
    assert picture.startswith('stateDiagram-v2\n    state "已受理" as s0\n')
    for line in (
        'state "原处理环节" as r0',
        "s3 : 坚持转派",
        "[*] --> s0",
        "s5 --> s6 : 回访确认<br/>放弃回访",
        "s4 --> r0 : 恢复处理<br/>客户回复",
        "r0 --> s3",
        "s8 --> [*]",
        "note right of s7 : 承诺：已回访",
        "class s1,s2,s3 active",
        "class r0 back",
    ):
        assert picture.count(f"    {line}\n") == 1, line
    assert "    note right of s8 : energise promises built_ok\n" in library.business_expansion().mermaid()
    flow = library.alarm()
    assert "    note right of s5 : promises verified\n" in flow.mermaid(language="en")
    rows = flow.table().splitlines()
    assert len(rows) == 2 + len(flow.steps)
    assert rows[6] == "| settle | observing | closed | system |  | gives verified; by itself @15min |"


def test_the_picture_in_the_documents_is_of_this_loop():
    """LIB-6: docs/pictures/fault.png was rendered from the text beside it, which is still that of the loop."""
    text = Path(__file__).parents[2].joinpath("docs", "pictures", "fault.mmd").read_text(encoding="utf-8")
    assert text == library.fault().mermaid(language="zh")


@pytest.mark.slow
@given(workflows(computed=True), st.randoms(use_true_random=False))
def test_law_10_renaming_permutes_and_changes_nothing_else(flow, chance):
    """Law 10, WF-1: nothing is derived from a name."""
    names = [state.name for state in flow.states]
    other = dict(zip(names, chance.sample(names, len(names)), strict=True))
    renamed = from_plain(Workflow, _renamed(to_plain(flow), other))
    edges = {(other[e[0]], other[e[1]]) for e in flow.compile(resolvers=resolvers(flow)).edges}
    assert renamed.compile(resolvers={"by_waiting": None}).edges == edges


def _renamed(data, names):
    for state in data["states"]:
        state["name"] = names[state["name"]]
        if "inherits" in state:
            state["inherits"] = names[state["inherits"]]
    for step in data["steps"]:
        step["source"] = [names.get(source, source) if isinstance(source, str) else source for source in step["source"]]
        target = step["target"]
        if isinstance(target, str):
            step["target"] = names.get(target, target)
        else:
            key = "return" if "return" in target else "among"
            target[key] = [names[name] for name in target[key]]
            target.update({"default": names[target["default"]]} if "default" in target else {})
    for right in data.get("rights", ()):
        right.update({end: names.get(right[end], right[end]) for end in ("source", "target") if end in right})
    return data


# --- migration --------------------------------------------------------------------------------------------------------


def versions():
    """Two versions of one loop: the second renames a state and a field, splits a line off, and drops a mark."""
    old = library.fault()
    later = [State("under_way", "active", line=1), State("at_vendor", "waiting")]
    new = old.extend(version=2, states=later, steps=[Step("begin", "accepted", "under_way", by="seat")])
    new = new.extend(version=2, steps=[Step("to_desk", "under_way", "at_seat", by="seat")])
    return old, new


@st.composite
def migrations(draw):
    old, new = versions()
    targets = [state.name for state in new.states]
    states = {state.name: draw(st.sampled_from((state.name, state.name, *targets, None))) for state in old.states}
    return (
        old,
        new,
        Migration(
            from_=("fault", 1),
            to=("fault", 2),
            states={name: target for name, target in states.items() if target is not None},
            refuse=[name for name, target in states.items() if target is None],
            marks=draw(st.sampled_from(({}, {"callback": None}, {"insisted": "callback"}))),
            grants=draw(st.sampled_from(({}, {"archived": "callback", "called_back": "callback"}))),
            fields=draw(st.sampled_from(({}, {"solution": "answer"}, {"decision": None}))),
            timers=draw(st.sampled_from(("restart", "keep", "drop"))),
        ),
    )


@given(migrations())
def test_law_8_a_migration_is_total_and_keeps_the_promises(case):
    """Law 8, MIG-2, MIG-3: every reachable ticket lands or is refused; without problems no landing breaks a promise."""
    old, new, migration = case
    found = {problem.code for problem in migration.problems(old, new) if problem.severity == "error"}
    event("broken" if found else "sound")
    compiled, broken = new.compile(), False
    for state, marks in explore(old).nodes:
        landed = migration.apply(Standing("T-7", state, marks=tuple(marks)), compiled)
        assert isinstance(landed, Refused) == (state in migration.refuse)
        if not isinstance(landed, Refused):
            assert landed.category == new.state(landed.state).category.value
            broken |= landed.state == "archived" and "callback" not in landed.marks
    assert not broken or found == {"promise_broken"}


def test_a_migration_carries_values_marks_counters_and_timers():
    """MIG-4: what the fact will tell: renamed and dropped fields, timers from the old entry."""
    old, new = versions()
    migration = Migration.same_names(
        old,
        new,
        states={"at_seat": "under_way"},
        fields={"solution": "answer", "verification": None},
        counters={"returns": "bounces"},
    )
    subject = Standing(
        "T-7",
        "called_back",
        {"solution": "x", "verification": "y", "decision": "z"},
        entered=5,
        marks=("callback", "insisted"),
        counters={"returns": 1, "reworks": 2},
        last_active="at_seat",
        timers=(("archive", 99),),
    )
    landed = migration.apply(subject, new.compile())
    assert (landed.state, landed.version, landed.last_active) == ("called_back", 2, "under_way")
    assert landed.data == {"answer": "x", "solution": None, "verification": None}
    assert landed.counters == {"bounces": 1, "reworks": 2}
    assert landed.marks == ("callback", "insisted")
    assert landed.timers == (("archive", 5 + 24 * 3_600_000_000),)
    for way, timers in (("keep", (("archive", 99),)), ("drop", ())):
        assert evolve(migration, timers=way).apply(subject, new.compile()).timers == timers


def test_equal_names_are_written_out_and_the_rest_is_listed():
    """MIG-2: ``same_names`` maps what it can; what is left is a problem, never a guess."""
    old, new = versions()
    back = Migration.same_names(new, old)
    assert [problem.message for problem in back.problems(new, old)] == ["'under_way' is neither mapped nor refused"]
    assert [problem.code for problem in Migration.same_names(old, new).problems(old, new)] == []


def test_hops_compose_and_a_way_back_is_no_inverse():
    """MIG-4: ``a.then(b).is_identity`` only where nothing was renamed, refused, dropped or granted."""
    old, new = versions()
    there = Migration.same_names(old, new)
    back = Migration.same_names(new, old, states={"under_way": "at_seat"})
    assert there.then(back).is_identity
    assert not back.then(there).is_identity
    renaming = evolve(there, fields={"solution": "answer"})
    assert renaming.then(evolve(back, fields={"answer": "solution"})).is_identity
    assert renaming.then(back).fields == {"solution": "answer"}
    assert evolve(there, marks={"insisted": None}).then(back).marks == {"insisted": None}
    refusing = evolve(back, states={**back.states, "under_way": "at_seat"}, refuse=())
    partial = evolve(refusing, states={k: v for k, v in refusing.states.items() if k != "waiting"}, refuse=("waiting",))
    assert there.then(partial).refuse == ("waiting",)
    with pytest.raises(ValueError, match="the first migration leads to"):
        there.then(there)
    assert list(itertools.islice(there.then(back).states, 1)) == ["accepted"]
