"""Conversations for supervised fine-tuning: lists of messages that end with a good answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from kerneldojo.corpus import filters
from kerneldojo.corpus.keep import Keep
from kerneldojo.corpus.plain import MESSAGES, plain_messages
from kerneldojo.dialogue.conversations import lineage, prompt_of, reply_of
from kerneldojo.records import Trajectory, Turn
from kerneldojo.store.tables import Kind

COLUMNS: Mapping[str, tuple[Kind, str]] = {
    "messages": (MESSAGES, "role and content of each message, the last the model's answer"),
    "run": (str, "directory of the run"),
    "trajectory": (str, "id of the trajectory"),
    "problem": (str, "name of the problem"),
    "sample": (int, "number among the trajectories of the problem, from 0"),
    "strategy": (str, "what directed the dialogue"),
    "policy": (str, "what answered"),
    "model": (str, "name of the model that answered last, in its own words"),
    "turn": (int, "number of the last message's turn, from 0"),
    "turns": (int, "how many of the messages are the model's"),
    "is_answer": (bool, "whether the last message is the trajectory's answer, not one it built on"),
    "status": (str, "the verdict on the last message; missing if it held no solution"),
    "speedup": (float, "reference ÷ solution of the last message; missing unless correct"),
    "best_speedup": (float, "the highest speedup of the trajectory"),
    "coverage": (float, "share of the time in the last solution's own kernels, 0 to 1"),
    "reward": (float, "of the last message; missing if a fault of ours kept it from being judged"),
    "end": (str, "why the trajectory ended; missing if it was interrupted"),
    "language": (str, "triton, cuda or cpp"),
    "problem_licence": (str, "licence of the reference"),
    "problem_digest": (str, "content hash of the problem"),
    "solution_digest": (str, "content hash of the last solution"),
    "created_at": (datetime, "when the last message was judged, in Coordinated Universal Time"),
}
"""Kind and meaning of each column; docs/collect.md has the same words."""


def conversation_rows(
    run: str, trajectory: Trajectory, keep: Keep, *, keep_thinking: bool, thinking: bool
) -> Iterator[dict[str, Any]]:
    """Yield the conversations that lead to a trajectory's answer, each as it took place.

    The first row is the one that ends with the answer. If the answer improved on a turn that the
    model was shown alone, or beside others, the conversation in which that turn was made follows,
    and so on; those that are the beginning of another are left out, so that a rollout gives one.

    Args:
        run: name of the run.
        trajectory: whose answer is there, with all that was shown for it.
        keep: which turn is the answer, and what a turn on the way must be like: with `correct`,
            a conversation does not end with one that is not.
        keep_thinking: whether the run showed the model its own thinking.
        thinking: whether the last message holds the model's thinking.
    """
    answer = filters.answer(trajectory, keep.answer)
    if answer is None:
        return
    said: list[tuple[int, ...]] = []
    for turn in reversed(lineage(trajectory, answer)):
        numbers = (*turn.record.context, turn.number)
        begins = any(longer[: len(numbers)] == numbers for longer in said)
        wrong = keep.correct and not filters.is_correct(trajectory, turn)
        if begins or wrong or not filters.is_whole(trajectory, turn):
            continue
        said.append(numbers)
        prompt = prompt_of(trajectory, turn, keep_thinking=keep_thinking)
        messages = (*prompt, reply_of(turn, thinking=thinking))
        row = {
            "messages": plain_messages(messages),
            "run": run,
            **_facts(trajectory, turn),
            "turns": len(numbers),
            "is_answer": turn is answer,
        }
        yield {name: row[name] for name in COLUMNS}


def _facts(trajectory: Trajectory, turn: Turn) -> dict[str, Any]:
    begun, record = trajectory.record, turn.record
    evaluation = filters.verdict(trajectory, turn)
    return {
        "trajectory": begun.id,
        "problem": begun.problem,
        "sample": begun.sample,
        "strategy": begun.strategy,
        "policy": begun.policy,
        "model": record.model,
        "turn": record.number,
        "status": str(evaluation.status) if evaluation else None,
        "speedup": evaluation.speedup if evaluation else None,
        "best_speedup": trajectory.best.speedup if trajectory.best else None,
        "coverage": evaluation.profile.coverage if evaluation and evaluation.profile else None,
        "reward": record.reward,
        "end": str(trajectory.ending.end) if trajectory.ending else None,
        "language": str(turn.solution.language) if turn.solution else None,
        "problem_licence": trajectory.problem.licence,
        "problem_digest": begun.problem_digest,
        "solution_digest": record.solution_digest,
        "created_at": record.created_at,
    }
