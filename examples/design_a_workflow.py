"""A workflow of your own: outage notices 停电公告, two mistakes, what the check says, the fix, the picture.

The first draft has slips of the pen: all are told at once, with the nearest name. The second looks right, and every way
to the public passes the review; the check finds the one that comes back unreviewed, and tells its steps. The third is
proved, is drawn, and refuses what it should.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import pendulum
from attrs import evolve
from rich.console import Console
from rich.panel import Panel

from desk_report import run, screen, table
from servicedesk import Actor, Definitions, Refused, tickets
from servicedesk.tickets import Accept, Perform
from servicedesk.workflow import Mark, Promise, State, Step, Workflow, not_same_actor

# Promised: whatever is public was reviewed by a second person. A mark is a proof on the ticket; going back voids it.
PROMISE = Promise("published", "reviewed")
REVIEWED = Mark("reviewed", labels={"zh": "已审核", "en": "reviewed"})

STATES = [
    State("drafting", "new", born=True, labels={"zh": "起草中", "en": "drafting"}),
    State("in_review", "active", labels={"zh": "审核中", "en": "in review"}),
    State("approved", "active", labels={"zh": "待发布", "en": "approved"}),
    State("published", "resolved", requires="area", labels={"zh": "已发布", "en": "published"}),
    State("archived", "closed", final=True, labels={"zh": "已归档", "en": "archived"}),
]
SUBMIT = Step("submit", "drafting", "in_review", by="editor", labels={"zh": "送审", "en": "submit"})
PASS = Step(
    *("pass", "in_review", "approved"),
    by="reviewer",
    gives="reviewed",
    guards=not_same_actor("submit"),  # four eyes
    labels={"zh": "审核通过", "en": "pass"},
)
SEND_BACK = Step(
    *("send_back", "in_review", "drafting"),
    by="reviewer",
    reasons=("wrong_area", "wrong_time", "wording"),
    counts="sent_back",
    labels={"zh": "退回", "en": "send back"},
)
PUBLISH = Step("publish", "approved", "published", by="editor", labels={"zh": "发布", "en": "publish"})
AMEND = Step("amend", "published", "approved", by="editor", labels={"zh": "更正", "en": "amend"})
ARCHIVE = Step("archive", "published", "archived", by="editor", labels={"zh": "归档", "en": "archive"})

LOOKS_RIGHT = Workflow(
    "outage_notice",
    1,
    states=STATES,
    steps=[SUBMIT, PASS, SEND_BACK, PUBLISH, AMEND, ARCHIVE],
    roles=("editor", "reviewer"),
    promises=(PROMISE,),
    marks=(REVIEWED,),
    labels={"zh": "停电公告", "en": "outage notice"},
)
SLIPS = evolve(
    LOOKS_RIGHT, steps=(SUBMIT, evolve(PASS, by="reviwer"), evolve(PUBLISH, target="publishd"), ARCHIVE, AMEND)
)
# The fix: what was public and is changed goes to the reviewer again, not straight back to the editor.
PROVED = evolve(LOOKS_RIGHT, steps=(SUBMIT, PASS, SEND_BACK, PUBLISH, evolve(AMEND, target="in_review"), ARCHIVE))

EDITOR, REVIEWER = Actor("e1", "editor"), Actor("r2", "reviewer")
BOTH = Actor("e1", ("editor", "reviewer"))
TEXT = {
    "slips": ("初稿：笔误一次全部指出", "The first draft: every slip is told at once"),
    "looks": ("二稿：看似无误，却有一条路绕过审核", "The second: it looks right, and one way passes the review by"),
    "proved": ("三稿：承诺已证明", "The third: the promise is proved"),
    "where": ("位置", "where"),
    "what": ("问题", "what is wrong"),
    "way": ("反例路径", "the way to it"),
    "none": ("没有错误。", "No errors."),
    "drawn": ("流程图（Mermaid，可贴入 Markdown）", "The picture (Mermaid, for any Markdown page)"),
    "duties": ("审核员能做什么（表格）", "What a reviewer may do, as a table"),
    "time": ("时间", "time"),
    "who": ("谁", "who"),
    "comes_to": ("结果", "comes to"),
    "used": ("一张公告走一遍", "One notice, taken through it"),
}


def main(arguments: Sequence[str]) -> None:
    """Show the three drafts, then use the last."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--language", choices=("zh", "en"), default="zh")
    language = parser.parse_args(arguments).language
    console = screen()
    for name, flow in (("slips", SLIPS), ("looks", LOOKS_RIGHT), ("proved", PROVED)):
        judge(console, say(name, language), flow, language)
    for title, text in (
        ("drawn", PROVED.mermaid(language=language)),
        ("duties", PROVED.table(language=language, role="reviewer")),
    ):
        console.print(f"[bold]{say(title, language)}[/]")
        console.print(text, markup=False, highlight=False, soft_wrap=True)
    use(console, PROVED, language)


def say(name: str, language: str) -> str:
    """Return a text in Chinese with the English behind it, or in English alone."""
    chinese, english = TEXT[name]
    return english if language == "en" else f"{chinese} {english}"


def named(flow: Workflow, language: str) -> dict[str, str]:
    """Return what people read for each state and step."""
    labels = {state.name: state.labels[language] for state in flow.states}
    return labels | {step.name: step.labels[language] for step in flow.steps}


def judge(console: Console, title: str, flow: Workflow, language: str) -> None:
    """Print everything that is wrong with a draft."""
    labels = named(flow, language)
    errors = [problem for problem in flow.problems() if problem.severity == "error"]
    if not errors:
        console.print(Panel(say("none", language), title=title, title_align="left", border_style="green"))
        return
    heads = (say(name, language) for name in ("where", "what", "way"))
    rows = [(p.path, p.message, " → ".join(labels.get(step, step) for step in p.witness)) for p in errors]
    console.print(table(title, *heads, rows=rows))


def use(console: Console, flow: Workflow, language: str) -> None:
    """Take one notice round the loop: what is refused says why, and what was possible."""
    labels = named(flow, language)
    definitions, at = Definitions([flow]), pendulum.datetime(2026, 3, 2, 9, tz="Asia/Shanghai")
    accept = Accept(ticket="N-1", actor=EDITOR, kind=flow.name, fields={"area": "城东 east"})
    begun = tickets.decide(None, accept, definitions=definitions, at=at)
    if isinstance(begun, Refused):
        raise begun
    notice = begun.ticket
    rows = []
    for actor, step in (
        *((EDITOR, "publish"), (EDITOR, "submit"), (BOTH, "pass"), (REVIEWER, "pass"), (EDITOR, "publish")),
        *((EDITOR, "amend"), (EDITOR, "publish"), (REVIEWER, "pass"), (EDITOR, "publish"), (EDITOR, "archive")),
    ):
        at = at.add(minutes=10)
        command = Perform(ticket="N-1", actor=actor, step=step)
        answer = tickets.decide(notice, command, definitions=definitions, at=at)
        if isinstance(answer, Refused):
            comes_to = f"[red]✗ {answer}[/]"
        else:
            notice = answer.ticket
            comes_to = f"{labels[step]} → {labels[notice.state]}"
        rows.append((at.format("HH:mm"), actor.id, comes_to))
    heads = (say(name, language) for name in ("time", "who", "comes_to"))
    console.print(table(say("used", language), *heads, rows=rows, markup=True))


if __name__ == "__main__":
    run(main)
