"""The closed loops 闭环, ready made: every one a value, to be taken as it is or extended (§3.12, LIB-1 to LIB-6).

Each loop is written in the notation of `servicedesk.workflow.notation`, and what the notation cannot say stands below
it. Names of steps, codes and spans are *illustrative*; what is *documented* of a desk is said to be so, with the desk.
Roles: ``seat expert back`` (together ``staff``), ``leader reviewer caller approver centre dept customer system``.

>>> fault()
<Workflow 'fault' version 1: 9 states, 17 steps>
"""

from __future__ import annotations

from attrs import evolve

from servicedesk.workflow.beside import Lease
from servicedesk.workflow.declared import DataField, Mark, Promise
from servicedesk.workflow.definition import Workflow
from servicedesk.workflow.guards import counter_below, has_mark, negate
from servicedesk.workflow.library_itil import change, incident, problem, request
from servicedesk.workflow.library_parts import TAIL, dressed, loop, pause, ring
from servicedesk.workflow.state import Timer
from servicedesk.workflow.words import URGE

__all__ = [
    "LOOPS",
    "alarm",
    "business_expansion",
    "change",
    "complaint",
    "consultation",
    "data_maintenance",
    "defect",
    "fault",
    "incident",
    "problem",
    "report",
    "request",
    "self_service",
    "work_order",
]

_CALLBACK = Promise("archived", "callback")


def consultation() -> Workflow:
    """Return the loop of a consultation 咨询: answered by a seat, or by an expert seat.

    *Documented*: a kind of its own, answered by two levels of seats (Yundian Tongfang 2013).
    """
    shape = f"""
    accepted:new:1 at_seat:active:1 at_expert:active:2 waiting:waiting {TAIL} cancelled:closed*
    take: accepted > at_seat [seat]
    escalate: at_seat > at_expert [seat leader] #beyond_knowledge,system_logic,data_permission
    {pause("at_seat at_expert")}
    resolve: at_seat at_expert > resolved [seat expert] ?answer
    resolve_in_call: at_seat > called_back [seat] ?answer +callback
    {loop("< at_seat at_expert", "at_seat")}
    cancel: accepted at_seat waiting > cancelled [seat leader] #withdrawn,invalid,out_of_scope
    """
    return dressed("consultation", shape, promises=[_CALLBACK])


def fault() -> Workflow:
    """Return the loop of a fault 故障 over three lines; handing out always says why (LIB-3).

    A third return, and any once the leader insisted, is refused (LIB-2). *Documented*: ordinary seats, expert seats,
    and a rest that is handed out for technical reasons such as a missing permission (Yundian Tongfang 2013).
    """
    shape = f"""
    accepted:new:1 at_seat:active:1 at_expert:active:2 at_back:active:3 waiting:waiting {TAIL} cancelled:closed*
    take: accepted > at_seat [seat]
    escalate: at_seat > at_expert [seat leader] #beyond_knowledge,system_logic,data_permission ?verification
    escalate_out: at_expert > at_back [expert leader] \
#no_permission,code_defect,infrastructure,third_party,site_work ?verification
    return: at_back > at_expert [back] #wrong_team,missing_facts,solvable_at_desk ^returns
    insist: at_back > . [leader] ?decision +insisted
    {pause("at_seat at_expert at_back")}
    resolve: at_seat at_expert at_back > resolved [staff] ?solution,resolution_code
    resolve_in_call: at_seat > called_back [seat] ?solution,resolution_code +callback
    {loop("< at_seat at_expert at_back", "at_seat")}
    cancel: accepted at_seat waiting > cancelled [seat leader] #withdrawn,invalid
    """
    more = {"return": {"guards": (counter_below("returns", 2), negate(has_mark("insisted"), "limit_reached"))}}
    return dressed("fault", shape, more, promises=[_CALLBACK])


def defect() -> Workflow:
    """Return the loop of a defect 缺陷: planned into a release, delivered, verified by another person.

    *Illustrative*; that a defect is a kind of its own is documented (Yundian Tongfang 2017).
    """
    shape = f"""
    accepted:new:1 at_seat:active:1 at_expert:active:2 at_back:active:3 planned:waiting delivered:active:2 \
{TAIL} cancelled:closed*
    take: accepted > at_seat [seat]
    escalate: at_seat > at_expert [seat]
    not_a_defect: at_expert > resolved [expert] ?answer
    confirm_defect: at_expert > at_back [expert] ?defect_ref
    plan: at_back > planned [back] ?release,release_at
    replan: planned > . [back] ?release_at
    deliver: at_back planned > delivered [back] ?release
    verify: delivered > resolved [expert] +verified
    verify_failed: delivered > at_back [expert] ?finding ^verify_failures
    {loop("at_expert", "at_seat")}
    cancel: accepted at_seat > cancelled [seat leader] #withdrawn,invalid
    """
    return dressed("defect", shape, promises=[_CALLBACK])


