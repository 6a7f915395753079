"""The ready-made loops: figures, a happy path each, and what each refuses (workflow §3.12, examples 1 to 3)."""

import pytest
from attrs import evolve

from servicedesk.errors import DefinitionInvalid, Refused
from servicedesk.testing import Standing
from servicedesk.workflow import (
    ANY,
    SAME,
    STAY,
    Actor,
    Category,
    Computed,
    DataField,
    InGroup,
    Promise,
    Return,
    State,
    Step,
    Timer,
    Workflow,
    counter_below,
    library,
)
from servicedesk.workflow.notation import read
from servicedesk.workflow.product import explore

HOUR = 3_600_000_000
DAY = 24 * HOUR

FIGURES = {
    "consultation": (8, 14, 19, 23, 8),
    "fault": (9, 17, 24, 32, 9),
    "defect": (10, 16, 19, 19, 10),
    "complaint": (8, 13, 15, 15, 15),
    "data_maintenance": (9, 16, 19, 19, 16),
    "self_service": (7, 12, 14, 14, 7),
    "business_expansion": (13, 24, 33, 33, 58),
    "alarm": (6, 9, 14, 14, 6),
    "work_order": (7, 9, 12, 12, 7),
}


@pytest.mark.parametrize("name", FIGURES)
def test_example_3_the_nine_loops_have_their_figures(name):
    """Example 3, LIB-1: states / steps / (state, step) pairs / edges with Return expanded / product nodes."""
    flow = getattr(library, name)()
    table = flow.compile().table
    edges = sum(len(candidates) for candidates in table.values())
    names = {step.name for step in flow.steps}
    assert (len(flow.states), len(names), len(table), edges, len(explore(flow).nodes)) == FIGURES[name]


@pytest.mark.parametrize("loop", library.LOOPS)
def test_every_loop_is_without_error_and_dead_step_and_labelled(loop):
    """Example 3, LIB-1, LIB-6: no error, no dead step; states and steps read in Chinese and English."""
    flow = loop()
    codes = {problem.code for problem in flow.problems()}
    assert not codes & {"dead_step", "unreachable_state", "trap", "no_way_to_closed", "nobody_may", "promise_broken"}
    assert all(
        set(part.labels) == {"zh", "en"} for part in (*flow.states, *flow.steps, *flow.fields, *flow.all_marks, flow)
    )
    assert flow.unlabelled("zh") == flow.unlabelled("en") == ()
    everything = len(flow.states) + len({step.name for step in flow.steps}) + len(flow.fields) + len(flow.all_marks)
    assert len(flow.unlabelled("fr")) == everything


@pytest.mark.parametrize("loop", library.LOOPS)
def test_a_loop_prints_as_it_was_written(loop):
    """LIB-6: the printed form reads back to the same states, steps, sources, targets, roles and proofs."""
    flow = loop()
    head, *rest = str(flow).splitlines()
    again = read(head.split()[0], "\n".join(rest))
    assert str(again) == str(flow)
    assert [(s.name, s.source, s.target, s.by, s.needs) for s in again.steps] == [
        (s.name, s.source, s.target, s.by, s.needs) for s in flow.steps
    ]


def test_example_1_dominators_deceive():
    """Example 1, CHK-3, CHK-4: every path passes the callback, and one still ends without it; six nodes, one breach."""
    flow = read(
        "loop",
        """handling:active calling:resolved confirmed:resolved archived:closed fixing:active
        resolve: handling > calling; confirm: calling > confirmed +callback; archive: confirmed > archived
        complain_again: confirmed > fixing; close_quietly: fixing > archived""",
        promises=[Promise("archived", "callback")],
    )
    product = explore(flow)
    assert len(product.nodes) == 6
    assert [breach.steps for breach in product.breaches] == [("resolve", "confirm", "complain_again", "close_quietly")]
    with pytest.raises(DefinitionInvalid) as caught:
        flow.compile()
    assert str(caught.value) == (
        "workflow 'loop': promises[0]: 'archived' is reached without callback: "
        "resolve, confirm, complain_again, close_quietly"
    )
    import networkx as nx

    from servicedesk.workflow.checks import graph

    above = nx.immediate_dominators(graph(flow), "handling")
    assert (above["archived"], above["confirmed"]) == ("confirmed", "calling")


