"""Runs of dialogues and searches that look like real ones, made from a few real verdicts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from kerneldojo.dialogue.feedback import feedback
from kerneldojo.problems import load_problem
from kerneldojo.records import (
    End,
    Ending,
    Entry,
    Evaluation,
    Message,
    Problem,
    Solution,
    Status,
    Tokens,
    TrajectoryRecord,
    TurnRecord,
    Usage,
)
from kerneldojo.rewards import reward
from kerneldojo.store import Run

HERE = Path(__file__).parent / "records"
START = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
QUESTION = """\
Write a faster kernel for the PyTorch module below. Answer with one complete Python file that
defines `ModelNew`, a drop-in replacement for `Model`.

```python
{source}
```
"""
REPLY = """\
{thought}

```python
{source}
```

{after}
"""
THOUGHTS = (
    (
        "The module is limited by memory: every element is read once and written once. I fuse all "
        "steps into one kernel, so that nothing in between goes through memory."
    ),
    (
        "The last version was right but its blocks were too small, so most of the time went into "
        "launching. I use larger blocks and leave the loop to the compiler."
    ),
    (
        "The error says that the mask was wrong at the end of a row. I load with a mask and a "
        "neutral element, which keeps the reduction right."
    ),
)
PONDERING = (
    "Let me think about what limits this. The input has 4096 × 1024 elements, that is 16 MiB, and "
    "a single pass reads and writes it once.\n\nIf I keep a row in registers, the second pass "
    "costs nothing. The block must be a power of two that covers the row.\n"
)


@dataclass(frozen=True)
class Judged:
    """A solution and the verdict that an evaluator once gave on it."""

    solution: Solution
    evaluation: Evaluation


@cache
def judged() -> dict[str, list[Judged]]:
    """Return real verdicts by the name of their problem, worst first."""
    solutions = [Solution.model_validate_json(line) for line in (HERE / "solutions.jsonl").open()]
    evaluations = [Evaluation.from_json(line) for line in (HERE / "evaluations.jsonl").open()]
    by_digest = {solution.digest: solution for solution in solutions}
    found: dict[str, list[Judged]] = {}
    for evaluation in evaluations:
        each = Judged(by_digest[evaluation.solution_digest], evaluation)
        found.setdefault(evaluation.problem, []).append(each)
    for group in found.values():
        group.sort(key=lambda each: each.evaluation.speedup or 0.0)
    return found


@cache
def problem(name: str) -> Problem:
    return load_problem(name)


class Author:
    """Writes trajectories to a run, turn by turn, as a dialogue would."""

    def __init__(self, run: Run, seed: int = 0, skill: float = 1.0) -> None:
        self.run = run
        self.draw = random.Random(seed)
        self.skill = skill
        """What speedups are multiplied by."""
        self.speedups: dict[tuple[str, int], float] = {}

    def begin(self, name: str, sample: int = 0, strategy: str = "rollout") -> TrajectoryRecord:
        asked = problem(name)
        record = TrajectoryRecord(
            id=f"{self.draw.getrandbits(64):016x}",
            problem=name,
            problem_digest=asked.digest,
            sample=sample,
            strategy=strategy,
            policy="kernel-coder-14b",
            question=(
                Message(role="system", content="You write fast and correct kernels."),
                Message(role="user", content=QUESTION.format(source=asked.source)),
            ),
            created_at=START + timedelta(seconds=60 * sample),
        )
        self.run.add(asked)
        self.run.add(record)
        return record

    def turn(
        self,
        record: TrajectoryRecord,
        number: int,
        quality: float,
        *,
        parent: int | None = None,
        context: Sequence[int] = (),
        place: str | None = None,
        **changes: object,
    ) -> TurnRecord:
        """Write one turn.

        Args:
            record: its trajectory.
            number: its number.
            quality: 0 picks the worst verdict there is on the problem, 1 the best one.
            parent: the turn it improves.
            context: the turns shown.
            place: its name.
            changes: fields of the record to be replaced.
        """
        known = judged()[record.problem]
        chosen = known[min(int(quality * len(known)), len(known) - 1)]
        solution = chosen.solution.model_copy(
            update={"source": f"# turn {number} of {record.id}\n{chosen.solution.source}"}
        )
        evaluation = self.varied(chosen.evaluation, solution)
        tokens = self.draw.randint(400, 2400)
        turn = TurnRecord(
            trajectory=record.id,
            number=number,
            place=place or f"turn {number + 1}",
            parent=parent,
            context=tuple(context),
            reply=REPLY.format(
                thought=THOUGHTS[number % len(THOUGHTS)],
                source=solution.source,
                after="This should be faster.",
            ),
            thinking=PONDERING * self.draw.randint(1, 4),
            model="kernel-coder-14b-2026-10",
            usage=Usage(
                prompt_tokens=1200 + 1800 * len(context),
                completion_tokens=tokens,
                money=round(tokens * 2e-6, 6),
            ),
            generation_s=tokens / 60,
            evaluation_s=evaluation.costs.total_s,
            tokens=self.tokens(number, tokens, len(context)),
            solution_digest=solution.digest,
            evaluation_id=evaluation.id,
            feedback=feedback(evaluation, solution).text,
            reward=reward(evaluation),
            created_at=START + timedelta(seconds=60 * record.sample + 45 * number),
        ).model_copy(update=changes)
        self.run.add(solution)
        self.run.add(evaluation)
        self.run.add(
            Entry(
                problem=record.problem,
                problem_digest=record.problem_digest,
                solution_digest=solution.digest,
                origin=f"{record.id}, {turn.place}",
                sample=record.sample,
                turn=number,
            )
        )
        self.run.add(turn)
        self.speedups[record.id, number] = evaluation.speedup or 0.0
        return turn

    def varied(self, evaluation: Evaluation, solution: Solution) -> Evaluation:
        """Return a verdict like another one, on a solution of its own and a bit off in time."""
        factor = 2 ** self.draw.gauss(0, 0.25) * self.skill
        timing = evaluation.timing
        if timing is not None:
            timing = timing.model_copy(
                update={
                    "speedup": timing.speedup * factor,
                    "speedup_low": timing.speedup * factor * 0.93,
                    "speedup_high": timing.speedup * factor * 1.08,
                }
            )
        return evaluation.model_copy(
            update={
                "id": f"{self.draw.getrandbits(128):032x}",
                "solution_digest": solution.digest,
                "timing": timing,
            }
        )

    def tokens(self, number: int, count: int, shown: int) -> Tokens:
        sampled = tuple(self.draw.randrange(32_000) for _ in range(count))
        logprobs = tuple(-abs(self.draw.gauss(0, 0.4)) for _ in range(count))
        return Tokens(
            extends=number - 1 if shown else None,
            prompt=tuple(range(1200 if not shown else 600)),
            sampled=sampled,
            logprobs=logprobs,
        )

    def end(self, record: TrajectoryRecord, end: End, turns: Sequence[TurnRecord]) -> None:
        best = max(turns, key=lambda turn: self.speedups[record.id, turn.number])
        won = best.number if self.speedups[record.id, best.number] else None
        self.run.add(Ending(trajectory=record.id, end=end, winner=won, note=""))

    def rollout(self, name: str, sample: int, turns: int = 4, *, finished: bool = True) -> str:
        """Write a trajectory whose turns follow one another, and return its id."""
        record = self.begin(name, sample)
        taken = [
            self.turn(
                record,
                number,
                min(max(self.draw.gauss((number + 0.5) / turns, 0.25), 0.0), 1.0),
                parent=number - 1 if number else None,
                context=range(number),
            )
            for number in range(turns)
        ]
        if finished:
            self.end(record, End.TURNS, taken)
        return record.id

    def search(self, name: str, rounds: int = 4, width: int = 4, sample: int = 0) -> str:
        """Write a trajectory whose turns form a tree, and return its id."""
        record = self.begin(name, sample, strategy="beam")
        taken: list[TurnRecord] = []
        front: list[int] = []
        for level in range(rounds):
            layer = []
            for lane in range(width):
                parent = front[lane % len(front)] if front else None
                quality = min(max(self.draw.gauss((level + 0.6) / rounds, 0.3), 0.0), 1.0)
                turn = self.turn(
                    record,
                    len(taken),
                    quality,
                    parent=parent,
                    context=() if parent is None else (parent,),
                    place=f"round {level}, lane {lane}",
                )
                taken.append(turn)
                layer.append(turn)
            front = [
                turn.number
                for turn in sorted(layer, key=lambda turn: turn.reward or 0.0, reverse=True)
            ][: max(width // 2, 1)]
        self.end(record, End.BUDGET, taken)
        return record.id


def write_run(path: Path, seed: int = 1, skill: float = 1.0, samples: int = 4) -> Run:
    """Write rollouts on all problems and a search on the first, and return the run."""
    with Run.create(path, "rollout", {"seed": seed}) as run:
        author = Author(run, seed, skill)
        for number, name in enumerate(judged()):
            for sample in range(samples):
                author.rollout(name, sample, 3 + (sample + number) % 3, finished=sample != 3)
        author.search(next(iter(judged())), sample=samples)
    return Run.open(path)


def write_bench(path: Path) -> Run:
    """Write a run without trajectories: answers from files and their verdicts."""
    with Run.create(path, "bench", {}) as run:
        for name, group in judged().items():
            asked = problem(name)
            run.add(asked)
            for sample, each in enumerate(group):
                run.add(each.solution)
                run.add(
                    Entry(
                        problem=name,
                        problem_digest=asked.digest,
                        solution_digest=each.solution.digest,
                        origin=f"answers/{sample}.py",
                        sample=sample,
                    )
                )
                run.add(each.evaluation)
    return Run.open(path)


def statuses() -> set[Status]:
    """Return which statuses the real verdicts have."""
    return {each.evaluation.status for group in judged().values() for each in group}
