"""The list of trajectories as the page gets it: short rows, names by number."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import kerneldojo
from kerneldojo.records import End, Status, Usage
from kerneldojo.store.steps import TRAINING
from kerneldojo.viewer.index import Known, KnownTurn, RunIndex

NO_SOLUTION = "NO_SOLUTION"
"""Stands for a status where the reply held no solution."""
PENDING = "PENDING"
"""Stands for a status where there is no verdict yet."""
STATUSES = (*map(str, Status), NO_SOLUTION, PENDING)
ENDS = tuple(map(str, End))
_NUMBERS = {status: number for number, status in enumerate(STATUSES)}


class Names:
    """Texts by number, so that each is sent once."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        """Return the number of a text."""
        if text not in self._numbers:
            self._numbers[text] = len(self.texts)
            self.texts.append(text)
        return self._numbers[text]


def listing(runs: Sequence[RunIndex], since: Sequence[int]) -> dict[str, Any]:
    """Return what has changed in the list of trajectories.

    Args:
        runs: the runs shown, up to date.
        since: of each run, the version the page has already; 0 for everything.
    """
    names = Names()
    rows = [
        _row(run, number, known, names)
        for number, (run, version) in enumerate(zip(runs, since, strict=True))
        if run.version > version
        for known in run.known
        if known.version > version
    ]
    return {
        "kerneldojo": kerneldojo.__version__,
        "statuses": STATUSES,
        "ends": ENDS,
        "versions": [run.version for run in runs],
        "runs": [_run(run) for run in runs],
        "levels": {name: level for run in runs for name, level in _levels(run).items()}
        if rows
        else {},
        "rows": rows,
        "names": names.texts,
    }


def _run(run: RunIndex) -> dict[str, Any]:
    return {
        "label": run.label,
        "path": str(run.run.path),
        "kind": run.run.kind,
        "training": run.run.kind in TRAINING,
        "created": run.run.info.created_at.isoformat(),
        "trajectories": len(run.known),
        "bad": run.bad_lines,
    }


def _levels(run: RunIndex) -> dict[str, int]:
    return {each.name: each.level for each in run.problems.values() if each.level is not None}


def _row(run: RunIndex, number: int, known: Known, names: Callable[[str], int]) -> list[Any]:
    beginning, ending = known.beginning, known.ending
    usage = Usage()
    seconds = 0.0
    turns = [known.turns[key] for key in sorted(known.turns)]
    for turn in turns:
        usage += turn.part.usage
        seconds += turn.part.generation_s + turn.part.evaluation_s
    verified = run.verdicts.get((ending.verification if ending else None) or "")
    return [
        number,
        known.number,
        names(beginning.problem),
        names(beginning.id),
        beginning.sample,
        names(beginning.strategy),
        names(beginning.policy),
        round(beginning.created_at.timestamp()),
        _end(known),
        ending.winner if ending else None,
        None if verified is None else [_NUMBERS[verified.status], short(verified.speedup)],
        usage.tokens,
        short(usage.money),
        short(seconds),
        known.version,
        [_turn(run, key, known.turns[key], names) for key in sorted(known.turns)],
    ]


def _end(known: Known) -> int:
    """Return the number of the end among `ENDS`; −1 if it goes on, −2 if it is only an answer."""
    if known.entry is not None:
        return -2
    return -1 if known.ending is None else ENDS.index(known.ending.end)


def _turn(run: RunIndex, number: int, turn: KnownTurn, names: Callable[[str], int]) -> list[Any]:
    verdict = run.verdicts.get(turn.verdict or "")
    reward = short(turn.part.reward)
    if verdict is None:
        status = NO_SOLUTION if turn.part.reply_problem else PENDING
        return [number, _NUMBERS[status], None, None, None, None, reward, None, None]
    return [
        number,
        _NUMBERS[verdict.status],
        short(verdict.speedup),
        short(verdict.speedup_low),
        short(verdict.speedup_high),
        short(verdict.coverage),
        reward,
        names(" ".join(verdict.findings)) if verdict.findings else None,
        names(verdict.gist) if verdict.gist else None,
    ]


def short(value: float | None) -> float | None:
    """Return a figure with the digits that a list shows; nothing for what is not finite."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.4g}")