def test_example_2_a_damaged_complaint_is_found_by_its_shortest_way():
    """Example 2, CHK-3: 22 nodes, 3 breaches; assign, submit, reply, confirm, archive lacks reviewed and urged."""
    flow = library.complaint()
    damaged = [
        evolve(step, needs=(), source=("reviewed", "in_review") if step.name == "reply" else step.source)
        for step in flow.steps
    ]
    product = explore(evolve(flow, steps=tuple(damaged)))
    assert (len(product.nodes), len(product.breaches)) == (22, 3)
    assert product.breaches[0].steps == ("assign", "submit", "reply", "confirm", "archive")
    assert product.breaches[0].lacks == ("reviewed", "urged")


class Life:
    """A ticket walked through a loop: it takes on what each accepted move says."""

    def __init__(self, flow, **values):
        self.flow, self.at = flow.compile(), 0
        born = self.flow.born[0]
        last = born.name if born.category.value == "active" else None
        self.subject = Standing("T-7", born.name, values, last_active=last)

    def take(self, step, actor, reason=None, **data):
        who = actor if isinstance(actor, Actor) else ACTORS[actor]
        answer = self.flow.decide(self.subject, step, actor=who, at=self.at, data=data, reason=reason)
        if isinstance(answer, Refused):
            return answer.codes
        move, old = answer.move, self.subject
        values = {name: value for name, value in {**old.values, **move.data}.items() if value is not None}
        taken = {**(old.taken if move.round == old.round else {}), step: who.id}
        active = move.target.category.value == "active"
        self.subject = evolve(
            old,
            state=move.target.name,
            values=values,
            taken=taken,
            last_active=move.target.name if active else old.last_active,
            **{name: getattr(move, name) for name in AFTER},
        )
        return move.target.name


AFTER = ("entered", "round", "line", "reason", "outcome", "marks", "counters", "timers")
ROLES = ("seat", "expert", "back", "leader", "reviewer", "caller", "approver", "centre", "dept")
ACTORS = {role: Actor(f"a-{role}", role) for role in ROLES}
ACTORS |= {"customer": Actor.customer("c-17"), "system": Actor.system("nightly"), "expert2": Actor("a-e2", "expert")}


def test_a_fault_goes_up_three_lines_is_held_and_resumes_at_its_line():
    """LIB-2, LIB-3, WF-8, RO-1: held at the back line, resumed there; returned twice, no more; reworked."""
    life = Life(library.fault(), verification="checked")
    assert life.take("take", "seat") == "at_seat"
    assert life.take("escalate", "seat", "data_permission") == "at_expert"
    assert life.take("escalate_out", "expert", "no_permission") == "at_back"
    assert (life.subject.line, life.subject.reason) == (3, "no_permission")
    assert life.take("hold", "back", "parts") == "waiting"
    assert life.take("customer_replied", "customer") == "at_back"
    for _ in range(2):
        assert life.take("return", "back", "wrong_team") == "at_expert"
        assert life.take("escalate_out", "expert", "code_defect") == "at_back"
    assert life.take("return", "back", "wrong_team") == ("limit_reached",)
    assert life.take("resolve", "back", solution="patched", resolution_code="code") == "resolved"
    assert life.take("confirm", "caller", result="objected") == ("guard",)
    assert life.take("confirm", "caller", effective=False, satisfaction=5) == ("guard",)
    assert life.take("confirm", "caller", result="confirmed", satisfaction=1) == "called_back"
    assert life.subject.timers == (("archive", DAY),)
    assert life.take("rework", "caller", "not_effective") == "at_back"
    assert (life.subject.round, life.subject.marks, life.subject.outcome) == (2, (), None)
    assert "solution" not in life.subject.values
    assert life.take("resolve", "back", resolution_code="code") == ("missing_field",)
    assert life.take("resolve", "back", solution="really", resolution_code="code") == "resolved"
    assert life.take("confirm", "caller") == "called_back"
    assert life.take("archive", "system") == "archived"


def test_once_a_leader_insists_nothing_is_returned():
    """LIB-2: any return once insisted is refused as a limit."""
    life = Life(library.fault(), verification="checked")
    for step, actor, reason in (("take", "seat", None), ("escalate", "seat", "system_logic")):
        life.take(step, actor, reason)
    life.take("escalate_out", "expert", "site_work")
    assert life.take("insist", "leader", decision="yours") == "at_back"
    assert life.take("return", "back", "wrong_team") == ("limit_reached",)


