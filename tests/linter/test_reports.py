"""A file of reports: what is finished is found again, for exactly the same problem."""

from __future__ import annotations

from pathlib import Path

from kerneldojo.linter import ReportFile
from kerneldojo.records import Complaint, ComplaintKind, Gravity, LintReport, Problem
from tests.evaluation.samples import problem


def report(problem: Problem, *kinds: ComplaintKind) -> LintReport:
    complaints = tuple(Complaint(kind=k, severity=Gravity.WARNING, evidence="") for k in kinds)
    return LintReport(problem=problem.name, digest=problem.digest, complaints=complaints)


def test_only_finished_reports_on_the_same_content_are_found(tmp_path: Path) -> None:
    done, cut = problem(name="done"), problem(name="cut")
    file = ReportFile(tmp_path / "reports.jsonl")
    file.add(report(done, ComplaintKind.UNIFORM_AXIS))
    file.add(report(cut, ComplaintKind.UNFINISHED))
    file.close()
    again = ReportFile(tmp_path / "reports.jsonl")
    assert len(again) == 2
    assert again.find(done) == report(done, ComplaintKind.UNIFORM_AXIS)
    assert again.find(cut) is None
    assert again.find(problem(done.source + "\n", "done")) is None
    again.add(report(cut))
    assert ReportFile(tmp_path / "reports.jsonl").find(cut) == report(cut)


def test_lines_that_are_no_reports_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "reports.jsonl"
    path.write_text('{"problem": 3}\n')
    file = ReportFile(path)
    assert len(file) == 0 and [line.line for line in file.bad] == [1]
