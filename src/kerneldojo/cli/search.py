"""`kerneldojo search`, also called `refine`: the best solution a model can be brought to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from kerneldojo.cli import options, own_module
from kerneldojo.cli.session import OK, USAGE, Session, open_common
from kerneldojo.cli.sources import load_distinct
from kerneldojo.errors import UsageError
from kerneldojo.problems.own_module import Draft
from kerneldojo.problems.scaling import scale_for_cpu
from kerneldojo.records import Problem

Out = Annotated[
    Path | None,
    typer.Option(
        "-o", "--out", metavar="RUN", help="The run's directory; by default runs/NAME-1, -2, …"
    ),
]
Turns = Annotated[
    int | None,
    typer.Option(
        "--turns", metavar="N", help="Most turns on a problem; short for --budget turns=N."
    ),
]
StrategyName = Annotated[
    str | None,
    typer.Option(
        "--strategy",
        metavar="STRATEGY",
        help="Such as 'sequential(turns=5, iterations=10, keep=4)', 'particles(n=4)' or stts, the "
        "default; for a replay, that of the recording.",
    ),
]
ClassName = Annotated[
    str | None,
    typer.Option("--class", metavar="NAME", help="Which class of the file is to be made faster."),
]
WriteInputs = Annotated[
    Path | None,
    typer.Option(
        "--write-inputs",
        metavar="FILE",
        help="Write a copy of the file with the functions that it lacks, to be filled in.",
    ),
]


@dataclass(frozen=True)
class Own:
    """A module file of your own."""

    class_name: ClassName = None
    write_inputs: WriteInputs = None


def search(
    choice: options.Choice,
    asking: options.Asking,
    own: Own,
    judging: options.Judging,
    running: options.Running,
    common: options.Common,
    strategy: StrategyName = None,
    turns: Turns = None,
    out: Out = None,
) -> None:
    """Have a model make a module faster: ask, judge, tell, and ask again.

    SOURCE may be your own file with an nn.Module, or problems as in `bench`. The best solutions
    are judged anew at the end, and the winner is written to the run. Ctrl-C keeps every finished
    turn; the same command with --resume goes on.
    """
    # Imported here because dialogues take long to load, which other verbs need not wait for.
    from kerneldojo.cli.asking import show_plan, strategy_of
    from kerneldojo.cli.searching import Searching, default_out

    if not choice.sources:
        raise UsageError(
            "name what is to be made faster: your own .py file, or problems; `suite` stands for "
            "all bundled ones."
        )
    short = {"budget.turns": turns}
    session = open_common(common, choice, judging, asking, json=running.json, short=short)
    draft = own_module.own_module(choice.sources, own.class_name)
    if own.write_inputs is not None:
        if draft is None:
            raise UsageError("--write-inputs completes a single .py file; give that as SOURCE.")
        own_module.write_inputs(session, draft, own.write_inputs)
        raise typer.Exit(OK)
    if draft is not None and not draft.ready:
        own_module.explain(session.progress, draft)
        raise typer.Exit(USAGE)
    problems = _problems(session, choice, draft)
    chosen = strategy_of(session, asking, strategy)
    if running.dry_run:
        policy = asking.policy or session.config.policy.model
        show_plan(session, problems, {"policy": policy, "strategy": chosen.name})
        return
    run = out or default_out(problems, resume=running.resume)
    asked = {**choice.asked(), "class": own.class_name}
    searching = Searching(session, problems, chosen, run, asked, own=draft is not None)
    raise typer.Exit(searching.report(searching.hold(asking, running)))


def _problems(session: Session, choice: options.Choice, draft: Draft | None) -> list[Problem]:
    if draft is None or not draft.alias:
        return load_distinct(session, choice)
    problem = draft.problem()
    session.progress.print(Text(f"refining   {draft.chosen.name} of {draft.path}", "dim"))
    return [scale_for_cpu(problem) if choice.selection.scale else problem]