def test_a_complaint_is_archived_only_reviewed_urged_answered_and_called_back():
    """LIB-1, LIB-2: the reviewer is not the author; without the urge it stays; the old callback dies with the round."""
    life = Life(library.complaint())
    life.take("assign", "leader", department="marketing")
    both = Actor("a-both", ("leader", "reviewer"))
    assert life.take("submit", both, findings="true") == "in_review"
    assert life.take("review_passed", both) == ("same_actor",)
    assert life.take("review_passed", "reviewer") == "reviewed"
    assert life.take("reply", "leader", answer="sorry") == "resolved"
    assert life.take("confirm", "caller") == "called_back"
    assert life.take("archive", "leader") == ("missing_mark",)
    life.subject = evolve(life.subject, marks=tuple(sorted((*life.subject.marks, "urged"))))
    assert life.take("archive", "leader") == "archived"
    assert life.take("reopen", "customer") == "investigating"
    assert life.subject.marks == ("urged",)
    assert library.complaint(urging=False).promises == (Promise("archived", ("callback", "reviewed", "answered")),)
    assert library.report().name == "report"


def test_a_data_change_is_approved_executed_and_checked_by_three():
    """LIB-1, LIB-2, LIB-4: operation selects extract or execute; whoever executed does not check."""
    life = Life(library.data_maintenance(), operation="execute")
    life.take("take", "seat")
    assert life.take("request_approval", "seat", data_scope="meters", requester="dept") == "awaiting_approval"
    assert life.take("approve", "approver") == "at_expert"
    assert life.take("extract", "expert", result_ref="r") == ("condition",)
    assert life.take("execute", "expert", result_ref="r") == "in_check"
    assert life.take("check", "expert") == ("same_actor",)
    assert life.take("check", "expert2") == "resolved"


def test_a_request_from_the_portal_archives_itself_and_can_be_reopened_for_a_week():
    """LIB-4, RO-1, TM-1: within 7 days to the microsecond; timers of 72 h and 0."""
    life = Life(library.self_service())
    life.take("lock", "expert")
    assert life.take("deliver", "expert", result_ref="r") == "delivered"
    assert life.subject.timers == (("no_response", 72 * HOUR),)
    assert life.take("respond", "customer") == "responded"
    assert life.subject.timers == (("archive", 0),)
    assert life.take("archive", "system") == "archived"
    life.at = 7 * DAY + 1
    assert life.take("reopen", "customer") == ("window_expired",)
    life.at = 7 * DAY
    assert life.take("reopen", "customer") == "requested"


def test_a_business_expansion_goes_the_high_voltage_way():
    """LIB-1, LIB-5: voltage selects the answer; nothing is energised that was not checked."""
    life = Life(library.business_expansion(), voltage="high")
    life.take("arrange_survey", "seat")
    life.take("survey_done", "dept", survey_ref="s")
    assert life.take("answer_low", "dept", scheme_ref="s") == ("condition",)
    assert life.take("answer_high", "dept", scheme_ref="s") == "at_customer"
    assert life.take("call_completion", "customer") == ("missing_mark", "missing_mark")
    life.take("submit_design", "customer", design_ref="d")
    life.take("design_passed", "dept")
    life.take("call_mid", "customer")
    life.take("mid_passed", "dept")
    life.take("call_completion", "customer")
    assert life.take("completion_passed", "dept") == "contract"
    assert life.take("sign", "seat", contract_ref="c") == "energising"
    assert life.take("energise", "dept", meter_ref="m") == "resolved"


def test_an_alarm_is_verified_and_a_suppressed_one_comes_back_at_its_field():
    """LIB-1, LIB-5, TM-1: a timer of a field is due at the field's instant."""
    life = Life(library.alarm())
    assert life.take("suppress", "leader", window_until=5 * HOUR) == "suppressed"
    assert life.subject.timers == (("window_over", 5 * HOUR),)
    assert life.take("window_over", "system") == "raised"
    life.take("signal_cleared", "system")
    assert life.subject.timers == (("settle", 15 * 60 * 1_000_000),)
    assert life.take("settle", "system") == "closed"


def test_a_work_order_is_declined_twice_redirected_elsewhere_and_answered():
    """LIB-2: a third decline is refused; redirecting must change the department."""
    life = Life(library.work_order(), department="north")
    for department in ("south", "east"):
        assert life.take("decline", "dept", "wrong_address") == "unassigned"
        assert life.take("redirect", "centre") == ("unchanged_field",)
        assert life.take("redirect", "centre", department=department) == "issued"
    assert life.take("decline", "dept", "wrong_address") == ("limit_reached",)
    life.take("sign", "dept")
    assert life.take("answer", "dept", answer="done") == "answered"
    assert life.take("send_back", "centre", finding="no") == "working"
    life.take("answer", "dept", answer="now")
    assert life.take("accept_answer", "centre") == "completed"


