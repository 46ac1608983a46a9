"""Turns and trajectories: as they are written down, and joined with what they refer to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from kerneldojo.records.base import Record
from kerneldojo.records.completion import Finish, Message, Usage
from kerneldojo.records.evaluation import Evaluation
from kerneldojo.records.problem import Problem
from kerneldojo.records.solution import Solution
from kerneldojo.records.status import Status

TRAJECTORY_FORMAT = "kerneldojo.trajectory/1"


class End(StrEnum):
    """Why a trajectory ended."""

    TURNS = "turns"
    """All its turns were taken."""
    GOAL = "goal"
    """The speedup that was asked for was reached."""
    PATIENCE = "patience"
    """There was no improvement for too long."""
    REPEATS = "repeats"
    """The model said the same again and again."""
    BUDGET = "budget"
    """The budget was spent."""
    ADVICE = "advice"
    """A further try was not worth its cost."""
    PROBLEM = "problem"
    """The problem itself turned out to be broken."""
    CONTEXT = "context"
    """Even the shortest prompt does not fit into the model's context."""


class Tokens(Record):
    """The token ids of a turn, as the policy was sent them and returned them."""

    extends: int | None = None
    """Number of the turn whose tokens, prompt and sampled ones, stand before these: the prompt
    began with them. None if this turn's prompt is all here."""
    prompt: tuple[int, ...]
    sampled: tuple[int, ...]
    logprobs: tuple[float, ...] | None = None
    """Of the sampled tokens, when they were drawn."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.logprobs is not None and len(self.logprobs) != len(self.sampled):
            raise ValueError("there must be one log-probability for each sampled token")
        return self


class TurnRecord(Record):
    """One reply and what came of it: a line of `turns.jsonl`."""

    trajectory: str
    """Id of its trajectory."""
    number: int = Field(ge=0)
    """Counted from 0 in the order of being begun."""
    place: str
    """What the strategy calls it, e.g. `island 2, generation 3`; unique in its trajectory."""
    parent: int | None = None
    """Number of the turn it set out to improve."""
    context: tuple[int, ...] = ()
    """Numbers of the earlier turns that the model was shown, in that order."""
    forgotten: tuple[int, ...] = ()
    """Numbers of those it should have been shown, and that its context had no room for."""
    reply: str
    thinking: str = ""
    finish: Finish = Finish.STOP
    model: str = ""
    usage: Usage = Usage()
    generation_s: float = Field(default=0.0, ge=0)
    """Time the policy took."""
    evaluation_s: float = Field(default=0.0, ge=0)
    """Time the evaluation took, waiting included."""
    elapsed_s: float = Field(default=0.0, ge=0)
    """From the beginning of the trajectory to the end of this turn, without interruptions."""
    tokens: Tokens | None = None
    reply_problem: str | None = None
    """Why the reply holds no solution (docs/feedback.md), if it holds none."""
    solution_digest: str | None = None
    evaluation_id: str | None = None
    repeats: int | None = None
    """Number of an earlier turn with the same solution."""
    feedback: str
    """What the model is told about this turn whenever the turn is shown to it."""
    reward: float | None = None
    """None if a fault of ours kept the turn from being judged: it is no one's failure."""
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))

    @property
    def valid(self) -> bool:
        """Whether the turn says anything about the policy."""
        return self.reward is not None


class TrajectoryRecord(Record):
    """The beginning of a trajectory: a line of `trajectories.jsonl`."""

    format: str = Field(default=TRAJECTORY_FORMAT, pattern=r"^kerneldojo\.trajectory/1$")
    id: str
    """Equal for equal problem, sample and strategy, so that a resumed run finds it again."""
    problem: str
    problem_digest: str
    sample: int = Field(default=0, ge=0)
    """Number among the independent trajectories of the problem: its place in the group."""
    strategy: str = "rollout"
    policy: str = ""
    """The policy's name."""
    question: tuple[Message, ...]
    """What every prompt of the trajectory begins with."""
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class Ending(Record):
    """The end of a trajectory: a line of `endings.jsonl`. One that was interrupted has none."""

    trajectory: str
    """Id of the trajectory."""
    end: End
    winner: int | None = None
    """Number of the turn with the best solution, if any is correct."""
    verification: str | None = None
    """Id of the evaluation in which a search judged its winner anew."""
    note: str = ""
    """For people: what led to the end."""
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class Turn:
    """A turn with its solution and evaluation."""

    record: TurnRecord
    solution: Solution | None = None
    evaluation: Evaluation | None = None

    @property
    def number(self) -> int:
        """Its number in the trajectory, from 0."""
        return self.record.number

    @property
    def reward(self) -> float | None:
        """What it is worth; None if a fault of ours kept it from being judged."""
        return self.record.reward

    @property
    def speedup(self) -> float | None:
        """Reference ÷ solution; None unless correct and timed."""
        return self.evaluation.speedup if self.evaluation else None


@dataclass(frozen=True)
class Trajectory:
    """All turns on one problem, in order of their numbers."""

    record: TrajectoryRecord
    problem: Problem
    turns: list[Turn] = field(default_factory=list)
    ending: Ending | None = None
    """None if it has not ended yet, or was interrupted."""
    verification: Evaluation | None = None
    """The evaluation in which a search judged its winner anew."""

    @property
    def best(self) -> Turn | None:
        """The correct turn with the highest speedup, the earliest of equals."""
        correct = [
            turn
            for turn in self.turns
            if turn.evaluation is not None and turn.evaluation.status is Status.CORRECT
        ]
        return max(correct, key=lambda turn: turn.speedup or 0.0, default=None)

    @property
    def usage(self) -> Usage:
        """What all turns cost together."""
        total = Usage()
        for turn in self.turns:
            total += turn.record.usage
        return total
