"""Laws of what a router is told beforehand: closures, requirements that widen, texts and plain data."""

import itertools
import json
import tomllib

import networkx as nx
from hypothesis import event, given
from hypothesis import strategies as st

from oracles import routing_lives as lives
from servicedesk.errors import DefinitionInvalid
from servicedesk.plain import from_plain, to_plain, toml_text
from servicedesk.routing import (
    Agent,
    Implication,
    QueuePolicy,
    Relaxation,
    Requirement,
    RoutingPolicy,
    Skill,
    SkillGraph,
    Work,
)

NAMES = st.sampled_from(("a", "b", "c", "彝语"))
ODD = st.one_of(NAMES, st.sampled_from(("data change", "or", "lines", "a>=2", "x;y", "system:营销", "1-2", "*", "-")))
LEVELS = st.integers(1, 3)
EDGES = st.lists(st.tuples(st.tuples(NAMES, LEVELS), st.tuples(NAMES, LEVELS)), max_size=5)
HELD = st.dictionaries(NAMES, LEVELS, max_size=4)
CHANCE = st.integers(0, 2**32 - 1)


def skills(names=NAMES):
    return st.builds(Skill, names, LEVELS)


def needs(names=NAMES):
    return st.builds(
        Requirement,
        all_of=st.lists(skills(names), max_size=2),
        any_of=st.lists(st.lists(skills(names), min_size=1, max_size=3), max_size=2),
        preferred=st.lists(st.tuples(skills(names), st.integers(-3, 3)), max_size=2),
        groups=st.lists(names, max_size=2),
        lines=st.sampled_from((None, (1, 1), (1, 2), (2, 3))),
    )


def level_graph(edges):
    """Every node of a level, with an edge to the level below and the edges that are given."""
    graph = nx.DiGraph((name, level) for name in () for level in ())
    graph.add_nodes_from(itertools.product(("a", "b", "c", "彝语"), (1, 2, 3)))
    graph.add_edges_from(((name, level), (name, level - 1)) for name, level in list(graph) if level > 1)
    graph.add_edges_from(edges)
    return graph


@given(EDGES, HELD)
def test_l15_a_closure_is_what_can_be_reached(edges, held):
    """L15, ROU-2: equal to the descendants of level nodes; extensive, and closed again the same."""
    graph = SkillGraph(edges)
    nodes = level_graph(edges)
    reached = {(name, level) for name, level in held.items()}
    reached |= {other for node in reached for other in nx.descendants(nodes, node)}
    wanted = {name: max(level for other, level in reached if other == name) for name in {name for name, _ in reached}}
    closed = graph.closure(held)
    event("something follows" if closed != held else "nothing follows")
    assert closed == wanted
    assert graph.closure(closed) == closed


@given(EDGES, HELD, HELD)
def test_l15_who_holds_more_has_no_less(edges, held, more):
    """L15, ROU-2: a closure is monotone."""
    graph = SkillGraph(edges)
    both = {name: max(held.get(name, 0), more.get(name, 0)) for name in held | more}
    small, large = graph.closure(held), graph.closure(both)
    assert all(large[name] >= level for name, level in small.items())


@given(EDGES)
def test_a_cycle_is_found_where_there_is_one_and_its_witness_runs(edges):
    """ROU-4: networkx and the check agree, and every step of the witness is an edge."""
    nodes = level_graph(edges)
    problems = SkillGraph(edges).problems()
    cyclic = not nx.is_directed_acyclic_graph(nodes)
    event("cyclic" if cyclic else "acyclic")
    assert bool(problems) == cyclic
    for problem in problems:
        steps = [(text.partition(">=")[0], int(text.partition(">=")[2] or 1)) for text in problem.witness]
        assert steps[0] == steps[-1]
        for one, other in itertools.pairwise(steps):
            down = one[0] == other[0] and one[1] > other[1]  # holding a level is holding every lower one
            assert down or nodes.has_edge(one, other)


