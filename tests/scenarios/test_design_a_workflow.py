"""The example of a workflow of one's own: what the check says of each draft stands as printed, and the fix holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import design_a_workflow
from servicedesk import DefinitionInvalid
from servicedesk.workflow import Workflow

EXAMPLES = Path(__file__).parents[2] / "examples"
SLIPS = [
    "steps[1].by: 'reviwer' is not a role; did you mean 'reviewer'?",
    "steps[2].target: 'publishd' is not a state; did you mean 'published'?",
]
WITNESS = ("submit", "pass", "publish", "amend", "publish")


def test_each_draft_is_judged():
    """CHK-1, CHK-3: all slips at once; the one way that passes the review by, shortest first; the fix is proved."""
    assert [str(problem) for problem in design_a_workflow.SLIPS.problems()] == SLIPS
    with pytest.raises(DefinitionInvalid) as caught:
        design_a_workflow.LOOKS_RIGHT.compile()
    assert [(problem.code, problem.witness) for problem in caught.value.problems] == [("promise_broken", WITNESS)]
    assert design_a_workflow.PROVED.compile()
    changed = design_a_workflow.LOOKS_RIGHT.diff(design_a_workflow.PROVED)
    assert [str(change) for change in changed] == ["steps['amend'] changed: target"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "zh",
            ("送审 → 审核通过 → 发布 → 更正 → 发布", "没有错误。", "s3 : 承诺：已审核", "归档 → 已归档"),
        ),
        ("en", ("submit → pass → publish → amend → publish", "No errors.", "promises reviewed", "archive → archived")),
    ],
)
def test_the_story_is_told_in_both_languages(capsys, language, words):
    """LIB-6: witness, verdict, picture and the notice's own way; two refusals, each with what was possible."""
    design_a_workflow.main(["--language", language])
    shown = capsys.readouterr().out
    assert all(word in shown for word in words)
    assert shown.count("✗") == 3
    assert "same_actor (step='submit', actor='e1'); possible: send_back" in shown
    assert any("\u4e00" <= char <= "\u9fff" for char in shown) == (language == "zh")


def test_a_hand_out_holds_what_one_role_may_do():
    """§10, ACT-2: the duties of a role are its own lines of the table; a step of everybody stands in each."""
    flow = design_a_workflow.PROVED
    rows = {role: flow.table(role=role).splitlines()[2:] for role in flow.roles}
    assert sorted(rows["reviewer"] + rows["editor"]) == sorted(flow.table().splitlines()[2:])
    assert [row.split(" | ")[0] for row in rows["reviewer"]] == ["| pass", "| send\\_back"]
    everybody = Workflow("w", 1, states=flow.states, steps=[design_a_workflow.evolve(flow.steps[0], by=())])
    assert everybody.table(role="anybody") == everybody.table()


def test_the_script_runs_alone(tmp_path):
    """It runs from anywhere by its path."""
    command = [sys.executable, str(EXAMPLES / "design_a_workflow.py")]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, encoding="utf-8")
    assert "The second: it looks right, and one way passes the review by" in shown.stdout
    assert shown.stderr == ""
