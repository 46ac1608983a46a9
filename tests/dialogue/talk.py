"""A policy that says what it is told to, and an evaluator that judges as the source says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from kerneldojo.dialogue import Terms
from kerneldojo.policies.base import NO_TOPIC, OnText, Topic, ignore
from kerneldojo.records import (
    Completion,
    ErrorInfo,
    Evaluation,
    Message,
    Problem,
    Solution,
    Status,
    Usage,
)
from kerneldojo.settings import DialogueSettings, EvaluationSettings, Sampling
from tests.cli import samples

USAGE = Usage(prompt_tokens=100, completion_tokens=20, money=0.25)


def broken() -> Evaluation:
    error = ErrorInfo(type="NameError", message="name 'toch' is not defined")
    return samples.evaluation(Status.INVALID_PROBLEM, error=error)


VERDICTS = {**samples.ALL, "invalid_problem": broken}


def problem(name: str = "suite/x/one") -> Problem:
    return Problem(name=name, source=f"# {name}\n")


def code(verdict: str, speedup: float = 0.0, text: str = "") -> str:
    """A reply whose solution is judged as it says itself."""
    return f"```python\nclass ModelNew: ...\n# {text}\n# verdict: {verdict} {speedup}\n```\n"


class Script:
    """Says its lines in order; a line may be an exception. Notes what it was asked."""

    name = "script"
    context_length: int | None = None

    def __init__(self, *lines: str | Completion | BaseException) -> None:
        self.lines = list(lines)
        self.asked: list[tuple[tuple[Message, ...], Sampling, Topic]] = []
        self.closed = 0

    async def complete(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        topic: Topic = NO_TOPIC,
        on_text: OnText = ignore,
    ) -> Completion:
        self.asked.append((tuple(messages), sampling, topic))
        await asyncio.sleep(0)
        line = self.lines.pop(0)
        if isinstance(line, BaseException):
            raise line
        if isinstance(line, Completion):
            return line
        on_text(line)
        return Completion(text=line, usage=USAGE, model="script-1", seconds=0.5)

    def count_tokens(self, text: str) -> int:
        return len(text) // 4

    async def close(self) -> None:
        self.closed += 1


class Judge:
    """Judges at once; notes what it was asked."""

    capacity = 2

    def __init__(self) -> None:
        self.settings = EvaluationSettings()
        self.asked: list[tuple[str, str]] = []

    def submit(
        self, problem: Problem, solution: Solution, on_stage: Callable[[str], None]
    ) -> Future[Evaluation]:
        on_stage("build")
        verdict, speedup = solution.source.rpartition("# verdict: ")[2].split()
        self.asked.append((problem.name, verdict))
        sample = VERDICTS[verdict]()
        changes: dict[str, object] = {
            "id": f"{len(self.asked):032x}",
            "problem": problem.name,
            "problem_digest": problem.digest,
            "solution_digest": solution.digest,
        }
        if sample.timing is not None and float(speedup):
            changes["timing"] = sample.timing.model_copy(update={"speedup": float(speedup)})
        future: Future[Evaluation] = Future()
        future.set_result(sample.model_copy(update=changes))
        return future


def terms(policy: Script, judge: Judge | None = None, **changes: object) -> Terms:
    """Terms for dialogues without an example, so that prompts are short."""
    given: dict[str, object] = {"settings": DialogueSettings(example=False), **changes}
    return Terms(policy, judge or Judge(), **given)  # type: ignore[arg-type]
