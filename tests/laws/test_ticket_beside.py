"""What runs beside the state, claims, urges and supervision, against a diary that is searched anew (CL, SUP)."""

from datetime import timedelta
from random import Random

from hypothesis import event, given
from hypothesis import strategies as st

from oracles.naive_beside import GAP, LEASE, LEVELS, STEPS, WHERE, Diary
from servicedesk import tickets
from servicedesk.catalogue import Definitions
from servicedesk.errors import Refused
from servicedesk.tickets import (
    Accept,
    AnswerSupervision,
    Assign,
    Claim,
    Note,
    Perform,
    Release,
    ReleaseSupervision,
    Renew,
    Steal,
    Supervise,
    Urge,
)
from servicedesk.workflow import Actor, Lease, State, Step, Urging, Workflow, supervision_answered

MINUTE = 60_000_000
MICROSECOND = timedelta(microseconds=1)
FLOW = Workflow(
    "desk",
    1,
    states=[State(name, category, line=line, born=name == "open") for name, (category, line) in WHERE.items()],
    steps=[
        Step(name, sources, target, lock=lock, guards=[supervision_answered()] if name == "close" else [])
        for name, (sources, target, lock) in STEPS.items()
    ],
    lease=Lease(LEASE * MICROSECOND),
    urging=Urging(GAP * MICROSECOND),
    supervision=[level * MICROSECOND for level in LEVELS],
)
DESK = Definitions([FLOW])
CHANCE = st.integers(0, 2**32 - 1).map(Random)
LENGTH = st.sampled_from((3, 15, 40, 80))
TOLD = {  # kind of fact -> what the diary calls it, and what it must say of it
    "ticket.moved": ("moved", ("target", "line", "round")),
    "ticket.assigned": ("assigned", ("group", "line")),
    "ticket.claimed": ("claimed", ("agent", "until", "taken_from")),
    "ticket.claim_renewed": ("renewed", ("agent", "until")),
    "ticket.claim_released": ("claim_released", ("agent", "because")),
    "ticket.claim_expired": ("claim_expired", ("agent",)),
    "ticket.urged": ("urged", ("source", "addressee", "number")),
    "ticket.supervision_started": ("supervision_started", ("department", "level", "reply_due")),
    "ticket.supervision_raised": ("supervision_raised", ("department", "level", "reply_due")),
    "ticket.supervision_answered": ("supervision_answered", ("level",)),
    "ticket.supervision_released": ("supervision_released", ("automatic",)),
}
AGENTS = (Actor("e1", "expert"), Actor("e2", "expert"), Actor("班长", "leader"))
CUSTOMER, NIGHTLY = Actor.customer("c-17"), Actor.system("nightly")


def asked(chance, diary, at):
    """Return a command, and a function that asks the diary the same."""
    who = chance.choice((*AGENTS, *AGENTS, CUSTOMER))
    said = {"ticket": "T-7", "actor": who}
    minutes = chance.choice((1, 29, 30, 31, 240))
    span = timedelta(minutes=minutes)
    verb = chance.choice((Claim, Claim, Renew, Steal))
    whom, group = chance.choice((None, None, "计量", "b")), chance.choice((None, "一线", "b"))
    source = chance.choice((CUSTOMER, CUSTOMER, NIGHTLY, AGENTS[2]))
    department, level = chance.choice(("计量", "b")), chance.choice((1, 1, 2, 3))
    here = [name for name, (sources, _, _) in STEPS.items() if diary.state in sources]
    # a life that ends at once tells little: the last steps are taken seldom
    step = chance.choice([*here, *(name for name in here if name not in ("finish", "close"))] * 6 + [*STEPS])
    choices = [
        *[(Perform(**said, step=step), lambda: diary.perform(at, step, who.id, who.kind))] * 6,
        *[
            (
                verb(**said, span=span, **({"reason": "ill"} if verb is Steal else {})),
                lambda: diary.hold(
                    verb.__name__.lower(), at, who.id, who.kind, minutes * MINUTE, leader="leader" in who.roles
                ),
            )
        ]
        * 4,
        (Release(**said), lambda: diary.release(at, who.id)),
        *[
            (
                Urge(ticket="T-7", actor=source, addressee=whom),
                lambda: diary.urge(at, {"person": "supervisor"}.get(source.kind, source.kind), whom),
            )
        ]
        * 5,
        *[
            (
                Supervise(**said, department=department, level=level),
                lambda: diary.supervise(at, department, level),
            )
        ]
        * 3,
        *[(AnswerSupervision(**said), lambda: diary.answer(at))] * 2,
        (ReleaseSupervision(**said), lambda: diary.lift(at)),
        (Assign(**said, group=group), lambda: diary.assign(at, group)),
    ]
    return chance.choice(choices)