def complaint(*, urging: bool = True, name: str = "complaint") -> Workflow:
    """Return the loop of a complaint 投诉: reviewed, urged and answered before it is archived (LIB-1).

    *Documented*: 有复核、有督促、有回复 (Meishan 3186). Nothing pauses it. ``urging=False`` drops the urge from what is
    proved.
    """
    proofs = ("callback", "reviewed", "urged", "answered") if urging else ("callback", "reviewed", "answered")
    shape = f"""
    accepted:new investigating:active in_review:active reviewed:active {TAIL} withdrawn:closed*
    assign: accepted > investigating [leader] ?department
    reassign: investigating > . [leader] ?department
    submit: investigating > in_review [dept leader] ?findings
    review_passed: in_review > reviewed [reviewer] +reviewed
    review_failed: in_review > investigating [reviewer] ?finding -reviewed ^review_failures
    reply: reviewed > resolved [leader] !reviewed ?answer +answered
    {ring("resolved", "called_back")}
    rework: resolved called_back > investigating [caller leader] #not_effective,dissatisfied,incomplete ^reworks
    archive: called_back > archived [leader] !{",".join(proofs)}
    reopen: archived > investigating [customer leader] ^reopens
    withdraw: accepted investigating > withdrawn [leader] ?withdrawal_ref
    """
    return dressed(
        name,
        shape,
        reopen_within="30d",
        promises=[Promise("archived", proofs)],
        marks=[Mark("urged", "ticket")] if urging else [],
        marks_from={"urge": "urged"} if urging else {},
        supervision=("4h", "2h"),
        must_answer=True,
    )


def report() -> Workflow:
    """Return the loop of a report 举报 of misconduct: a complaint's, as a kind of its own (LIB-2).

    *Documented*: a kind beside complaints, handled as strictly (Meishan 3186).
    """
    return complaint(name="report")


def data_maintenance() -> Workflow:
    """Return the loop of data maintenance 数据运维: a change is approved, executed and checked by another (LIB-4).

    The field ``operation`` selects whether data are only extracted. *Illustrative*; the kind is documented (Yundian
    Tongfang 2017).
    """
    shape = f"""
    accepted:new:1 at_seat:active:1 awaiting_approval:waiting at_expert:active:2 in_check:active:2 {TAIL} \
cancelled:closed*
    take: accepted > at_seat [seat]
    pass_on: at_seat > at_expert [seat] ?data_scope
    request_approval: at_seat > awaiting_approval [seat] ?data_scope,requester
    approve: awaiting_approval > at_expert [approver] +approved
    refuse: awaiting_approval > resolved [approver] #no_right,wrong_scope,unsafe
    extract: at_expert > resolved [expert] ?result_ref
    execute: at_expert > in_check [expert] !approved ?result_ref +executed
    check: in_check > resolved [expert] +checked
    check_failed: in_check > at_expert [expert] ?finding -executed ^check_failures
    {loop("at_seat", "at_seat")}
    cancel: accepted at_seat awaiting_approval > cancelled [seat customer] #withdrawn,invalid
    """
    # A change that was passed on without approval could only be given up: nobody past the seat asks for it.
    ways = {"pass_on": "extract", "extract": "extract", "execute": "execute"}
    more = {step: {"when": f'operation == "{operation}"'} for step, operation in ways.items()}
    operation = DataField("operation", "choice", choices=("extract", "execute"))
    promises = [_CALLBACK, Promise("check", ("approved", "executed"))]
    return dressed("data_maintenance", shape, more, fields=[operation], promises=promises)


def self_service() -> Workflow:
    """Return the loop of a request from the portal 自助服务: looking is the callback; it archives itself (LIB-4).

    *Documented*: an engineer locks and delivers; a view, a download or a rating is the callback, then it archives
    itself (Yundian Tongfang 2017).
    """
    shape = f"""
    requested:new locked:active:2 delivered:resolved call_due:resolved responded:resolved archived:closed \
cancelled:closed*
    lock: requested > locked [expert]
    unlock: locked > requested [expert leader system]
    deliver: locked > delivered [expert] ?result_ref
    respond: delivered call_due > responded [customer] +callback
    object: delivered call_due > requested [customer] ?opinion ^reworks
    no_response: delivered > call_due [system] @72h
    {ring("call_due", "responded")}
    archive: responded > archived [system] !callback @0
    reopen: archived > requested [customer] ^reopens
    cancel: requested > cancelled [customer expert]
    """
    return dressed(
        "self_service",
        shape,
        {"lock": {"lock": "takes"}, "unlock": {"lock": "drops"}},
        promises=[_CALLBACK],
        lease=Lease(then="unlock"),
    )