def test_a_defect_is_verified_by_another_than_who_delivered():
    """LIB-2: four eyes on the delivery."""
    life = Life(library.defect())
    life.take("take", "seat")
    life.take("escalate", "seat")
    life.take("confirm_defect", "expert", defect_ref="D-1")
    life.take("plan", "back", release="2.1", release_at=DAY)
    both = Actor("a-both", ("back", "expert"))
    life.take("deliver", both)
    assert life.take("verify", both) == ("same_actor",)
    assert life.take("verify", "expert") == "resolved"


def test_a_consultation_is_answered_in_the_call():
    """CB-1: answered, confirmed before hanging up, archived by itself."""
    life = Life(library.consultation())
    life.take("take", "seat")
    assert life.take("resolve_in_call", "seat") == ("missing_field",)
    assert life.take("resolve_in_call", "seat", answer="at noon", method="in_call") == "called_back"
    assert "method" not in life.subject.values
    assert life.take("archive", "system") == "archived"


def test_a_stranger_extends_a_loop():
    """LIB-6, WF-4: a state and a step more, version 2; the diff says what changed."""
    old = library.fault()
    new = old.extend(
        version=2,
        states=[State("at_vendor", "waiting")],
        steps=[
            Step("to_vendor", "at_back", "at_vendor", by="back"),
            Step("from_vendor", "at_vendor", "at_back", by="vendor"),
        ],
    )
    assert [str(change) for change in old.diff(new)] == [
        "states['at_vendor'] added",
        "steps['to_vendor'] added",
        "steps['from_vendor'] added",
    ]
    assert ("at_back", "at_vendor") in new.compile().edges
    fewer = new.extend(version=3, without="insist")
    assert str(new.diff(fewer)[0]) == "steps['insist'] removed"


def test_a_supervised_ticket_is_not_closed_unanswered():
    """SUP-4: must_answer blocks entry to a closed state, and only that."""
    flow = Workflow(
        "w",
        1,
        states=[State("a", "active", born=True), State("b", "resolved"), State("c", "closed")],
        steps=[Step("resolve", "a", "b"), Step("close", "b", "c")],
        must_answer=True,
    )

    class Unanswered:
        answered = False

    compiled, actor = flow.compile(), Actor("a7")
    supervised = Standing("T-7", "b", supervision=Unanswered())
    assert compiled.decide(supervised, "close", actor=actor, at=0).codes == ("supervision_unanswered",)
    assert compiled.decide(evolve(supervised, state="a"), "resolve", actor=actor, at=0).move.target.name == "b"
    assert compiled.decide(Standing("T-7", "b"), "close", actor=actor, at=0).move.target.name == "c"


def test_a_table_says_every_kind_of_source_target_check_and_effect():
    """LIB-6: in words, a line for each candidate; other languages label the states."""
    flow = Workflow(
        "w",
        1,
        states=[
            State("open", "new", born=True, group="desk", timers=[Timer("nudge", "1h")]),
            State("work", "active", group="desk"),
            State("held", "waiting"),
            State("done", "closed", labels={"zh": "归档"}),
        ],
        steps=[
            Step("start", Category.NEW, "work", lock="takes", reasons=("a", "b")),
            Step("nudge", "open", STAY),
            Step("again", InGroup("desk"), SAME, must_change="x"),
            Step("hold", "work", "held"),
            Step("back", "held", Return("work", "open", default="work")),
            Step("pick", "held", Computed("by_x", ("work", "open"))),
            Step(
                "close", ANY, "done", when='x == "y"', needs="m", records="callback", guards=[counter_below("n", 3)],
                counts="n", voids="m",
            ),
            Step("mark", "work", STAY, gives="m"),
        ],
        fields=[DataField("x")],
    )  # fmt: skip
    assert flow.table(language="zh").split("\n")[2:-1] == [
        "| start | every new state | work |  | one of a, b | lock: takes |",
        "| nudge | open | stays |  |  | by itself @1h |",
        "| again | group desk | again |  | changed x |  |",
        "| hold | work | held |  |  |  |",
        "| back | held | back to work, open |  |  |  |",
        "| pick | held | by\\_x: work, open |  |  |  |",
        (
            "| close | every state | 归档 |  | when x == \"y\"; mark m; counter\\_below, counter='n', limit=3 "
            "| voids m; counts n; records a callback |"
        ),
        "| mark | work | stays |  |  | gives m |",
    ]