def later(chance, diary, at):
    """Return the next instant: now, soon, or at and around what comes next of itself, or an urge becomes free again."""
    ends = [] if diary.due() is None else [diary.due()[0]]
    ends += [page[1] + GAP for page in diary.pages if page[0] == "urged"][-1:]
    near = [end + off for end in ends for off in (-1, 0, 1) if end + off > at]
    if near and chance.random() < 0.4:
        return chance.choice(near)
    return at + chance.choice((0, 0, 1, MINUTE, 10 * MINUTE, 130 * MINUTE))


@given(CHANCE, LENGTH)
def test_whatever_runs_beside_the_state_is_as_a_diary_tells_it(chance, length):
    """CL-1, CL-2, SUP-1 to SUP-4, TM-2: every fact with its instant and its values, every refusal by its code."""
    group = chance.choice((None, "一线"))
    accept = Accept(ticket="T-7", actor=AGENTS[0], kind="desk", group=group)
    ticket = tickets.decide(None, accept, definitions=DESK, at=0).ticket
    diary, at = Diary(group), 0
    for _ in range(length):
        at = later(chance, diary, at)
        before = len(diary.pages)
        overdue = diary.due() is not None and diary.due()[0] <= at
        kept = list(diary.pages)
        diary.run(at)
        command, ask = asked(chance, diary, at)
        answer = tickets.decide(ticket, command, definitions=DESK, at=at)
        code = ask()
        if code is not None:
            event(f"{type(command).__name__}: {code}")
            diary.pages = kept  # a refusal keeps nothing, what fell due comes again (DEC-5)
            assert isinstance(answer, Refused), answer
            assert answer.codes == (code,)
            continue
        assert not isinstance(answer, Refused), answer
        diary.run(at)
        assert [told(fact) for fact in answer.facts] == diary.pages[before:]
        for fact in answer.facts:
            event(f"{fact.kind}{' with others due before' if overdue else ''}")
        ticket = answer.ticket
        due = diary.due()
        assert ticket.next_due == (None if due is None else due[0])
        claim, level = diary.claim, diary.supervision
        assert (ticket.claim and ticket.claim.agent) == (claim and claim["agent"])
        assert (ticket.supervision and ticket.supervision.level) == (level and level["level"])


def told(fact):
    """Return a fact as the diary would write it."""
    what, names = TOLD[fact.kind]
    return what, fact.at, {name: getattr(fact, name) for name in names}


def test_a_note_is_no_urge_and_touches_nothing_beside():
    """TM-1, SUP-1: notes and urges re-arm nothing and move nothing."""
    ticket = tickets.decide(None, Accept(ticket="T-7", actor=AGENTS[0], kind="desk"), definitions=DESK, at=0).ticket
    held = tickets.decide(ticket, Claim(ticket="T-7", actor=AGENTS[0]), definitions=DESK, at=5).ticket
    for command in (Note(ticket="T-7", actor=AGENTS[1], text_ref="n/1"), Urge(ticket="T-7", actor=CUSTOMER)):
        after = tickets.decide(held, command, definitions=DESK, at=9).ticket
        assert (after.state, after.entered, after.timers, after.claim) == ("open", 0, (), held.claim)
