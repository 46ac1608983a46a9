"""What turns are worth: figures of trajectories after each turn, for last and for best answers.

`turn_curve` knows verdicts only. Here a reply without code is a failure at its turn, as it should
be, and a turn lost to a fault of ours leaves the answer before it standing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from kerneldojo.metrics.columns import Floats
from kerneldojo.metrics.estimate import Estimate, Kind, estimates
from kerneldojo.metrics.intervals import DEFAULT, Resampling
from kerneldojo.metrics.turns import History
from kerneldojo.records import Evaluation, Status, Trajectory, Turn

Unit = Literal["share", "ratio", "reward"]


@dataclass(frozen=True)
class Curve:
    """One figure after each turn."""

    name: str
    unit: Unit
    last: tuple[Estimate, ...]
    """Trajectories stand with their last answer; the position is the turn, from 0."""
    best: tuple[Estimate, ...]
    """Trajectories stand with the best of their history."""
    verified: Estimate | None = None
    """Trajectories that have ended stand with their winner as it was judged anew, and fail
    without one, if any of their turns was judged at all; None where no winner was judged anew,
    and for rewards."""


@dataclass(frozen=True)
class _Figure:
    """How a figure is read from a turn, and from a verdict alone."""

    name: str
    unit: Unit
    kind: Kind
    of_turn: Callable[[Turn], float]
    of_verdict: Callable[[Evaluation | None], float] | None = None

    @classmethod
    def of(
        cls, name: str, unit: Unit, kind: Kind, figure: Callable[[Evaluation | None], float]
    ) -> _Figure:
        """Return a figure for which a turn counts by its verdict."""
        return cls(name, unit, kind, lambda turn: figure(turn.evaluation), figure)


def curves(
    trajectories: Sequence[Trajectory],
    thresholds: Sequence[float] = (1.0, 1.2),
    resampling: Resampling | None = DEFAULT,
) -> list[Curve]:
    """Return correct, fast@p, reward and speedup of trajectories after each of their turns.

    Each figure is the mean over problems of the mean over trajectories. A trajectory that has
    ended keeps its answer at later turns. The best of the history is taken for each figure by
    itself, by the measurement that is then reported, which is optimistic; how winners fared when
    they were judged anew is not.

    Args:
        trajectories: of any number of problems; those without turns are left out.
        thresholds: the values of p.
        resampling: how intervals are made; None leaves them out.

    Returns:
        The share correct, fast@p for each p, the mean reward, and the geometric mean of the
        speedup over those correct and timed. Where nothing was timed, what needs times is left
        out; without turns, all of it.
    """
    held = [one for one in trajectories if one.turns]
    if not held:
        return []
    found = [_Figure.of("correct", "share", "share", partial(_faster, p=0.0))]
    timed = any(turn.speedup is not None for one in held for turn in one.turns)
    if timed:
        found += [
            _Figure.of(f"fast@{p:g}", "share", "share", partial(_faster, p=p)) for p in thresholds
        ]
    found.append(_Figure("reward", "reward", "mean", _reward))
    if timed:
        found.append(_Figure.of("speedup", "ratio", "geometric", _log_speedup))
    return [
        Curve(
            figure.name,
            figure.unit,
            tuple(_developed(held, figure, "last", resampling)),
            tuple(_developed(held, figure, "best", resampling)),
            _verified(held, figure, resampling),
        )
        for figure in found
    ]


def _developed(
    trajectories: Sequence[Trajectory],
    figure: _Figure,
    history: History,
    resampling: Resampling | None,
) -> list[Estimate]:
    """Return a figure after each turn."""
    length = max(len(one.turns) for one in trajectories)
    rows = [_row(one.turns, figure.of_turn, length, history) for one in trajectories]
    columns = [_by_problem(trajectories, column) for column in zip(*rows, strict=True)]
    return estimates(columns, [figure.kind] * length, resampling)


def _row(
    turns: Sequence[Turn], figure: Callable[[Turn], float], length: int, history: History
) -> list[float]:
    """Return a trajectory's figure after each turn; NaN as long as it has none."""
    row, standing = [], math.nan
    for position in range(length):
        if position < len(turns) and turns[position].record.valid:
            new = figure(turns[position])
            standing = new if history == "last" else float(np.fmax(standing, new))
        row.append(standing)
    return row


def _verified(
    trajectories: Sequence[Trajectory], figure: _Figure, resampling: Resampling | None
) -> Estimate | None:
    """Return a figure of the winners as they were judged anew."""
    ended = [one for one in trajectories if one.ending is not None]
    if figure.of_verdict is None or all(one.verification is None for one in ended):
        return None
    values = [math.nan if _unknown(one) else figure.of_verdict(one.verification) for one in ended]
    [single] = estimates([_by_problem(ended, values)], [figure.kind], resampling)
    return single


def _unknown(trajectory: Trajectory) -> bool:
    """Whether a fault of ours keeps us from knowing how good a trajectory is: it is no failure."""
    if trajectory.verification is not None or trajectory.ending is None:
        return False
    named = trajectory.ending.winner is not None
    return named or not any(turn.record.valid for turn in trajectory.turns)


def _by_problem(trajectories: Sequence[Trajectory], values: Sequence[float]) -> Floats:
    """Return each problem's mean over its trajectories; NaN where none has a figure."""
    names = [one.record.problem for one in trajectories]
    number = {name: index for index, name in enumerate(dict.fromkeys(names))}
    problem = np.array([number[name] for name in names])
    table = np.array(values, dtype=np.float64)
    present = ~np.isnan(table)
    total = np.bincount(problem[present], weights=table[present], minlength=len(number))
    count = np.bincount(problem[present], minlength=len(number))
    means: Floats = np.full(len(number), np.nan)
    np.divide(total, count, out=means, where=count > 0)
    return means


def _faster(verdict: Evaluation | None, p: float) -> float:
    if verdict is None or verdict.status is not Status.CORRECT:
        return 0.0
    return 1.0 if p <= 0 else float(verdict.speedup is not None and verdict.speedup > p)


def _log_speedup(verdict: Evaluation | None) -> float:
    return math.log(verdict.speedup) if verdict is not None and verdict.speedup else math.nan


def _reward(turn: Turn) -> float:
    return math.nan if turn.reward is None else turn.reward
