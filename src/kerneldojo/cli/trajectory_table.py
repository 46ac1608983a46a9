"""What trajectories came to: one by one, and turn by turn over all of them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from kerneldojo import wording
from kerneldojo.cli import words
from kerneldojo.cli.tables import Cell, show_table
from kerneldojo.records import Trajectory


def show_endings(console: Console, trajectories: Sequence[Trajectory]) -> None:
    """Print how each trajectory ended, and what won."""
    if trajectories:
        console.print()
        heads = ("problem", "turns", "end", "winner", "speedup", "why")
        show_table(
            console,
            heads,
            [_ending(one) for one in trajectories],
            right=(1, 4),
            wrap=(0, 3),
            spare=(2,),
        )


def show_turns(console: Console, trajectories: Sequence[Trajectory]) -> None:
    """Print figures over all trajectories after each turn, if there is more than one."""
    if all(len(one.turns) < 2 for one in trajectories):
        return
    # Imported here because the figures load numpy.
    from kerneldojo.metrics import curves
    from kerneldojo.reporting.words import show, turn_rows

    found = curves(trajectories, resampling=None)
    console.print("\nAfter each turn: the last answer, and the best so far:\n", highlight=False)
    rows: list[list[Cell]] = [
        [name, *(Text.assemble(last, (f"  {best}", "dim")) for last, best in cells)]
        for name, cells in turn_rows(found)
    ]
    if any(curve.verified for curve in found):
        judged = (
            show(curve.verified.value, curve.unit) if curve.verified else "–" for curve in found
        )
        rows.append([Text("winners, judged anew", "bold"), *judged])
    heads = ["turn", *(curve.name for curve in found)]
    show_table(console, heads, rows, right=range(1, len(heads)), spare=range(len(heads) - 2, 0, -1))


def _ending(one: Trajectory) -> list[Cell]:
    sample = f"#{one.record.sample}" if one.record.sample else ""
    name = words.short_path(one.record.problem) + sample
    if one.ending is None:
        return [name, str(len(one.turns)), Text("not yet", "dim"), "–", "–", ""]
    winner = next((turn for turn in one.turns if turn.number == one.ending.winner), None)
    judged = one.verification or (winner.evaluation if winner else None)
    speedup = judged.speedup if judged else None
    return [
        name,
        str(len(one.turns)),
        str(one.ending.end),
        words.turn_name(winner) if winner else Text("none", "dim"),
        f"{wording.times(speedup)}×" if speedup is not None else "–",
        Text(one.ending.note, "dim"),
    ]
