"""`kerneldojo profile`: where the time of one solution goes."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.text import Text

from kerneldojo import wording
from kerneldojo.cli import options
from kerneldojo.cli.card import show_card
from kerneldojo.cli.eval import judge, show_plan
from kerneldojo.cli.output import Recorder, print_json
from kerneldojo.cli.session import exit_code, load_problem, open_session, read_solutions
from kerneldojo.cli.tables import show_table
from kerneldojo.records import Profile


def profile(
    problem: options.ProblemName,
    solution: options.SolutionPath,
    target: options.Target = None,
    language: options.LanguageName = None,
    json: options.Json = False,
    out: options.Out = None,
    settings: options.Settings = None,
    config: options.ConfigFiles = None,
    kernelbench: options.KernelBench = None,
    dry_run: options.DryRun = False,
    verbose: options.Verbose = False,
) -> None:
    """Judge one solution and show its kernels, library operators and figures in full.

    A solution that is not correct has no profile: its card says why. With --json the
    Evaluation is printed, as `eval` does.
    """
    session = open_session(
        [*(settings or ()), "evaluation.profile=true"],
        config,
        target,
        json=json,
        verbose=verbose,
        kernelbench=kernelbench,
    )
    task = load_problem(session.config, problem)
    solutions = read_solutions(
        [solution], language, session.config.evaluation.limits.source_kb, task
    )
    if dry_run:
        show_plan(session, task, solutions)
        return
    with Recorder(out, session.config) as recorder:
        recorder.begin(task, solutions)
        [(candidate, evaluation)] = judge(session, task, solutions)
        recorder.write(evaluation)
    show_card(session.people, evaluation, candidate, log=verbose)
    if evaluation.profile is not None:
        show_profile(session.people, evaluation.profile)
    if json:
        print_json(evaluation)
    raise typer.Exit(exit_code([evaluation]))


def show_profile(console: Console, profile: Profile) -> None:
    """Print the solution's kernels, the library's operators and the other figures as tables."""
    if profile.kernels:
        rows = [
            (
                kernel.name,
                f"{kernel.launches_per_call:g}",
                wording.percent(kernel.share) if profile.coverage is not None else "–",
                wording.duration(kernel.time_ms) if kernel.time_ms is not None else "–",
            )
            for kernel in profile.kernels
        ]
        show_table(console, ("own kernel", "launches", "share", "time"), rows, right=(1, 2, 3))
    if profile.operators:
        rows_ = [
            (
                operator.name,
                f"{operator.calls_per_call:g}",
                wording.percent(operator.share) if operator.share is not None else "–",
            )
            for operator in profile.operators
        ]
        _gap(console)
        show_table(console, ("library operator", "calls", "share"), rows_, right=(1, 2))
    figures = [(name, f"{value:g}") for name, value in profile.metrics.items()]
    if profile.peak_memory_bytes is not None:
        figures.append(("peak memory, MiB", f"{profile.peak_memory_bytes / 2**20:.1f}"))
    if figures:
        _gap(console)
        show_table(console, ("figure", "value"), figures, right=(1,))
    seen = f", {wording.plural(profile.samples, 'observation')}" if profile.samples else ""
    console.print(Text(profile.source + seen, "dim"))


def _gap(console: Console) -> None:
    if not console.is_terminal:  # there a table brings its own margin
        console.print()
