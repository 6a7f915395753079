"""Every refusal a decision can give, with its exact message (DEC-6, DEC-7, DEC-10)."""

from fractions import Fraction

import pendulum
import pytest

from servicedesk.errors import NaiveDatetimeError, Refusal
from servicedesk.testing import Standing
from servicedesk.workflow import (
    Actor,
    Category,
    Computed,
    DataField,
    For,
    Guard,
    Right,
    State,
    Step,
    Workflow,
    all_of,
    any_of,
    children_are,
    counter_below,
    has_mark,
    holds,
    negate,
    not_same_actor,
    supervision_answered,
    within,
)

SEAT, LEADER = Actor("a7", "seat"), Actor("a9", "leader")
STATES = [State("open", "active", born=True), State("done", "resolved", requires="solution"), State("gone", "closed")]
FIELDS = [
    DataField("solution"),
    DataField("cause", "choice", choices=("code", "site"), read_only_in=Category.CLOSED),
    DataField("count", "integer"),
    DataField("ratio", "number"),
]


def decided(step, subject=None, actor=SEAT, data=None, reason=None, **flow):
    steps = [Step("resolve", "open", "done", **step), Step("close", "done", "gone")]
    built = Workflow("q", 1, states=STATES, steps=steps, **flow).compile()
    return built.decide(
        subject or Standing("T-7", "open"), "resolve", actor=actor, at=10, data=data or {}, reason=reason
    )


DONE = {"solution": "patched"}


@pytest.mark.parametrize(
    ("step", "more", "message"),
    [
        ({}, {"subject": Standing("T-7", "gone")}, "cannot 'resolve' T-7 from 'gone': not_possible; possible: nothing"),
        (
            {"by": "leader"},
            {"data": DONE},
            "cannot 'resolve' T-7 from 'open': forbidden (roles=('leader',)); possible: nothing",
        ),
        (
            {"when": 'kind == "fault"'},
            {"data": DONE},
            "cannot 'resolve' T-7 from 'open': condition (when=('kind == \"fault\"',)); possible: nothing",
        ),
        ({}, {}, "cannot 'resolve' T-7 from 'open': missing_field (field='solution'); possible: resolve"),
        (
            {"reasons": ("code", "site")},
            {"data": DONE},
            "cannot 'resolve' T-7 from 'open': missing_reason (choices=('code', 'site')); possible: resolve",
        ),
        (
            {"reasons": ("code", "site")},
            {"data": DONE, "reason": "cod"},
            (
                "cannot 'resolve' T-7 from 'open': unknown_reason (reason='cod', choices=('code', 'site')); "
                "possible: resolve"
            ),
        ),
        (
            {},
            {"data": DONE, "reason": "code"},
            "cannot 'resolve' T-7 from 'open': unknown_reason (reason='code', choices=()); possible: resolve",
        ),
        (
            {"must_change": "solution"},
            {"subject": Standing("T-7", "open", DONE)},
            "cannot 'resolve' T-7 from 'open': unchanged_field (field='solution', value='patched'); possible: resolve",
        ),
        (
            {"needs": "seen", "gives": "seen"},
            {"data": DONE},
            "cannot 'resolve' T-7 from 'open': missing_mark (mark='seen'); possible: nothing",
        ),
        (
            {},
            {"data": {"soluton": "x", "count": 1}, "fields": FIELDS},
            "cannot 'resolve' T-7 from 'open': unknown_field (field='soluton', hint='solution'); possible: resolve",
        ),
        (
            {},
            {"data": {"count": True, "ratio": "1/2", "cause": "cod", "state": "gone"}, "fields": FIELDS},
            (
                "cannot 'resolve' T-7 from 'open': wrong_type (field='count', type='integer', value=True); "
                "wrong_type (field='ratio', type='number', value='1/2'); "
                "not_a_choice (field='cause', value='cod', choices=('code', 'site')); "
                "read_only (field='state'); possible: resolve"
            ),
        ),
    ],
)
def test_each_refusal_says_what_failed_and_what_was_possible(step, more, message):
    assert str(decided(step, **more)) == message


