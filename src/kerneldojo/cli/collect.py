"""`kerneldojo collect`: trajectories of a model on many problems, as training data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kerneldojo import wording
from kerneldojo.cli import options
from kerneldojo.cli.output import print_json
from kerneldojo.cli.session import OK, Session, open_common, open_evaluator
from kerneldojo.cli.sources import load_distinct
from kerneldojo.cli.tables import show_table
from kerneldojo.cli.words import count, money
from kerneldojo.errors import UsageError

if TYPE_CHECKING:
    from kerneldojo.metrics.trajectories import TrajectorySummary
    from kerneldojo.store import Run

Trajectories = Annotated[
    int,
    typer.Option("--trajectories", min=1, metavar="N", help="Independent ones of each problem."),
]
Turns = Annotated[
    int | None,
    typer.Option(
        "--turns", metavar="N", help="Most turns of each; short for --set dialogue.turns=N."
    ),
]


def collect(
    out: options.RunPath,
    choice: options.Choice,
    asking: options.Asking,
    judging: options.Judging,
    running: options.Running,
    common: options.Common,
    trajectories: Trajectories = 4,
    turns: Turns = None,
) -> None:
    """Have a model solve problems, turn after turn, and keep every trajectory.

    Each turn is judged, and the model is told what came of it. What is finished is on disk: after
    an interruption the same command with --resume goes on.
    """
    # Imported here because dialogues take long to load, which other verbs need not wait for.
    from kerneldojo.cli.asking import ended_before, keeping, policy_of, rules_of, show_plan
    from kerneldojo.cli.many_view import ManyView
    from kerneldojo.dialogue import collect as gather

    if not choice.sources:
        raise UsageError("name problems to ask about; `suite` stands for all bundled ones.")
    short = {"dialogue.turns": turns}
    session = open_common(common, choice, judging, asking, json=running.json, short=short)
    config = session.config
    problems = load_distinct(session, choice)
    if running.dry_run:
        plan = {"policy": asking.policy or config.policy.model, "turns": config.dialogue.turns}
        show_plan(session, problems, {**plan, "trajectories": trajectories})
        return
    policy = policy_of(session, asking)
    before = ended_before(out, resume=running.resume)
    view = ManyView(session.progress, len(problems) * trajectories, before)
    with open_evaluator(config) as evaluator, keeping(session, out, view):
        run = gather(
            problems,
            policy,
            evaluator,
            out,
            trajectories=trajectories,
            concurrency=running.concurrency,
            resume=running.resume,
            config=choice.asked(),
            **rules_of(config, view),
        )
    _report(session, run)
    raise typer.Exit(OK)


def _report(session: Session, run: Run) -> None:
    from kerneldojo.metrics.trajectories import summarise_trajectories

    summary = summarise_trajectories(run.trajectories())
    if session.json:
        print_json({"run": str(run.path), **summary.model_dump(mode="json")})
    console = session.people
    rows = [
        (
            str(each.turn + 1),
            f"{each.turns:,}",
            f"{each.reward:.2f}" if each.reward is not None else "–",
            *(
                wording.percent(share) if share is not None else "–"
                for share in (each.correct, each.fast_1_last, each.fast_1_best)
            ),
        )
        for each in summary.by_turn
    ]
    heads = ("turn", "replies", "reward", "correct", "fast@1", "fast@1 of the best")
    show_table(console, heads, rows, right=range(len(heads)))
    console.out("")
    for line in _notes(summary):
        console.out(line)
    console.out(f"Run: {run.path}")


def _notes(summary: TrajectorySummary) -> list[str]:
    trajectories = wording.plural(summary.trajectories, "trajectory", "trajectories")
    ends = ", ".join(f"{number:,} by {end}" for end, number in summary.ends.items())
    statuses = ", ".join(f"{number:,} {status}" for status, number in summary.statuses.items())
    paid = f", {money(summary.usage.money)} money" if summary.usage.money else ""
    return [
        f"{trajectories}; ended: {ends or 'none'}",
        f"{wording.plural(summary.turns, 'turn')}: {statuses or 'none'}",
        f"{count(summary.usage.tokens)} tokens{paid}",
    ]
