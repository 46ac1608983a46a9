"""One answer of a run, by the names people have for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kerneldojo.errors import UsageError, did_you_mean
from kerneldojo.records import Entry, Trajectory, Turn
from kerneldojo.store import rows

if TYPE_CHECKING:
    from kerneldojo.store.run import Run

_HEX = re.compile(r"[0-9a-f]{4,32}")
_NUMBERED = re.compile(r"(?P<problem>.+?)(#(?P<sample>\d+)(\.(?P<turn>\d+))?)?")
_SHOWN = 8


def find(run: Run, name: str) -> tuple[Entry, rows.Row]:
    """Return the entry a name stands for, with the evaluation that counts.

    Args:
        run: where to look.
        name: the start of an evaluation's id (four digits at least), or a problem's name or the
            end of one, with `#SAMPLE` or `#SAMPLE.TURN` where there are several answers to it;
            samples count from 0, as in every table, and turns from 1, as wherever people see them.

    Raises:
        UsageError: if there is no such answer, or there are several.
    """
    answers = list(rows.answered(run.entries(), run.rows()))
    by_id = [each for each in answers if _HEX.fullmatch(name) and each[1].id.startswith(name)]
    found = by_id or [each for each in answers if _means(name, each[0])]
    if len({row.id for _, row in found}) == 1:
        return found[0]
    if found:
        some = "\n  ".join(
            f"{row.id[:12]}  {label(entry)}  {row.status}  {entry.origin}"
            for entry, row in found[:_SHOWN]
        )
        more = f"\n  and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise UsageError(
            f"{run.path}: {name!r} stands for {len(found)} answers; name one by its id:\n"
            f"  {some}{more}"
        )
    problems = {entry.problem for entry, _ in answers}
    leaves = {problem.rpartition("/")[2] for problem in problems}
    hint = did_you_mean(name, sorted(problems | leaves))
    raise UsageError(f"{run.path} has no evaluated answer called {name!r}.{hint}")


def find_turn(run: Run, name: str) -> tuple[Trajectory, Turn] | None:
    """Return the one turn of a dialogue that a name stands for; None if there is none, or several.

    Turns without a solution are found as well: they have no evaluation, and so no id.

    Args:
        run: where to look.
        name: as for `find`.
    """
    found = [
        (trajectory, turn)
        for trajectory in run.iter_trajectories()
        for turn in trajectory.turns
        if _means_turn(name, trajectory, turn)
    ]
    return found[0] if len(found) == 1 else None


def label(entry: Entry) -> str:
    """Return what an answer is called in tables: `suite/softmax/softmax#3`, with `.2` for turn 2.

    The first turn and, of a file's single answer, the number are left out.
    """
    turn = f".{entry.turn + 1}" if entry.turn else ""
    return f"{entry.problem}#{entry.sample}{turn}" if entry.sample or turn else entry.problem


def _means_turn(name: str, trajectory: Trajectory, turn: Turn) -> bool:
    by_id = _HEX.fullmatch(name) and (turn.record.evaluation_id or "").startswith(name)
    begun = trajectory.record
    return bool(by_id) or _is_called(name, begun.problem, begun.sample, turn.number)


def _means(name: str, entry: Entry) -> bool:
    return _is_called(name, entry.problem, entry.sample, entry.turn)


def _is_called(name: str, problem: str, sample: int, turn: int) -> bool:
    match = _NUMBERED.fullmatch(name)
    if match is None:
        return False
    if match["problem"] != problem and not problem.endswith("/" + match["problem"]):
        return False
    return (match["sample"] is None or int(match["sample"]) == sample) and (
        match["turn"] is None or int(match["turn"]) == turn + 1
    )