def business_expansion() -> Workflow:
    """Return the loop of business expansion 业扩报装: the voltage selects the answer, the customer's time waits.

    *Illustrative*; that it is a kind of its own is documented (Baoji 95598).
    """
    shape = f"""
    accepted:new survey:active scheme:active at_customer:waiting design_review:active mid_inspection:active \
completion_check:active \
contract:active energising:active {TAIL} withdrawn:closed*
    arrange_survey: accepted > survey [seat]
    survey_done: survey > scheme [dept] ?survey_ref
    survey_failed: survey > at_customer [dept] #no_access,not_ready
    retry_survey: at_customer > survey [customer seat]
    answer_low: scheme > contract [dept] ?scheme_ref +built_ok
    answer_high: scheme > at_customer [dept] ?scheme_ref +scheme_ok
    submit_design: at_customer > design_review [customer] !scheme_ok ?design_ref
    design_passed: design_review > at_customer [dept] +design_ok
    design_failed: design_review > at_customer [dept] ?finding -design_ok
    call_mid: at_customer > mid_inspection [customer] !design_ok
    mid_passed: mid_inspection > at_customer [dept] +mid_ok
    mid_failed: mid_inspection > at_customer [dept] ?finding
    call_completion: at_customer > completion_check [customer] !design_ok,mid_ok
    completion_passed: completion_check > contract [dept] +built_ok
    completion_failed: completion_check > at_customer [dept] ?finding
    sign: contract > energising [seat] !built_ok ?contract_ref
    energise: energising > resolved [dept] ?meter_ref
    {loop("energising", "energising")}
    withdraw: accepted survey scheme at_customer design_review mid_inspection completion_check contract energising \
> withdrawn [customer seat]
    """
    voltage = DataField("voltage", "choice", choices=("low", "high"))
    return dressed(
        "business_expansion",
        shape,
        {"answer_low": {"when": 'voltage == "low"'}, "answer_high": {"when": 'voltage == "high"'}},
        fields=[voltage],
        marks=[Mark(name, "ticket") for name in ("scheme_ok", "design_ok", "mid_ok", "built_ok")],
        promises=[_CALLBACK, Promise("energise", "built_ok")],
    )


def alarm() -> Workflow:
    """Return the loop of an alarm 告警: verification replaces the callback (LIB-5).

    *Illustrative*; that monitoring begins incidents by itself is documented (Yundian Tongfang 2013).
    """
    shape = """
    raised:new acknowledged:active recovering:active suppressed:waiting observing:resolved closed:closed*
    acknowledge: raised > acknowledged [seat back]
    start_recovery: acknowledged > recovering [back]
    signal_cleared: raised acknowledged recovering > observing [system]
    signal_returned: observing > recovering [system] ^flaps
    settle: observing > closed [system] +verified @15min
    false_alarm: raised acknowledged > closed [back leader] #sensor,test,known +verified
    suppress: raised acknowledged > suppressed [leader] ?window_until
    window_over: suppressed > raised [system] @window_until
    open_fault: acknowledged recovering > . [back]
    """
    return dressed("alarm", shape, {"open_fault": {"opens": "fault"}}, promises=[Promise("closed", "verified")])


def work_order() -> Workflow:
    """Return the loop of a work order 工单 to a department: signed, answered, accepted by the centre (LIB-5).

    *Documented*: work orders go round the departments under supervision (Baoji 95598). It is so from the start, and
    urged if nobody signs it within four hours.
    """
    shape = """
    issued:new unassigned:new working:active waiting:waiting answered:resolved completed:closed* recalled:closed*
    sign: issued > working [dept]
    decline: issued > unassigned [dept] #not_our_scope,wrong_address ^declines
    redirect: unassigned > issued [centre] ?department
    hold: working > waiting [dept] #site_access,outage_window,parts
    resume: waiting > working [dept]
    answer: working > answered [dept] ?answer
    accept_answer: answered > completed [centre] +accepted_answer
    send_back: answered > working [centre] ?finding ^send_backs
    recall: issued unassigned working waiting > recalled [centre]
    """
    more: dict[str, dict[str, object]] = {
        "decline": {"guards": counter_below("declines", 2)},
        "redirect": {"must_change": "department"},
    }
    promises = [Promise("completed", "accepted_answer")]
    loop = dressed("work_order", shape, more, promises=promises, supervision=("4h", "2h"), must_answer=True)
    issued = evolve(loop.states[0], timers=(*loop.states[0].timers, Timer(URGE, "4h")))
    return evolve(loop, states=(issued, *loop.states[1:]), supervised=True)


LOOPS = (
    *(consultation, fault, defect, complaint, data_maintenance, self_service, business_expansion, alarm, work_order),
    *(report, incident, request, problem, change),
)
"""Every ready-made loop: the nine, the report, and four by ITIL's names."""
