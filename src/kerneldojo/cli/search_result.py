"""What a search has found: the winner, and how it differs from what there was before."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

from kerneldojo import wording
from kerneldojo.cli import words
from kerneldojo.cli.card import show_card
from kerneldojo.cli.session import Session
from kerneldojo.cli.tables import Cell, show_table
from kerneldojo.cli.turn_table import status_of
from kerneldojo.dialogue.closest import closest_turn
from kerneldojo.dialogue.prompts import without_metadata
from kerneldojo.records import Evaluation, Status, Trajectory, Turn
from kerneldojo.strategies.verification import FOLDER, file_name

_DIFF_LINES = 80
_FEEDBACK_LINES = 24


def winner_of(trajectory: Trajectory) -> Turn | None:
    """Return the turn that a search's ending names as its winner."""
    ending = trajectory.ending
    if ending is None or ending.winner is None:
        return None
    return next((turn for turn in trajectory.turns if turn.number == ending.winner), None)


def decisive(trajectory: Trajectory) -> Evaluation | None:
    """Return the evaluation that says how good the winner is."""
    winner = winner_of(trajectory)
    return trajectory.verification or (winner.evaluation if winner else None)


def winner_file(run: Path, trajectory: Trajectory) -> Path:
    """Return where a winner's source is."""
    return run / FOLDER / file_name(trajectory.problem)


def show_one(session: Session, run: Path, trajectory: Trajectory) -> None:
    """Print the outcome of a search on one problem."""
    winner, evaluation = winner_of(trajectory), decisive(trajectory)
    if winner is None or evaluation is None or winner.solution is None:
        _show_failure(session.people, run, trajectory)
        return
    console = session.people
    anew = "measured anew, for longer" if trajectory.verification else ""
    console.print()
    show_card(console, evaluation, winner.solution, log=session.verbose, note=anew)
    _show_differences(console, trajectory, winner, whole=session.verbose)
    path = str(winner_file(run, trajectory))
    console.print(Text.assemble(("winner  ", "bold green"), path), soft_wrap=True)
    console.print(
        Text(f"        {words.turn_name(winner)}, {_how_fast(evaluation)}"), soft_wrap=True
    )
    _show_next(console, run)


def _how_fast(evaluation: Evaluation) -> str:
    timing = evaluation.timing
    if timing is None:
        return "correct, and not timed"
    low, high = wording.times(timing.speedup_low), wording.times(timing.speedup_high)
    said = f"{wording.times(timing.speedup)} times as fast as the reference ({low} to {high})"
    if timing.speedup_high < 1:
        return f"{said}: correct, but slower"
    return said if timing.speedup_low > 1 else f"{said}: perhaps no faster at all"


def _show_next(console: Console, run: Path) -> None:
    """Name the commands that show more."""
    console.print(Text("next", "bold"))
    for verb, what in (
        ("show", "every turn"),
        ("view", "the same in a browser"),
        ("report", "a page to pass on"),
    ):
        console.print(
            Text.assemble(f"  kerneldojo {verb} {run}", (f"  {what}", "dim")), soft_wrap=True
        )


def show_many(session: Session, run: Path, trajectories: Sequence[Trajectory]) -> None:
    """Print the outcome of a search on many problems, and what it cost."""
    rows = [
        (
            each.record.problem,
            Text(f"{wording.plural(len(each.turns), 'turn')}"),
            *_outcome(each),
        )
        for each in trajectories
    ]
    show_table(
        session.people,
        ("problem", "turns", "winner", "speedup", "end"),
        rows,
        right=(1,),
        wrap=(0,),
    )
    found = sum(winner_of(each) is not None for each in trajectories)
    total = wording.plural(len(trajectories), "problem")
    where = f"; winners are in {run / FOLDER}" if found else ""
    session.people.out(f"\n{found} of {total} solved{where}")


def as_json(run: Path, trajectories: Iterable[Trajectory]) -> list[dict[str, Any]]:
    """Return the outcomes as plain data."""
    return [_facts(run, each) for each in trajectories]


