"""`kerneldojo eval`: judge solutions of a problem."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import as_completed
from datetime import UTC, datetime
from pathlib import Path

import typer

from kerneldojo.cli import options
from kerneldojo.cli.card import show_card
from kerneldojo.cli.output import Recorder, print_json
from kerneldojo.cli.progress import Progress
from kerneldojo.cli.session import (
    Session,
    exit_code,
    load_problem,
    open_evaluator,
    open_session,
    read_solutions,
)
from kerneldojo.cli.tables import show_summary
from kerneldojo.records import Evaluation, Problem, Solution


def evaluate(
    problem: options.ProblemName,
    solutions: options.SolutionPaths,
    target: options.Target = None,
    language: options.LanguageName = None,
    json: options.Json = False,
    out: options.Out = None,
    settings: options.Settings = None,
    config: options.ConfigFiles = None,
    cache: options.CacheSwitch = None,
    kernelbench: options.KernelBench = None,
    dry_run: options.DryRun = False,
    verbose: options.Verbose = False,
) -> None:
    """Judge one or more solutions of a problem, each in a sandbox of its own.

    With --json, one solution gives one JSON object; several give one object a line, in the
    order in which they finish.
    """
    session = open_session(
        settings,
        config,
        target,
        json=json,
        verbose=verbose,
        cache=cache,
        kernelbench=kernelbench,
    )
    raise typer.Exit(run(session, problem, solutions, language, out, dry_run))


def run(
    session: Session,
    problem_name: str,
    paths: Sequence[str],
    language: str | None,
    out: Path | None,
    dry_run: bool,
) -> int:
    """Judge `paths`, show and record each verdict, and return the exit code.

    Raises:
        UsageError: if the problem, a solution or the output path is unusable.
    """
    problem = load_problem(session.config, problem_name)
    solutions = read_solutions(paths, language, session.config.evaluation.limits.source_kb, problem)
    if dry_run:
        show_plan(session, problem, solutions)
        return 0
    judged: list[tuple[Solution, Evaluation]] = []
    started = datetime.now(UTC)
    with Recorder(out, session.config, expected=len(solutions)) as recorder:
        recorder.begin(problem, solutions)
        for solution, evaluation in judge(session, problem, solutions):
            recorder.write(evaluation)
            note = "from the cache" if evaluation.created_at < started else ""
            show_card(session.people, evaluation, solution, log=session.verbose, note=note)
            if session.json:
                print_json(evaluation)
            judged.append((solution, evaluation))
    if len(judged) > 1:
        place = {id(solution): number for number, solution in enumerate(solutions)}
        judged.sort(key=lambda row: place[id(row[0])])
        show_summary(session.people, judged)
    return exit_code(evaluation for _, evaluation in judged)


def judge(
    session: Session, problem: Problem, solutions: Sequence[Solution]
) -> Iterator[tuple[Solution, Evaluation]]:
    """Yield each solution with its verdict as they finish."""
    with (
        open_evaluator(session.config) as evaluator,
        Progress(session.progress, verbose=session.verbose, total=len(solutions)) as progress,
    ):
        futures = {
            evaluator.submit(problem, solution, progress.stage_of(solution.origin)): solution
            for solution in solutions
        }
        for future in as_completed(futures):
            evaluation = future.result()
            progress.finished()
            yield futures[future], evaluation


def show_plan(session: Session, problem: Problem, solutions: Sequence[Solution]) -> None:
    """Print the resolved configuration and what would be judged."""
    if session.json:
        print_json(
            {
                "config": session.config.model_dump(mode="json"),
                "problem": problem.name,
                "solutions": [
                    {"origin": solution.origin, "language": solution.language}
                    for solution in solutions
                ],
            }
        )
        return
    names = ", ".join(f"{solution.origin} ({solution.language})" for solution in solutions)
    session.people.out(f"# would judge on {problem.name}: {names}\n\n{session.config.to_toml()}")
