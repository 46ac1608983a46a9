"""Whole trajectories as rows for reinforcement learning, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from kerneldojo.corpus.filters import is_whole
from kerneldojo.corpus.plain import MESSAGES, plain_messages
from kerneldojo.dialogue.conversations import prompt_of
from kerneldojo.dialogue.token_rows import full_ids
from kerneldojo.records import (
    Ending,
    Evaluation,
    Problem,
    Solution,
    Tokens,
    Trajectory,
    TrajectoryRecord,
    Turn,
    TurnRecord,
)
from kerneldojo.store.tables import Kind

TURN_COLUMNS: Mapping[str, tuple[Kind, str]] = {
    "number": (int, "number in the trajectory, from 0"),
    "place": (str, "the strategy's name for the turn"),
    "parent": (int, "number of the turn it set out to improve"),
    "context": ([int], "numbers of the turns that the model was shown"),
    "forgotten": ([int], "numbers of those that did not fit"),
    "prompt": (MESSAGES, "what the model was sent; missing if a turn it was shown is"),
    "reply": (str, "what it answered"),
    "thinking": (str, "thinking that the endpoint returned separately"),
    "finish": (str, "why the reply ended: stop, length or refusal"),
    "model": (str, "name of the model, in its own words"),
    "usage": (
        {"prompt_tokens": int, "completion_tokens": int, "estimated": bool, "money": float},
        "what the reply cost",
    ),
    "prompt_ids": ([int], "token ids of the whole prompt, as they were sent"),
    "sampled_ids": ([int], "token ids of the reply, as they were drawn"),
    "logprobs": ([float], "log-probability of each sampled token when it was drawn"),
    "extends": (int, "number of the turn whose token ids, reply included, begin this prompt's"),
    "reply_problem": (str, "why the reply holds no solution"),
    "solution": (
        {"source": str, "language": str, "entry_point": str, "origin": str},
        "the solution in the reply",
    ),
    "solution_digest": (str, "content hash of the solution"),
    "status": (str, "the verdict"),
    "speedup": (float, "reference ÷ solution; missing unless correct and timed"),
    "coverage": (float, "share of the time in own kernels, 0 to 1"),
    "reward": (float, "what the turn is worth; missing if it is masked"),
    "valid": (bool, "whether the turn says anything about the model; if not, mask it"),
    "feedback": (str, "what the model is told about it"),
    "repeats": (int, "number of an earlier turn with the same solution"),
    "evaluation_id": (str, "id of the evaluation"),
    "evaluation": (str, "the evaluation, as JSON"),
    "generation_s": (float, "time the policy took, in seconds"),
    "evaluation_s": (float, "time the evaluation took, in seconds"),
    "elapsed_s": (float, "from the beginning of the trajectory to the end of the turn, in seconds"),
    "created_at": (datetime, "when the turn was over, in Coordinated Universal Time"),
}
"""Kind and meaning of each part of a turn."""

COLUMNS: Mapping[str, tuple[Kind, str]] = {
    "run": (str, "directory of the run"),
    "id": (str, "id of the trajectory"),
    "problem": (str, "name of the problem"),
    "problem_digest": (str, "content hash of the problem; with `strategy`, it names the group"),
    "problem_source": (str, "the reference"),
    "problem_licence": (str, "licence of the reference"),
    "problem_origin": (str, "where the reference came from"),
    "problem_metadata": (str, "what else is known of the problem, as JSON"),
    "sample": (int, "number within the group, from 0"),
    "strategy": (str, "what directed the dialogue"),
    "policy": (str, "what answered"),
    "question": (MESSAGES, "what every prompt begins with"),
    "turns": ([{name: kind for name, (kind, _) in TURN_COLUMNS.items()}], "the turns, see below"),
    "end": (str, "why it ended; missing if it was interrupted"),
    "best_speedup": (float, "the highest speedup of its turns"),
    "ending": (str, "its end, as JSON"),
    "verification": (str, "the evaluation in which a search judged its winner anew, as JSON"),
    "created_at": (datetime, "when it was begun, in Coordinated Universal Time"),
}
"""Kind and meaning of each column; docs/collect.md has the same words."""

_RECORDED = (
    "number place parent context forgotten reply thinking finish model usage reply_problem "
    "solution_digest evaluation_id repeats feedback reward generation_s evaluation_s elapsed_s "
    "created_at"
).split()
"""Fields of a turn's record that are columns as they stand."""


