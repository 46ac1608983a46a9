"""`kerneldojo check`: static rules and ahead-of-time compilation, without a device."""

from __future__ import annotations

from typing import Annotated

import typer

from kerneldojo.cli import options
from kerneldojo.cli.card import show_card
from kerneldojo.cli.eval import judge, show_plan
from kerneldojo.cli.output import Recorder, print_json
from kerneldojo.cli.profile import show_profile
from kerneldojo.cli.session import (
    OK,
    Session,
    exit_code,
    load_problem,
    open_session,
    read_solutions,
)
from kerneldojo.cli.words import only_compiled
from kerneldojo.records import Language

_BRIEF = (
    "evaluation.target=cpu",
    "evaluation.timing.enabled=false",
    "evaluation.profile=false",
    "evaluation.trials.seeds=1",
    "evaluation.trials.determinism=1",
    "evaluation.trials.distributions=false",
)
"""The CPU is no absent device: what runs there is built and verified briefly."""

Arch = Annotated[
    str, typer.Option("--arch", metavar="ARCH", help="GPU architecture to compile for, or cpu.")
]


def check(
    problem: options.ProblemName,
    solution: options.SolutionPath,
    arch: Arch = "sm_90",
    language: options.LanguageName = None,
    json: options.Json = False,
    out: options.Out = None,
    settings: options.Settings = None,
    config: options.ConfigFiles = None,
    kernelbench: options.KernelBench = None,
    dry_run: options.DryRun = False,
    verbose: options.Verbose = False,
) -> None:
    """Apply the static rules and compile ahead of time, for a GPU that need not be there.

    Succeeds if no finding is fatal and every kernel compiles. C++, and with --arch cpu Triton,
    is built and verified briefly on this CPU instead. With --json the Evaluation is printed.
    """
    known = open_session(settings, config, kernelbench=kernelbench).config
    task = load_problem(known, problem)
    [candidate] = read_solutions([solution], language, known.evaluation.limits.source_kb, task)
    here = arch == "cpu" or candidate.language is Language.CPP
    target = _BRIEF if here else (f"evaluation.target=aot:{arch}",)
    session: Session = open_session(
        [*target, *(settings or ())], config, json=json, verbose=verbose
    )
    if dry_run:
        show_plan(session, task, [candidate])
        return
    with Recorder(out, session.config) as recorder:
        recorder.begin(task, [candidate])
        [(_, evaluation)] = judge(session, task, [candidate])
        recorder.write(evaluation)
    show_card(session.people, evaluation, candidate, log=verbose)
    if evaluation.profile is not None:
        show_profile(session.people, evaluation.profile)
    if json:
        print_json(evaluation)
    raise typer.Exit(OK if only_compiled(evaluation) else exit_code([evaluation]))
