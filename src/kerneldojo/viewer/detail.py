"""One trajectory in full: what was sent, said, judged and told."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from kerneldojo.records import (
    Ending,
    Entry,
    Evaluation,
    Problem,
    Record,
    Solution,
    Tokens,
    TrajectoryRecord,
    TurnRecord,
)
from kerneldojo.records.marks import marks
from kerneldojo.viewer.index import Known, RunIndex

LONGEST = 200_000
"""Characters of one text that are shown."""
_EVEN = math.log(0.5)
_PIECES = 160
"""How many means a reply's log-probabilities are drawn with."""


def detail(run: RunIndex, known: Known) -> dict[str, Any]:
    """Return everything about a trajectory, or about an answer that belongs to none.

    Raises:
        OSError: if the run cannot be read.
        ValueError: if a line has changed since it was first read.
    """
    problem = run.problems.get(known.beginning.problem_digest)
    facts: dict[str, Any] = {
        "version": known.version,
        "id": known.beginning.id,
        "problem": known.beginning.problem,
        "reference": problem.number if problem else None,
        "level": problem.level if problem else None,
        "description": problem.description if problem else "",
        "created": known.beginning.created_at.isoformat(),
        "keep_thinking": _keeps_thinking(run),
        "question": [],
        "note": "",
        "verification": None,
    }
    if known.entry is not None:
        return {**facts, "turns": [_answer(run, known, known.entry)]}
    record = run.line(TrajectoryRecord, known.place)
    facts["question"] = [
        {"role": message.role, "content": cut(message.content)} for message in record.question
    ]
    if known.ending_place is not None:
        ending = run.line(Ending, known.ending_place)
        facts["note"] = cut(ending.note)
        facts["verification"] = _evaluation(run, ending.verification, None)
    places = [known.turns[number].place for number in sorted(known.turns)]
    turns = [run.line(TurnRecord, place) for place in places if place is not None]
    return {**facts, "turns": [_turn(run, turn) for turn in turns]}


def _keeps_thinking(run: RunIndex) -> bool:
    """Whether earlier replies were shown to the model thinking and all."""
    settings = run.run.config.get("dialogue")
    return isinstance(settings, dict) and settings.get("keep_thinking") is True


def problem_source(run: RunIndex, number: int) -> dict[str, Any] | None:
    """Return the reference of a problem by its number in the run; None if there is none."""
    for known in run.problems.values():
        if known.number == number:
            problem = run.line(Problem, known.place)
            return {"name": problem.name, "source": cut(problem.source), "licence": problem.licence}
    return None


def _turn(run: RunIndex, turn: TurnRecord) -> dict[str, Any]:
    facts = _plain(turn, {"trajectory", "tokens", "reply", "thinking", "feedback"})
    return {
        **facts,
        "reply": cut(turn.reply),
        "thinking": cut(turn.thinking),
        "feedback": cut(turn.feedback),
        "tokens": None if turn.tokens is None else token_facts(turn.tokens),
        **_judged(run, turn.solution_digest, turn.evaluation_id),
    }


def _answer(run: RunIndex, known: Known, entry: Entry) -> dict[str, Any]:
    evaluation = known.turns[0].verdict
    return {
        "number": 0,
        "place": "answer",
        "origin": entry.origin,
        **_judged(run, entry.solution_digest, evaluation),
    }


def _judged(run: RunIndex, digest: str | None, evaluation: str | None) -> dict[str, Any]:
    solution = run.solution(digest) if digest else None
    shown = None
    if solution is not None:
        shown = {"source": cut(solution.source), "language": str(solution.language)}
    return {"solution": shown, "evaluation": _evaluation(run, evaluation, solution)}


def _evaluation(
    run: RunIndex, name: str | None, solution: Solution | None
) -> dict[str, Any] | None:
    verdict = run.verdicts.get(name or "")
    if verdict is None:
        return None
    evaluation = run.line(Evaluation, verdict.place)
    facts = _plain(evaluation, {"format", "problem_digest"})
    facts["log"] = cut(evaluation.log)
    found = marks(evaluation, solution.source) if solution is not None else ()
    facts["marks"] = [mark.model_dump(mode="json") for mark in found]
    return facts


def _plain(record: Record, exclude: set[str]) -> dict[str, Any]:
    """Return a record as JSON has it: figures that are not finite are words."""
    facts: dict[str, Any] = json.loads(record.model_dump_json(exclude=exclude))
    return facts


def token_facts(tokens: Tokens) -> dict[str, Any]:
    """Return counts, and how sure the policy was of what it said.

    `logprobs` has the mean, the perplexity exp(−mean), the least, and the share of tokens that
    had a probability below one half; `course` the means over successive pieces of the reply.
    """
    facts: dict[str, Any] = {
        "extends": tokens.extends,
        "prompt": len(tokens.prompt),
        "sampled": len(tokens.sampled),
        "logprobs": None,
    }
    values = [value for value in tokens.logprobs or () if math.isfinite(value)]
    if values:
        mean = sum(values) / len(values)
        facts["logprobs"] = {
            "mean": mean,
            "perplexity": math.exp(min(-mean, 700.0)),
            "least": min(values),
            "unsure": sum(value < _EVEN for value in values) / len(values),
            "course": list(_means(values)),
        }
    return facts


def _means(values: list[float]) -> Iterable[float]:
    step = max(1, math.ceil(len(values) / _PIECES))
    for start in range(0, len(values), step):
        piece = values[start : start + step]
        yield round(sum(piece) / len(piece), 4)


def cut(text: str) -> str:
    """Return a text short enough to be shown, which says so if it has been cut."""
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST] + f"\n… cut here, {len(text):,} characters in all"