def test_an_unknown_step_is_not_an_impossible_one():
    """DEC-2: the first rung; a step that leaves no state at all is known and impossible."""
    flow = Workflow("q", 1, states=STATES, steps=[Step("wait", Category.WAITING, "done")]).compile()
    subject = Standing("T-7", "open")
    assert flow.decide(subject, "wiat", actor=SEAT, at=0).codes == ("unknown_step",)
    assert flow.decide(subject, "wait", actor=SEAT, at=0).codes == ("not_possible",)


def test_all_failing_checks_are_told_together_in_their_order():
    """DEC-6: fields, changes, reason, marks, guards; ties in declaration order."""
    step = {
        "requires": ("a", For("seat", "b"), For("leader", "c")),
        "must_change": "d",
        "reasons": "r",
        "needs": "m",
        "gives": "m",
        "counts": "n",
        "guards": (counter_below("n", 0), not_same_actor("resolve")),
    }
    answer = decided(step, Standing("T-7", "open", taken={"resolve": "a7"}))
    assert [(r.code, r.details.get("field")) for r in answer.refusals] == [
        ("missing_field", "a"),
        ("missing_field", "solution"),
        ("missing_field", "b"),
        ("unchanged_field", "d"),
        ("missing_reason", None),
        ("missing_mark", None),
        ("limit_reached", None),
        ("same_actor", None),
    ]


class Claim:
    agent, until = "a8", 20


@pytest.mark.parametrize(
    ("lock", "claim", "actor", "codes"),
    [
        ("respects", Claim, SEAT, ("claimed_by_other",)),
        ("respects", Claim, Actor("a8", "seat"), ()),
        ("respects", Claim, Actor.customer("c"), ()),
        ("respects", Claim, Actor.system("s"), ()),
        ("holder", None, SEAT, ("not_claimed",)),
        ("holder", Claim, SEAT, ("claimed_by_other",)),
        ("holder", Claim, Actor("a8", "seat"), ()),
        ("takes", Claim, SEAT, ("claimed_by_other",)),
        ("drops", None, SEAT, ()),
    ],
)
def test_a_claim_locks_persons_out_and_never_customers_or_systems(lock, claim, actor, codes):
    """CL-2: a claim holds in [since, until)."""
    subject = Standing("T-7", "open", DONE, claim=claim)
    answer = decided({"lock": lock}, subject, actor)
    assert getattr(answer, "codes", ()) == codes
    if not codes:
        assert answer.move.lock == lock


def test_data_are_looked_at_after_the_lock_and_before_the_checks():
    """DEC-2: the first rung that says no ends the ladder."""
    locked = Standing("T-7", "open", claim=Claim)
    wrong = {"count": "x"}
    assert decided({}, locked, data=wrong, fields=FIELDS).codes == ("claimed_by_other",)
    assert decided({}, data=wrong, fields=FIELDS).codes == ("wrong_type",)


def test_a_read_only_field_may_be_given_the_value_it_has():
    """WF-5: posting a form again changes nothing."""
    flow = Workflow(
        "q", 1, states=STATES, fields=FIELDS, steps=[Step("close", "open", "gone"), Step("note", "gone", ".")]
    ).compile()
    subject = Standing("T-7", "gone", {"cause": "code"})
    assert flow.decide(subject, "note", actor=SEAT, at=0, data={"cause": "site"}).codes == ("read_only",)
    assert flow.decide(subject, "note", actor=SEAT, at=0, data={"cause": "code"}).move.data == {"cause": "code"}
    assert flow.decide(subject, "note", actor=SEAT, at=0, data={"ratio": Fraction(1, 2), "count": 0}).move.stays


HOUR = 3_600_000_000


