"""`kerneldojo bench`: judge many solutions of many problems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.text import Text

from kerneldojo import wording
from kerneldojo.cli import options
from kerneldojo.cli.bench_progress import BenchProgress
from kerneldojo.cli.bench_table import show_summary
from kerneldojo.cli.output import print_json
from kerneldojo.cli.session import INFRASTRUCTURE, OK, Session, open_evaluator, open_session
from kerneldojo.cli.sources import load_selected, selection_of
from kerneldojo.errors import UsageError
from kerneldojo.problems import Selection
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
RunPath = Annotated[
    Path,
    typer.Option("-o", "--out", metavar="RUN", help="The run's directory.", show_default=False),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with the run in RUN, if there is one.")
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
Verbose = Annotated[
    bool,
    typer.Option("-v", "--verbose", help="Tell everything that is refused, however much it is."),
]


def bench(
    solutions: Solutions,
    out: RunPath,
    sources: options.Sources = None,
    resume: Resume = False,
    samples: Samples = None,
    level: options.Level = None,
    match: options.Match = None,
    numbers: options.Numbers = None,
    tag: options.Tags = None,
    limit: options.Limit = None,
    sample_seed: options.SampleSeed = None,
    scale: options.Scale = None,
    kernelbench: options.KernelBench = None,
    p: Thresholds = None,
    by: By = None,
    lower_bound: LowerBound = False,
    skip_missing: SkipMissing = False,
    target: options.Target = None,
    json: options.Json = False,
    settings: options.Settings = None,
    config: options.ConfigFiles = None,
    cache: options.CacheSwitch = None,
    dry_run: options.DryRun = False,
    verbose: Verbose = False,
) -> None:
    """Judge solutions of many problems into a run directory, and show fast@p.

    What is finished is on disk. After an interruption the same command with --resume goes on.
    """
    plan = replace(_plan(p or (), by or ()), missing_fail=not skip_missing, lower_bound=lower_bound)
    session = open_session(
        settings,
        config,
        target,
        json=json,
        verbose=verbose,
        cache=cache,
        kernelbench=kernelbench,
    )
    if session.config.evaluation.target.startswith("aot"):
        raise UsageError(
            "a bench judges kernels that run; `kerneldojo check` compiles for a GPU that is absent."
        )
    selection = selection_of(level, match, numbers, tag, limit, sample_seed, scale)
    asked: dict[str, Any] = {
        "sources": sources or ["suite"],
        "selection": {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(selection).items()
            if value not in (None, ())
        },
        "solutions": solutions,
        "samples": samples,
    }
    problems = _problems(session, sources, selection)
    answers = _answers(session, problems, solutions, samples)
    if dry_run:
        _show_plan(session, problems, answers, asked)
        return
    run = _judge(session, problems, answers, out, resume, asked)
    raise typer.Exit(_report(session, run, plan, answers))


def _plan(thresholds: Sequence[float], by: Sequence[str]) -> Plan:
    # Imported here because it takes numpy along, which other verbs need not wait for.
    from kerneldojo.metrics import THRESHOLDS, Plan

    unknown = [key for key in by if key not in _KEYS]
    if unknown:
        raise UsageError(f"--by {unknown[0]!r} is unknown; allowed: {', '.join(_KEYS)}.")
    return Plan(
        thresholds=sorted({*THRESHOLDS, *thresholds}),
        by=[_KEYS[key] for key in by or ("level",)],
    )


def _problems(
    session: Session, sources: Sequence[str] | None, selection: Selection
) -> list[Problem]:
    from kerneldojo.problems import distinct

    loaded = load_selected(session, sources, selection)
    problems = distinct(loaded)
    if len(problems) < len(loaded):
        copies = wording.plural(len(loaded) - len(problems), "problem")
        session.progress.print(f"left out  {copies} that repeat others")
    if not problems:
        raise UsageError("no problem is left to be judged.")
    return problems


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