@given(st.integers(0, 3), st.integers(1, 5), st.integers(1, 5))
def test_a_rule_for_all_levels_is_an_edge_for_each(drop, top, level):
    """ROU-3: a level gives the one that is lower by the drop, for every level up to the highest."""
    graph = SkillGraph([Implication("a", "b", drop=drop)], top={"a": top, "b": 9})
    assert graph.closure({"a": level}).get("b", 0) == max(min(level, top) - drop, 0)


def admits(graph, need, held, line, groups):
    """Whether somebody meets a requirement: said plainly."""
    closed = graph.closure(held)
    clauses = all(any(closed.get(skill.name, 0) >= skill.level for skill in clause) for clause in need.clauses)
    lines = need.lines is None or need.lines[0] <= line <= need.lines[1]
    return clauses and lines and (not need.groups or bool({*need.groups} & {*groups}))


PROFILES = [
    (dict(zip("abc", levels, strict=True)), line, groups)
    for levels in itertools.product((0, 1, 2, 3), repeat=3)
    for line in (1, 2, 3)
    for groups in ((), ("a",), ("b",), ("a", "b"))
]
SMALL = st.sampled_from(("a", "b"))


TO_C = st.lists(st.tuples(st.tuples(SMALL, LEVELS), st.tuples(st.just("c"), LEVELS)), max_size=2)


@given(TO_C, needs(SMALL), needs(SMALL))
def test_l7_the_proof_of_widening_agrees_with_every_profile(edges, earlier, later):
    """L7, ROU-10: what is called widening never keeps out whom the step before admits, tried on 768 profiles."""
    graph = SkillGraph(edges)
    relaxation = Relaxation([("1s", earlier), ("2s", later)])
    proved = not any(problem.code == "narrows" for problem in relaxation.problems(graph=graph))
    held = [({name: level for name, level in skills.items() if level}, *rest) for skills, *rest in PROFILES]
    kept_out = [one for one in held if admits(graph, earlier, *one) and not admits(graph, later, *one)]
    event(f"proved: {proved}, keeps out: {bool(kept_out)}")
    assert not (proved and kept_out)
    plain = all(len(clause) == 1 for clause in (*earlier.clauses, *later.clauses))
    if plain and not edges and len({*earlier.groups}) < 2 and not kept_out and _is_met(earlier):
        assert proved


def _is_met(need):
    """Somebody among the profiles meets it, or nothing could be said of it."""
    return any(admits(SkillGraph(), need, skills, line, groups) for skills, line, groups in PROFILES)


@given(needs(ODD))
def test_l20_the_text_of_a_requirement_is_read_back(need):
    """L20: names with blanks, words of the notation and signs stand in backquotes."""
    event("quoted" if "`" in str(need) else "plain")
    again = Requirement.parse(str(need))
    assert again == need
    assert hash(again) == hash(need)
    assert eval(repr(need), {"Requirement": Requirement}) == need


@given(st.text(max_size=30))
def test_any_text_is_read_or_told_what_is_wrong(text):
    """§5: no text brings the reader to a fall."""
    try:
        need = Requirement.parse(text)
    except DefinitionInvalid:
        event("not a requirement")
    else:
        event("a requirement")
        assert Requirement.parse(str(need)) == need


@given(CHANCE)
def test_l20_policies_and_agents_survive_their_plain_form(seed):
    """L20: plain data, TOML and back give the equal value with the equal hash."""
    chance = lives.Random(seed)
    for value in (lives.policy(chance), lives.agent(chance, "A1", 0), lives.work(chance, "W1", 0)):
        data = to_plain(value)
        if isinstance(value, RoutingPolicy | Agent | Work) and value.problems():
            continue
        again = from_plain(type(value), data)
        assert again == value
        assert hash(again) == hash(value)
        if "null" not in json.dumps(data):  # TOML cannot say "no timeout" or "never again"; JSON can
            event("TOML too")
            assert from_plain(type(value), tomllib.loads(toml_text(data))) == value
        assert from_plain(type(value), json.loads(json.dumps(data))) == value


def test_a_deadline_queue_forgets_nobody():
    """ROU-29: due dates, late work behind, and a wait after which it goes first."""
    queue = QueuePolicy.deadline("tickets", promote_after="8h", bands=("urgent", "normal"))
    assert (queue.order, queue.late, queue.problems()) == ("due", "behind", ())
