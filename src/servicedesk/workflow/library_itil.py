"""Four loops by ITIL's names, small and *illustrative* (LIB-6): a start for desks that speak ITIL."""

from __future__ import annotations

from servicedesk.workflow.declared import Mark, Promise
from servicedesk.workflow.definition import Workflow
from servicedesk.workflow.guards import not_same_actor
from servicedesk.workflow.library_parts import dressed

__all__ = ["change", "incident", "problem", "request"]


def incident() -> Workflow:
    """Return the loop of an incident: restored as fast as possible, closed on confirmation or by itself.

    *Illustrative*.
    """
    shape = """
    new:new in_progress:active:1 on_hold:waiting resolved:resolved closed:closed cancelled:closed*
    start: new > in_progress [seat]
    hand_on: in_progress > . [staff] ?department
    hold: in_progress > on_hold [staff] #customer,third_party,agreed_window,parts
    resume: on_hold > in_progress [staff customer]
    resolve: in_progress > resolved [staff] ?solution
    close: resolved > closed [customer seat system] @72h
    reopen: resolved closed > in_progress [customer seat] ^reopens
    cancel: new in_progress on_hold > cancelled [seat leader] #withdrawn,invalid
    """
    return dressed("incident", shape)


def request() -> Workflow:
    """Return the loop of a service request: approved before it is fulfilled.

    *Illustrative*.
    """
    shape = """
    new:new awaiting_approval:waiting approved:active fulfilled:resolved closed:closed* refused:closed*
    submit: new > awaiting_approval [seat customer]
    approve: awaiting_approval > approved [approver] +approved
    refuse: awaiting_approval > refused [approver] #no_right,wrong_scope,unsafe
    fulfil: approved > fulfilled [staff] !approved ?result_ref
    close: fulfilled > closed [customer system] @72h
    """
    four_eyes = {"approve": {"guards": not_same_actor("submit")}}
    return dressed("request", shape, four_eyes, promises=[Promise("fulfilled", "approved")])


def problem() -> Workflow:
    """Return the loop of a problem: root cause, known error, lasting fix.

    *Illustrative*.
    """
    shape = """
    new:new in_analysis:active known_error:waiting fixing:active resolved:resolved closed:closed*
    analyse: new > in_analysis [expert]
    find_cause: in_analysis > known_error [expert] ?root_cause,workaround +cause_known
    fix: known_error > fixing [expert back]
    resolve: fixing > resolved [expert back] !cause_known ?solution
    fix_failed: resolved > fixing [expert leader] ?finding ^fix_failures
    close: resolved > closed [leader] ?lessons
    """
    # The mark is the ticket's: the cause stays known when a fix fails.
    return dressed("problem", shape, marks=[Mark("cause_known", "ticket")], promises=[Promise("closed", "cause_known")])


def change() -> Workflow:
    """Return the loop of a change: assessed, approved by another person, implemented, reviewed.

    *Illustrative*.
    """
    shape = """
    new:new in_assessment:active awaiting_approval:waiting scheduled:waiting implementing:active in_review:resolved \
closed:closed* refused:closed*
    assess: new > in_assessment [expert]
    submit: in_assessment > awaiting_approval [expert] ?risk,plan_ref,fallback_ref
    approve: awaiting_approval > scheduled [approver] ?window_from +approved
    refuse: awaiting_approval > refused [approver] #no_right,wrong_scope,unsafe
    implement: scheduled > implementing [back] !approved
    fall_back: implementing > scheduled [back] ?finding -approved ^fall_backs
    approve_again: scheduled > . [approver] +approved
    finish: implementing > in_review [back] +implemented
    close: in_review > closed [reviewer] !approved,implemented
    """
    four_eyes = {"approve": {"guards": not_same_actor("submit")}, "close": {"guards": not_same_actor("finish")}}
    return dressed(
        "change",
        shape,
        four_eyes,
        promises=[Promise("implement", "approved"), Promise("closed", ("approved", "implemented"))],
    )
