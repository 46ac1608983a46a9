"""`problems validate`: reports, exit codes, and going on where a survey ended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kerneldojo.records import LintReport
from tests.cli.conftest import Command, FakeEvaluator

GOOD, BAD = "suite/softmax/softmax", "suite/elementwise/swish"


def verdicts(text: str) -> dict[str, str]:
    return {report["problem"]: report["verdict"] for report in json.loads(text)}


@pytest.mark.usefixtures("fake_evaluator")
def test_reports_are_data_on_stdout(command: Command) -> None:
    ran = command("problems", "validate", GOOD, BAD, "--json", "--deadline", "7")
    assert ran.code == 1
    assert verdicts(ran.out) == {GOOD: "usable", BAD: "unusable"}
    assert "asked for 7 s" in ran.out


@pytest.mark.usefixtures("fake_evaluator")
def test_people_read_verdicts_and_a_summary(command: Command) -> None:
    ran = command("problems", "validate", GOOD, BAD)
    assert "! constant_output: asked for 60 s" in ran.out
    assert "2 problems: 1 usable, 0 suspect, 1 unusable" in ran.out
    assert command("problems", "validate", GOOD).code == 0


@pytest.mark.usefixtures("fake_evaluator")
def test_the_selection_applies(command: Command) -> None:
    ran = command("problems", "validate", "--match", "suite/*/sw*", "--limit", "1", "--json")
    assert list(verdicts(ran.out)) == [BAD]


def test_a_survey_goes_on_where_it_ended(
    command: Command, tmp_path: Path, fake_evaluator: type[FakeEvaluator]
) -> None:
    out = tmp_path / "reports.jsonl"
    command("problems", "validate", GOOD, "--out", out)
    out.write_text(out.read_text() + '{"torn')
    ran = command("problems", "validate", GOOD, BAD, "--out", out, "--json")
    assert verdicts(ran.out) == {GOOD: "usable", BAD: "unusable"}
    reports = [LintReport.model_validate_json(line) for line in out.read_text().splitlines()[::2]]
    assert [report.problem for report in reports] == [GOOD, BAD]
    opened = len(fake_evaluator.opened)
    assert command("problems", "validate", GOOD, BAD, "--out", out).code == 1
    assert len(fake_evaluator.opened) == opened
