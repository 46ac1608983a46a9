"""A file of reports, one a line, that a survey can go on with."""

from __future__ import annotations

from pathlib import Path

from kerneldojo.records import ComplaintKind, LintReport, Problem
from kerneldojo.store.lines import BadLine, LineWriter, read_lines


class ReportFile:
    """Reports on disk; what is there already need not be examined again, unless unfinished.

    Raises:
        StoreError: if the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.bad: list[BadLine] = []
        """Lines that are no reports and were passed over."""
        known = read_lines(path, LintReport.model_validate_json, self.bad) if path.exists() else ()
        self._known = {(report.problem, report.digest): report for report in known}
        self._lines = LineWriter(path)

    def __len__(self) -> int:
        return len(self._known)

    def find(self, problem: Problem) -> LintReport | None:
        """Return the finished report on a problem with exactly this content, if there is one."""
        report = self._known.get((problem.name, problem.digest))
        return None if report is None or ComplaintKind.UNFINISHED in report.kinds else report

    def add(self, report: LintReport) -> None:
        """Write one report at once."""
        self._lines.append(report.model_dump_json())
        self._known[(report.problem, report.digest)] = report

    def close(self) -> None:
        """Close the file."""
        self._lines.close()