@pytest.mark.parametrize(
    ("guard", "subject", "refusal"),
    [
        (within("1h", "entered"), {"entered": 10 - HOUR}, None),
        (
            within("1h", "entered"),
            {"entered": 9 - HOUR},
            "window_expired (since='entered', span='1h', until='1970-01-01T00:00:00.000009+00:00')",
        ),
        (within("1h", "opened_at"), {}, "window_expired (since='opened_at', span='1h', until=None)"),
        (counter_below("n", 2), {"counters": {"n": 1}}, None),
        (counter_below("n", 2), {"counters": {"n": 2}}, "limit_reached (counter='n', count=2, limit=2)"),
        (not_same_actor("resolve"), {"taken": {"resolve": "a8"}}, None),
        (not_same_actor("resolve"), {"taken": {"resolve": "a7"}}, "same_actor (step='resolve', actor='a7')"),
        (children_are(("resolved", Category.CLOSED)), {"children": {"T-8": "closed"}}, None),
        (
            children_are(("resolved",)),
            {"children": {"T-9": "new", "T-8": "new"}},
            "open_children (children=('T-8', 'T-9'))",
        ),
        (holds("waiting > 3"), {"values": {"waiting": 4} | DONE}, None),
        (holds("waiting > 3"), {}, "guard (guard='holds', condition='waiting > 3')"),
        (has_mark("m"), {"marks": ("m",)}, None),
        (has_mark("m"), {}, "missing_mark (mark='m')"),
        (supervision_answered(), {}, None),
        (negate(has_mark("m"), "limit_reached"), {"marks": ("m",)}, "limit_reached (guard='negate')"),
        (negate(has_mark("m")), {}, None),
        (all_of(has_mark("m"), counter_below("n", 1)), {"marks": ("m",)}, None),
        (all_of(counter_below("n", 0), has_mark("m")), {}, "limit_reached (counter='n', count=0, limit=0)"),
        (any_of(has_mark("m"), counter_below("n", 1)), {}, None),
    ],
)
def test_each_built_in_guard_passes_and_refuses(guard, subject, refusal):
    """DEC-8: reasons are values; each guard's own code and details."""
    step = {"guards": guard, "gives": "m", "counts": "n"}
    answer = decided(step, Standing("T-7", "open", **({"values": DONE} | subject)))
    assert [str(no) for no in getattr(answer, "refusals", ())] == ([refusal] if refusal else [])


def test_any_of_keeps_the_reason_of_every_part():
    """DEC-8."""
    answer = decided({"guards": any_of(has_mark("m"), counter_below("n", 0)), "gives": "m", "counts": "n"}, data=DONE)
    assert answer.refusals[0].code == "guard"
    assert [no.code for no in answer.refusals[0]["reasons"]] == ["missing_mark", "limit_reached"]


@pytest.mark.parametrize("nonsense", [False, "yes", 2, True])
def test_a_guard_that_answers_nonsense_is_named(nonsense):
    """Trap, DEC-8: ``False`` explains nothing, ``"yes"`` or ``2`` must not block."""
    flow = Workflow("q", 1, states=STATES, steps=[Step("go", "open", "gone", guards=Guard("mine", {"limit": 2}))])
    compiled = flow.compile(guards={"mine": lambda *_, **__: nonsense})
    with pytest.raises(TypeError, match=f"the guard 'mine' answered {nonsense!r}; it must answer None or a Refusal"):
        compiled.decide(Standing("T-7", "open"), "go", actor=SEAT, at=0)


def test_a_guard_of_the_host_refuses_with_its_own_reason_and_its_errors_pass():
    """DEC-8: it gets its arguments; its exceptions propagate, nothing has changed."""
    flow = Workflow("q", 1, states=STATES, steps=[Step("go", "open", "gone", guards=Guard("mine", {"limit": 2}))])

    def mine(subject, request, limit):
        return Refusal("guard", {"over": subject.values["load"]}) if subject.values["load"] > limit else None

    compiled = flow.compile(guards={"mine": mine})
    assert (
        str(compiled.decide(Standing("T-7", "open", {"load": 3}), "go", actor=SEAT, at=0).refusals[0])
        == "guard (over=3)"
    )
    assert compiled.decide(Standing("T-7", "open", {"load": 2}), "go", actor=SEAT, at=0).move.target.name == "gone"
    with pytest.raises(KeyError, match="load"):
        compiled.decide(Standing("T-7", "open"), "go", actor=SEAT, at=0)


