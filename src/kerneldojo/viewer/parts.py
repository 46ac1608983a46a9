"""The parts of records that a list of trajectories needs; the rest is parsed and dropped."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from kerneldojo.records import End, Usage


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class BeginningPart(_Part):
    """Of a `TrajectoryRecord`: all but the question."""

    id: str
    problem: str
    problem_digest: str
    sample: int = 0
    strategy: str = "rollout"
    policy: str = ""
    created_at: datetime


class TurnPart(_Part):
    """Of a `TurnRecord`: all but what was said."""

    trajectory: str
    number: int
    parent: int | None = None
    usage: Usage = Usage()
    generation_s: float = 0.0
    evaluation_s: float = 0.0
    reply_problem: str | None = None
    evaluation_id: str | None = None
    reward: float | None = None


class EndingPart(_Part):
    """Of an `Ending`: all but the note."""

    trajectory: str
    end: End
    winner: int | None = None
    verification: str | None = None
