"""`kerneldojo bench`: judge many solutions of many problems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.text import Text

from kerneldojo.cli import options
from kerneldojo.cli.bench_progress import BenchProgress
from kerneldojo.cli.bench_table import show_summary
from kerneldojo.cli.output import print_json
from kerneldojo.cli.session import INFRASTRUCTURE, OK, Session, open_common, open_evaluator
from kerneldojo.cli.sources import load_distinct
from kerneldojo.errors import UsageError
from kerneldojo.records import Problem, Status

if TYPE_CHECKING:
    from kerneldojo.benchmark import SolutionSet
    from kerneldojo.metrics import Plan
    from kerneldojo.store import Run

_KEYS: dict[str, Literal["level", "family", "target"]] = {
    "level": "level",
    "family": "family",
    "target": "target",
}
_COMPLAINTS = 20
"""How many unusable solutions are told in full when there are more."""

Solutions = Annotated[
    str,
    typer.Option(
        "--solutions",
        metavar="WHERE",
        help="gold for the bundled ones, a folder, or a .jsonl or .parquet file of rows.",
    ),
]
Samples = Annotated[
    int | None,
    typer.Option("--samples", metavar="N", help="Judge at most N solutions of each problem."),
]
Thresholds = Annotated[
    list[float] | None,
    typer.Option("--p", metavar="P", help="Show fast@p for this p too; may be repeated."),
]
By = Annotated[
    list[str] | None,
    typer.Option("--by", metavar="KEY", help="Group by level, family or target; may be repeated."),
]
LowerBound = Annotated[
    bool,
    typer.Option(
        "--lower-bound", help="For fast@p, the lower end of a speedup's interval has to be above p."
    ),
]
SkipMissing = Annotated[
    bool,
    typer.Option(
        "--skip-missing", help="Leave problems without a solution out, instead of failing them."
    ),
]


@dataclass(frozen=True)
class Figures:
    """Which figures."""

    p: Thresholds = None
    by: By = None
    lower_bound: LowerBound = False
    skip_missing: SkipMissing = False


def bench(
    solutions: Solutions,
    out: options.RunPath,
    choice: options.Choice,
    figures: Figures,
    judging: options.Judging,
    common: options.Common,
    resume: options.Resume = False,
    samples: Samples = None,
    json: options.Json = False,
    dry_run: options.DryRun = False,
) -> None:
    """Judge solutions of many problems into a run directory, and show fast@p.

    What is finished is on disk. After an interruption the same command with --resume goes on.
    """
    plan = _plan(figures)
    session = open_common(common, choice, judging, json=json)
    if session.config.evaluation.target.startswith("aot"):
        raise UsageError(
            "a bench judges kernels that run; `kerneldojo check` compiles for a GPU that is absent."
        )
    asked = {**choice.asked(), "solutions": solutions, "samples": samples}
    problems = load_distinct(session, choice)
    answers = _answers(session, problems, solutions, samples)
    if dry_run:
        _show_plan(session, problems, answers, asked)
        return
    run = _judge(session, problems, answers, out, resume, asked)
    raise typer.Exit(_report(session, run, plan, answers))


def _plan(asked: Figures) -> Plan:
    # Imported here because it takes numpy along, which other verbs need not wait for.
    from kerneldojo.metrics import THRESHOLDS, Plan

    unknown = [key for key in asked.by or () if key not in _KEYS]
    if unknown:
        raise UsageError(f"--by {unknown[0]!r} is unknown; allowed: {', '.join(_KEYS)}.")
    return Plan(
        thresholds=sorted({*THRESHOLDS, *(asked.p or ())}),
        by=[_KEYS[key] for key in asked.by or ("level",)],
        missing_fail=not asked.skip_missing,
        lower_bound=asked.lower_bound,
    )


def _answers(
    session: Session, problems: Sequence[Problem], where: str, samples: int | None
) -> SolutionSet:
    from kerneldojo.benchmark import load_solutions

    answers = load_solutions(where, problems, session.config.evaluation.limits.source_kb)
    if samples is not None:
        answers = answers.first(samples)
    shown = answers.complaints if session.verbose else answers.complaints[:_COMPLAINTS]
    for complaint in shown:
        line = Text.assemble(("refused  ", "magenta"), complaint)
        session.progress.print(line, soft_wrap=True)
    if len(shown) < len(answers.complaints):
        more = len(answers.complaints) - len(shown)
        session.progress.print(Text(f"refused  {more} more; -v shows them", "magenta"))
    return answers


def _show_plan(
    session: Session, problems: Sequence[Problem], answers: SolutionSet, asked: dict[str, Any]
) -> None:
    missing = sum(not list(answers.answers(problem)) for problem in problems)
    counts = {"problems": len(problems), "solutions": len(answers), "missing": missing}
    if session.json:
        print_json({**counts, "asked": asked, "config": session.config.model_dump(mode="json")})
        return
    session.people.out(
        f"# would judge {len(answers)} solutions of {len(problems)} problems "
        f"({missing} without one)\n\n{session.config.to_toml()}"
    )


def _judge(
    session: Session,
    problems: Sequence[Problem],
    answers: SolutionSet,
    out: Path,
    resume: bool,
    asked: dict[str, Any],
) -> Run:
    from kerneldojo.benchmark import bench as judge

    progress = BenchProgress(session.progress, total=len(answers))
    try:
        with open_evaluator(session.config) as evaluator, progress:
            return judge(
                problems,
                answers,
                evaluator,
                out,
                resume=resume,
                config=asked,
                on_stage=progress.stage,
                on_done=progress.done,
            )
    except KeyboardInterrupt:
        session.progress.print(
            f"interrupted: {progress.finished} of {len(answers)} verdicts are kept in {out}; "
            "the same command with --resume goes on from there",
            markup=False,
            soft_wrap=True,
        )
        raise


def _report(session: Session, run: Run, plan: Plan, answers: SolutionSet) -> int:
    from kerneldojo.benchmark import missing_problems, summarise_run

    summary = summarise_run(run, plan)
    if session.json:
        print_json(
            {
                "run": str(run.path),
                "summary": summary.model_dump(mode="json"),
                "missing": [problem.name for problem in missing_problems(run)],
                "complaints": list(answers.complaints),
            }
        )
    show_summary(session.people, summary, run)
    return INFRASTRUCTURE if Status.EVALUATION_FAILED in summary.all.statuses else OK