def test_a_resolver_that_answers_elsewhere_is_named():
    """WF-8."""
    flow = Workflow("q", 1, states=STATES, steps=[Step("go", "open", Computed("where", ("done", "gone")))])
    compiled = flow.compile(resolvers={"where": lambda *_: "open"})
    with pytest.raises(TypeError, match="the resolver 'where' answered 'open'; it must be one of done, gone"):
        compiled.decide(Standing("T-7", "open"), "go", actor=SEAT, at=0)


def test_a_naive_instant_is_named():
    """§5."""
    flow = Workflow("q", 1, states=STATES, steps=[Step("go", "open", "gone")]).compile()
    naive = pendulum.naive(2026, 3, 2, 10)
    for verb in (flow.decide, flow.explain):
        with pytest.raises(NaiveDatetimeError, match="at = 2026-03-02T10:00:00 has no time zone"):
            verb(Standing("T-7", "open"), "go", actor=SEAT, at=naive)
    with pytest.raises(NaiveDatetimeError):
        flow.available(Standing("T-7", "open"), actor=SEAT, at=naive)


def test_the_most_specific_right_rules_and_replaces_wider_ones():
    """ACT-1, ACT-3: source and target before target before source before none; a named step before any."""
    flow = Workflow(
        "q",
        1,
        states=[State("a", "active", born=True), State("b", "active"), State("c", "closed")],
        steps=[Step("go", "a", "b"), Step("go", "b", "c"), Step("end", ("a", "b"), "c")],
        rights=[
            Right(roles="any"),
            Right(roles="go", step="go"),
            Right(roles="from_b", source="b"),
            Right(roles="to_c", target="c"),
            Right(roles="end_to_c", step="end", target="c"),
            Right(roles="b_to_c", source="b", target="c"),
        ],
    ).compile()
    ways = {("a", "go"): "go", ("b", "go"): "b_to_c", ("a", "end"): "end_to_c", ("b", "end"): "b_to_c"}
    for (state, step), role in ways.items():
        roles = [flow.decide(Standing("T-7", state), step, actor=Actor("x", "none"), at=0).refusals[0]["roles"]]
        assert roles == [(role,)]


def test_explain_reads_as_a_page():
    """DEC-9: every candidate, every check, passed or failed."""
    flow = Workflow(
        "q",
        1,
        states=STATES,
        steps=[
            Step("resolve", "open", "gone", by="leader", when='kind == "spam"'),
            Step("resolve", "open", "done", by="seat", reasons="code", needs="m", guards=counter_below("n", 1)),
            Step("look", "open", ".", by="seat", gives="m", counts="n"),
        ],
    ).compile()
    told = flow.explain(Standing("T-7", "open", DONE), "resolve", actor=SEAT, at=0)
    assert str(told) == (
        "'resolve': missing_reason (choices=('code',)); missing_mark (mark='m')\n"
        "to 'gone': not chosen\n"
        "  role: does not fit\n"
        '  when unknown: kind == "spam"\n'
        '    unknown: kind == "spam", kind is unknown (decisive)\n'
        "to 'done': chosen\n"
        "  role: fits\n"
        "  requires 'solution': passed\n"
        "  reason: missing_reason (choices=('code',))\n"
        "  needs 'm': missing_mark (mark='m')\n"
        "  Guard(counter_below, counter='n', limit=1): passed"
    )


def test_a_named_target_outranks_a_named_source():
    """ACT-1: the order of ranks, where both patterns fit."""
    states = [State("a", "active", born=True), State("b", "closed")]
    rights = [Right(roles="from_a", source="a", step="go"), Right(roles="to_b", target="b")]
    flow = Workflow("q", 1, states=states, steps=[Step("go", "a", "b")], rights=rights).compile()
    assert flow.decide(Standing("T-7", "a"), "go", actor=Actor("x", "to_b"), at=0).move.target.name == "b"
    assert flow.decide(Standing("T-7", "a"), "go", actor=Actor("x", "from_a"), at=0).codes == ("forbidden",)
