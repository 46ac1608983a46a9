"""`kerneldojo show`: look into a run."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from kerneldojo import wording
from kerneldojo.cli import options, words
from kerneldojo.cli.card import show_card
from kerneldojo.cli.output import print_json
from kerneldojo.cli.profile import show_profile
from kerneldojo.cli.source import show_source
from kerneldojo.cli.tables import Cell, show_table, verdict_cells
from kerneldojo.cli.trajectory_table import show_endings, show_turns
from kerneldojo.errors import UsageError
from kerneldojo.records import Entry, Status
from kerneldojo.store import Row, Run, find, find_turn, label
from kerneldojo.store.steps import TRAINING, read_steps

RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="A run's directory.")]
AnswerName = Annotated[
    str | None,
    typer.Argument(
        metavar="[ID]",
        help="The start of an evaluation's id, or a problem's name, with #SAMPLE or #SAMPLE.TURN "
        "where needed: samples count from 0, turns from 1. Of a training run, a step's number.",
    ),
]
Statuses = Annotated[
    list[Status] | None,
    typer.Option(
        "--status",
        metavar="STATUS",
        case_sensitive=False,
        help="Only entries that came to this; may be repeated.",
    ),
]


def show(
    run: RunPath,
    name: AnswerName = None,
    status: Statuses = None,
    json: options.Json = False,
) -> None:
    """Show the table of a run, or with ID one answer: card, kernels and marked source.

    With --json the table is a list of Outcome records, and one answer an Evaluation record. Of a
    training run the table has the latest steps and the course of every figure, and with --json all
    steps.
    """
    if name is not None and status:
        raise UsageError(
            f"--status chooses among the entries of a table, and {name!r} names one answer. "
            "Leave one of them out."
        )
    opened = Run.open(run)
    console = Console(highlight=False)
    if opened.kind in TRAINING:
        show_steps(console, opened, name, status, json=json)
    elif name is not None:
        show_answer(console, opened, name, json=json)
    elif json:
        wanted = [each for each in opened.outcomes() if not status or each.status in status]
        print_json([each.model_dump(mode="json") for each in wanted])
    else:
        show_run(console, opened, status or list(Status))
    for bad in opened.bad_lines:
        print(f"kerneldojo: passed over {bad}", file=sys.stderr)


def show_steps(
    console: Console, run: Run, name: str | None, status: Statuses, *, json: bool
) -> None:
    """Print the steps of a training run, or all about the one whose number is the name."""
    from kerneldojo.cli.training_table import show_step, show_training, step_named

    if status:
        raise UsageError(
            f"--status chooses among answers, and {run.path} holds steps of a training. Its "
            f"answers are in runs of their own, e.g. {run.path}/rollouts/step-000001."
        )
    steps = read_steps(run.path, run.bad_lines)
    if name is not None:
        step = step_named(run, steps, name)
        print_json(step) if json else show_step(console, step)
    elif json:
        print_json(steps)
    else:
        show_training(console, run, steps)


def show_answer(console: Console, run: Run, name: str, *, json: bool) -> None:
    """Print everything about one answer; of a dialogue's, what was asked and told as well."""
    spoken = find_turn(run, name)
    if spoken is not None:
        _, turn = spoken
        if json and turn.evaluation is None:
            print_json(turn.record)
            return
        if not json:
            # comes with all that dialogues need, and other runs do without
            from kerneldojo.cli.turn import show_turn

            show_turn(console, run, *spoken)
        if turn.evaluation is None:
            return
        if not json:
            console.print()
        # the verdict that the model was told: a finalist's entry has one that came later
        evaluation, solution, origin = turn.evaluation, turn.solution, words.turn_name(turn)
    else:
        entry, row = find(run, name)
        evaluation, origin = run.evaluation(row.id), entry.origin
        solution = run.solutions().get(entry.solution_digest)
    if json:
        print_json(evaluation)
        return
    if solution is not None:
        solution = solution.model_copy(update={"origin": origin})
    note = f"evaluation {evaluation.id}"
    show_card(console, evaluation, solution, log=True, note=note)
    if evaluation.profile is not None:
        if not console.is_terminal:  # there a table brings its own margin
            console.print()
        show_profile(console, evaluation.profile)
    if solution is not None:
        console.print()
        show_source(console, solution, evaluation)


def show_run(console: Console, run: Run, statuses: list[Status]) -> None:
    """Print one line for each entry, then how many came to what, then what trajectories did."""
    entries = run.entries()
    rows = run.deciding()
    pairs = [(entry, rows.get((entry.problem_digest, entry.solution_digest))) for entry in entries]
    shown = [
        (entry, row)
        for entry, row in pairs
        if (len(statuses) == len(Status) if row is None else row.status in statuses)
    ]
    heads = ["id", "problem", "solution", "status", "speedup", "coverage", "why"]
    cells = [_cells(*pair) for pair in shown]
    if any(entry.turn for entry in entries):
        heads[2] = "turn"
        for (entry, _), line in zip(shown, cells, strict=True):
            place = entry.origin.partition(", ")[2]
            line[1:3] = [_trajectory(entry), words.turn_label(entry.turn, place)]
    show_table(console, heads, cells, right=(4, 5), wrap=(1, 2), spare=(5,))
    counts = Counter(str(row.status) for _, row in pairs if row is not None)
    total = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    missing = sum(row is None for _, row in pairs)
    waiting = f", {missing} not evaluated yet" if missing else ""
    what = f"{run.kind} of {words.date(run.info.created_at)}"
    entries_ = wording.plural(len(entries), "entry", "entries")
    console.print(Text(f"{entries_} ({what}): {total}{waiting}", "dim"), soft_wrap=True)
    trajectories = run.trajectories()
    if run.kind == "search":
        show_endings(console, trajectories)
    show_turns(console, trajectories)


def _trajectory(entry: Entry) -> str:
    return words.short_path(label(entry.model_copy(update={"turn": 0})))


def _cells(entry: Entry, row: Row | None) -> list[Cell]:
    # Beside the problem, the file's own name is enough to tell solutions apart.
    names: list[Cell] = [words.short_path(label(entry)), entry.origin.rpartition("/")[2]]
    if row is None:
        return [Text("–", "dim"), *names, Text("not yet", "dim"), "–", "–", ""]
    return [Text(row.id[:8], "dim"), *names, *verdict_cells(row)]