def trajectory_row(run: str, trajectory: Trajectory, *, keep_thinking: bool) -> dict[str, Any]:
    """Return a trajectory as one row.

    Args:
        run: name of the run.
        trajectory: what is told.
        keep_thinking: whether the run showed the model its own thinking.
    """
    begun, problem, ending = trajectory.record, trajectory.problem, trajectory.ending
    full = full_ids(trajectory.turns)
    return {
        "run": run,
        "id": begun.id,
        "problem": begun.problem,
        "problem_digest": begun.problem_digest,
        "problem_source": problem.source,
        "problem_licence": problem.licence,
        "problem_origin": problem.origin,
        "problem_metadata": problem.metadata.model_dump_json(),
        "sample": begun.sample,
        "strategy": begun.strategy,
        "policy": begun.policy,
        "question": plain_messages(begun.question),
        "turns": [
            _turn_row(trajectory, turn, full.get(turn.number), keep_thinking=keep_thinking)
            for turn in trajectory.turns
        ],
        "end": str(ending.end) if ending else None,
        "best_speedup": trajectory.best.speedup if trajectory.best else None,
        "ending": ending.model_dump_json() if ending else None,
        "verification": trajectory.verification.to_json() if trajectory.verification else None,
        "created_at": begun.created_at,
    }


def trajectory_of(row: Mapping[str, Any]) -> Trajectory:
    """Return the records a row was made of.

    Raises:
        ValueError: if it is no such row.
    """
    try:
        return _trajectory_of(row)
    except (KeyError, TypeError) as error:
        raise ValueError(f"this is no row of a trajectory: {error!r}") from error


def _trajectory_of(row: Mapping[str, Any]) -> Trajectory:
    problem = Problem(
        name=row["problem"],
        source=row["problem_source"],
        origin=row["problem_origin"],
        licence=row["problem_licence"],
        metadata=json.loads(row["problem_metadata"]),
    )
    record = TrajectoryRecord(
        id=row["id"],
        problem=row["problem"],
        problem_digest=row["problem_digest"],
        sample=row["sample"],
        strategy=row["strategy"],
        policy=row["policy"],
        question=row["question"],
        created_at=row["created_at"],
    )
    ending, verification = row["ending"], row["verification"]
    return Trajectory(
        record,
        problem,
        _turns_of(row["id"], row["turns"]),
        Ending.model_validate_json(ending) if ending else None,
        Evaluation.from_json(verification) if verification else None,
    )


def _turn_row(
    trajectory: Trajectory, turn: Turn, ids: tuple[int, ...] | None, *, keep_thinking: bool
) -> dict[str, Any]:
    record, evaluation, tokens = turn.record, turn.evaluation, turn.record.tokens
    row = record.model_dump(include=set(_RECORDED))
    if is_whole(trajectory, turn):
        row["prompt"] = plain_messages(prompt_of(trajectory, turn, keep_thinking=keep_thinking))
    if tokens is not None and ids is not None:
        row["prompt_ids"] = ids[: len(ids) - len(tokens.sampled)]
        row["sampled_ids"] = tokens.sampled
        row["logprobs"] = tokens.logprobs
        row["extends"] = tokens.extends
    if evaluation is not None:
        row["status"] = str(evaluation.status)
        row["speedup"] = evaluation.speedup
        row["coverage"] = evaluation.profile.coverage if evaluation.profile else None
        row["evaluation"] = evaluation.to_json()
    row["finish"] = str(record.finish)
    row["valid"] = record.valid
    row["solution"] = turn.solution.model_dump(mode="json") if turn.solution else None
    return {name: row.get(name) for name in TURN_COLUMNS}


def _turns_of(trajectory: str, rows: Sequence[Mapping[str, Any]]) -> list[Turn]:
    """Return the turns; their ids are written down again as what they add to one another's."""
    lengths: dict[int, int] = {}
    turns = []
    for row in rows:
        tokens = None
        if row["sampled_ids"] is not None:
            known = lengths.get(row["extends"], 0)
            tokens = Tokens(
                extends=row["extends"],
                prompt=row["prompt_ids"][known:],
                sampled=row["sampled_ids"],
                logprobs=row["logprobs"],
            )
            lengths[row["number"]] = len(row["prompt_ids"]) + len(row["sampled_ids"])
        record = TurnRecord(
            trajectory=trajectory, tokens=tokens, **{name: row[name] for name in _RECORDED}
        )
        solution, evaluation = row["solution"], row["evaluation"]
        turns.append(
            Turn(
                record,
                Solution.model_validate(solution) if solution else None,
                Evaluation.from_json(evaluation) if evaluation else None,
            )
        )
    return turns
