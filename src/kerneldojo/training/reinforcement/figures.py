"""What a step's trajectories look like, as figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from kerneldojo.evaluation.referee.leniency import OBSERVABLE
from kerneldojo.records import Evaluation, Status, Trajectory, Turn
from kerneldojo.records.base import Record

LAZY = 0.3
"""A correct turn with less coverage than this is lazy."""


class TurnFacts(NamedTuple):
    """What figures are made of; plain, so that it goes from one process to another."""

    correct: bool
    speedup: float | None
    coverage: float | None
    hacked: bool
    reward: float | None
    """None if it was lost to a fault of ours."""
    tokens: int


class Figures(Record):
    """Shares are of turns that were judged, unless it says otherwise; None where there are none."""

    reward: float | None
    """Mean over turns."""
    reward_last: float | None
    """Mean over trajectories of their last turn."""
    reward_best: float | None
    """Mean over trajectories of their best turn."""
    correct: float | None
    fast_1: float | None
    """Share of trajectories whose last turn is correct and at least as fast as the reference."""
    fast_1_2: float | None
    """The same, at least 1.2 times as fast."""
    best_fast_1: float | None
    """Share of trajectories of which any turn is correct and at least as fast."""
    best_fast_1_2: float | None
    hacked: float | None
    """Share of dishonest turns, also where honesty is only observed."""
    lazy: float | None
    """Share of the correct turns that do less than 0.3 of the work themselves."""
    coverage: float | None
    """Mean over correct turns."""
    speedup: float | None
    """Geometric mean over correct turns."""
    length: float | None
    """Mean of the tokens the model wrote in a turn."""
    trajectories: int
    turns: int
    lost: int
    """Turns lost to faults of ours."""


def facts_of(trajectory: Trajectory) -> list[TurnFacts]:
    """Return the facts of a trajectory's turns."""
    return [_facts(turn) for turn in trajectory.turns]


def figures_of(trajectories: Sequence[Sequence[TurnFacts]]) -> Figures:
    """Return the figures of trajectories, given by their turns."""
    judged = [[turn for turn in turns if turn.reward is not None] for turns in trajectories]
    judged = [turns for turns in judged if turns]
    turns = [turn for each in judged for turn in each]
    correct = [turn for turn in turns if turn.correct]
    covered = [turn.coverage for turn in correct if turn.coverage is not None]
    speedups = [math.log(turn.speedup) for turn in correct if turn.speedup]
    fastest = [max(map(_speed, each)) for each in judged]
    last = [_speed(each[-1]) for each in judged]
    log_speedup = _mean(speedups)
    return Figures(
        reward=_mean([turn.reward or 0.0 for turn in turns]),
        reward_last=_mean([each[-1].reward or 0.0 for each in judged]),
        reward_best=_mean([max(turn.reward or 0.0 for turn in each) for each in judged]),
        correct=_mean([turn.correct for turn in turns]),
        fast_1=_mean([speed >= 1 for speed in last]),
        fast_1_2=_mean([speed >= 1.2 for speed in last]),
        best_fast_1=_mean([speed >= 1 for speed in fastest]),
        best_fast_1_2=_mean([speed >= 1.2 for speed in fastest]),
        hacked=_mean([turn.hacked for turn in turns]),
        lazy=_mean([share < LAZY for share in covered]),
        coverage=_mean(covered),
        speedup=math.exp(log_speedup) if log_speedup is not None else None,
        length=_mean([turn.tokens for each in trajectories for turn in each]),
        trajectories=len(trajectories),
        turns=sum(map(len, trajectories)),
        lost=sum(turn.reward is None for each in trajectories for turn in each),
    )


def _facts(turn: Turn) -> TurnFacts:
    evaluation, record = turn.evaluation, turn.record
    tokens = len(record.tokens.sampled) if record.tokens else record.usage.completion_tokens
    if evaluation is None:
        return TurnFacts(False, None, None, False, record.reward, tokens)
    return TurnFacts(
        correct=evaluation.status is Status.CORRECT,
        speedup=evaluation.speedup,
        coverage=evaluation.profile.coverage if evaluation.profile else None,
        hacked=_is_hack(evaluation),
        reward=record.reward,
        tokens=tokens,
    )


def _is_hack(evaluation: Evaluation) -> bool:
    """Whether a solution is dishonest, be it punished or only observed."""
    if "honesty" in evaluation.environment.details:  # it is only observed
        return any(finding.kind in OBSERVABLE for finding in evaluation.findings)
    return evaluation.status is Status.HACKED


def _speed(turn: TurnFacts) -> float:
    return (turn.speedup or 0.0) if turn.correct else 0.0


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