def _facts(run: Path, trajectory: Trajectory) -> dict[str, Any]:
    winner, evaluation, ending = winner_of(trajectory), decisive(trajectory), trajectory.ending
    timing = evaluation.timing if evaluation else None
    profile = evaluation.profile if evaluation else None
    return {
        "problem": trajectory.record.problem,
        "turns": len(trajectory.turns),
        "end": ending.end if ending else None,
        "note": ending.note if ending else "",
        "usage": trajectory.usage.model_dump(mode="json"),
        "winner": None
        if winner is None
        else {
            "turn": winner.number,
            "place": winner.record.place,
            "file": str(winner_file(run, trajectory)),
            "verified": trajectory.verification is not None,
            "speedup": timing.speedup if timing else None,
            "speedup_low": timing.speedup_low if timing else None,
            "speedup_high": timing.speedup_high if timing else None,
            "coverage": profile.coverage if profile else None,
        },
    }


def _outcome(trajectory: Trajectory) -> tuple[Cell, Cell, Cell]:
    winner, evaluation, ending = winner_of(trajectory), decisive(trajectory), trajectory.ending
    end = str(ending.end) if ending else "interrupted"
    if winner is None:
        closest = closest_turn(trajectory.turns)
        return Text("none", "red"), status_of(closest) if closest else "–", end
    timing = evaluation.timing if evaluation else None
    figure = words.speedup(timing) if timing else "not timed"
    return words.turn_name(winner), Text(figure, "green"), end


def _show_differences(
    console: Console, trajectory: Trajectory, winner: Turn, *, whole: bool
) -> None:
    """Print how the winner differs from the reference, and from the first correct solution."""
    assert winner.solution is not None
    after = (f"{words.turn_name(winner)} ({_figure(winner)})", winner.solution.source)
    reference = ("reference", without_metadata(trajectory.problem.source))
    _show_difference(console, "from the reference to the winner", reference, after, whole=whole)
    first = next(
        turn
        for turn in trajectory.turns
        if turn.evaluation is not None and turn.evaluation.status is Status.CORRECT
    )
    if first.solution is None or first.number == winner.number:
        return
    before = (f"{words.turn_name(first)} ({_figure(first)})", first.solution.source)
    title = "from the first correct solution to the winner"
    _show_difference(console, title, before, after, whole=whole)


def _show_difference(
    console: Console, title: str, before: tuple[str, str], after: tuple[str, str], *, whole: bool
) -> None:
    """Print the difference of two sources, each given with its name."""
    lines = list(
        difflib.unified_diff(
            before[1].splitlines(), after[1].splitlines(), before[0], after[0], lineterm=""
        )
    )
    if not lines:
        return
    shown = lines if whole else lines[:_DIFF_LINES]
    text = "\n".join(shown)
    if console.is_terminal:
        console.print(Rule(Text(title, "bold"), style="dim", align="left"))
        syntax = Syntax(text, "diff", theme="ansi_dark", background_color="default", word_wrap=True)
        console.print(Padding(syntax, (0, 0, 0, 1)))
    else:
        console.out(f"{title}:\n{text}")
    if len(shown) < len(lines):
        console.print(Text(f"… {len(lines) - len(shown)} more lines; -v shows them", "dim"))
    console.print()


def _figure(turn: Turn) -> str:
    return f"{wording.times(turn.speedup)}×" if turn.speedup is not None else "not timed"


def _show_failure(console: Console, run: Path, trajectory: Trajectory) -> None:
    """Say why there is no winner, and what came closest."""
    ending = trajectory.ending
    counts = Counter(status_of(turn).plain for turn in trajectory.turns)
    came_to = ", ".join(f"{number} {status}" for status, number in counts.most_common())
    turns = wording.plural(len(trajectory.turns), "turn")
    console.print(Text.assemble(("no winner", "bold red"), f" in {turns}: {came_to or 'none'}"))
    if ending is not None and ending.note:
        console.print(Text(f"the search ended ({ending.end}): {ending.note}"), soft_wrap=True)
    closest = closest_turn(trajectory.turns)
    if closest is not None:
        label = Text.assemble(
            "closest: ", (words.turn_name(closest), "bold"), ", ", status_of(closest)
        )
        console.print(label.append(". The model was told:"), soft_wrap=True)
        said = closest.record.feedback.strip().splitlines()
        shown = said[:_FEEDBACK_LINES] + (["…"] if len(said) > _FEEDBACK_LINES else [])
        console.print(Padding(Text("\n".join(shown), "dim"), (0, 0, 0, 2)))
    _show_next(console, run)
    console.print("More turns, another strategy or another model may find one (docs/refine.md).")
