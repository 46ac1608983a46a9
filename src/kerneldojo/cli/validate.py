"""`kerneldojo problems validate`: which problems are fit to be trained on?"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from kerneldojo.cli import options
from kerneldojo.cli.output import print_json
from kerneldojo.cli.session import NOT_CORRECT, OK, Session, open_common, open_evaluator
from kerneldojo.cli.sources import load_selected
from kerneldojo.cli.tables import show_table
from kerneldojo.config import Config
from kerneldojo.linter import DEADLINE_S, ReportFile, survey
from kerneldojo.records import Gravity, LintReport, Problem, Usability

_STYLES = {
    Usability.USABLE: "green",
    Usability.SUSPECT: "yellow",
    Usability.UNUSABLE: "bold red",
}
_MARKS = {Gravity.FATAL: "!", Gravity.WARNING: "?", Gravity.NOTE: "·"}

Deadline = Annotated[
    float,
    typer.Option(
        "--deadline", min=1.0, metavar="S", help="Seconds per problem; then no new check begins."
    ),
]
Jobs = Annotated[
    int, typer.Option("--jobs", min=1, metavar="N", help="How many problems at a time.")
]
Probe = Annotated[
    bool,
    typer.Option(
        "--probe", help="Also submit real kernels that do no work, and see whether they pass."
    ),
]
ReportPath = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--out",
        metavar="FILE.jsonl",
        help="Append each report as a line; problems that are in there already are not redone.",
    ),
]


def validate(
    choice: options.Choice,
    common: options.Common,
    jobs: Jobs = 1,
    deadline: Deadline = DEADLINE_S,
    probe: Probe = False,
    out: ReportPath = None,
    json: options.Json = False,
) -> None:
    """Examine problems: could a reward be had from them without the work?"""
    session = open_common(common, choice, json=json)
    problems = load_selected(session, choice)
    reports = []
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(contextlib.closing(ReportFile(out))) if out else None
        made = _reports(problems, session.config, file, (jobs, deadline, probe))
        for number, report in enumerate(stack.enter_context(contextlib.closing(made)), 1):
            reports.append(report)
            _show(session, report, f"{number}/{len(problems)}")
    if json:
        print_json([report.model_dump(mode="json") for report in reports])
    _summarise(session, reports)
    unusable = any(report.verdict is Usability.UNUSABLE for report in reports)
    raise typer.Exit(NOT_CORRECT if unusable else OK)


def _reports(
    problems: Sequence[Problem],
    config: Config,
    file: ReportFile | None,
    plan: tuple[int, float, bool],
) -> Generator[LintReport]:
    """Yield what the file knows already, then what has to be found out."""
    jobs, deadline_s, probes = plan
    left = []
    for problem in problems:
        known = file.find(problem) if file is not None else None
        if known is None:
            left.append(problem)
        else:
            yield known
    if not left:
        return
    with open_evaluator(config) as evaluator:
        found = survey(left, evaluator, deadline_s=deadline_s, probes=probes, jobs=jobs)
        for report in found:
            if file is not None:
                file.add(report)
            yield report


def _show(session: Session, report: LintReport, place: str) -> None:
    line = Text.assemble(
        (f"{report.verdict:<9}", _STYLES[report.verdict]), f"{place:>9}  ", report.problem
    )
    line.append(f"  {report.seconds:.1f} s", "dim")
    session.people.print(line, soft_wrap=True)
    for complaint in report.complaints:
        if complaint.severity is Gravity.NOTE and not session.verbose:
            continue
        where = f" ({complaint.workload})" if complaint.workload else ""
        text = f"    {_MARKS[complaint.severity]} {complaint.kind}: {complaint.evidence}{where}"
        session.people.print(Text(text), soft_wrap=True)


def _summarise(session: Session, reports: Sequence[LintReport]) -> None:
    verdicts = Counter(report.verdict for report in reports)
    kinds = Counter(
        (complaint.kind, complaint.severity)
        for report in reports
        for complaint in {(c.kind, c.severity): c for c in report.complaints}.values()
    )
    if kinds:
        rows = [(kind, severity, str(count)) for (kind, severity), count in kinds.most_common()]
        session.people.print()
        show_table(session.people, ("complaint", "severity", "problems"), rows, right=(2,))
    session.people.print()
    parts = [f"{verdicts[verdict]} {verdict}" for verdict in Usability]
    session.people.print(Text(f"{len(reports)} problems: {', '.join(parts)}"))
