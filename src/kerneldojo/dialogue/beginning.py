"""How a trajectory begins: its id, which a resumed run finds it by, and its question."""

from __future__ import annotations

from kerneldojo.dialogue.terms import Terms
from kerneldojo.records import Problem, TrajectoryRecord, content_digest

_ID_DIGITS = 16


def trajectory_id(problem: Problem, sample: int, strategy: str) -> str:
    """Return the id of a trajectory; equal for equal problem, sample and strategy."""
    return content_digest(problem.digest, sample, strategy)[:_ID_DIGITS]


def begin(problem: Problem, terms: Terms, sample: int, strategy: str) -> TrajectoryRecord:
    """Return the beginning of a trajectory, with the question that all its prompts begin with."""
    return TrajectoryRecord(
        id=trajectory_id(problem, sample, strategy),
        problem=problem.name,
        problem_digest=problem.digest,
        sample=sample,
        strategy=strategy,
        policy=terms.policy.name,
        question=terms.question(problem),
    )
