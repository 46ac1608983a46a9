"""A policy of a few thousand parameters, judged by its very words instead of by kernels."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from kerneldojo.dialogue.reply import Reply
from kerneldojo.records import Environment, Evaluation, Language, Problem, Solution, Status
from kerneldojo.settings import (
    DialogueSettings,
    EvaluationSettings,
    RewardPlan,
    RlSettings,
    Sampling,
)
from kerneldojo.settings.dialogue import StopRules
from kerneldojo.training.reinforcement import Practice, reinforce
from kerneldojo.training.reinforcement.journal import RlStep, Watcher, read_steps
from tests.cli import samples

CONTEXT = 320
TURNS = 2
TIMES = {"tokens_per_s", "seconds", "generation_s", "evaluation_s", "training_s"}
"""Figures of a step that no two runs have in common."""

Verdict = Callable[[Problem, Solution], Evaluation | BaseException]


def problem(number: int = 0, words: str = "") -> Problem:
    """A problem with a short question."""
    return Problem(name=f"suite/x/p{number}", source=f"x = {number}{words}\n")


def problems(count: int) -> tuple[Problem, ...]:
    """Several problems."""
    return tuple(map(problem, range(count)))


def any_text(text: str, *_: Any, **__: Any) -> Reply:
    """Take every reply for a solution."""
    return Reply(text or " ")


def share_of_letters(text: str) -> float:
    """Return which part of a text are small letters."""
    return sum("a" <= letter <= "z" for letter in text) / max(len(text), 1)


def correct(speedup: float = 1.0, coverage: float | None = 0.9) -> Evaluation:
    """A correct solution, so fast and so much its own work."""
    timing = samples.TIMING.model_copy(update={"speedup": speedup})
    profile = samples.PROFILE.model_copy(update={"coverage": coverage})
    return samples.evaluation(
        Status.CORRECT,
        correctness=samples.PASSED,
        timing=timing,
        profile=profile if coverage is not None else None,
    )


def wrong() -> Evaluation:
    """A solution with wrong answers."""
    return samples.ALL["wrong"]()


def lost() -> Evaluation:
    """A verdict that a fault of ours has kept away."""
    return samples.ALL["failed"]()


def by_letters(_: Problem, solution: Solution) -> Evaluation:
    """Judge correct what has a small letter, and the faster the more it has."""
    share = share_of_letters(solution.source)
    return correct(3 * share) if share else wrong()


def by_words(_: Problem, solution: Solution) -> Evaluation:
    """Judge all correct, each text with a speedup of its own."""
    return correct(0.5 + int(solution.digest[:4], 16) % 1000 / 500)


class Judge:
    """Judges at once, or when `answer` says; stands for an `Evaluator`."""

    capacity = 2

    def __init__(self, verdict: Verdict = by_words) -> None:
        self.settings = EvaluationSettings()
        self.verdict = verdict
        self.asked: list[tuple[Problem, Solution]] = []
        self.anew: list[EvaluationSettings] = []
        self._lock = threading.Lock()

    def environment(self, language: Language = Language.TRITON) -> Environment:
        return samples.ENVIRONMENT

    def submit(
        self,
        problem: Problem,
        solution: Solution,
        on_stage: Callable[[str], None] = lambda stage: None,
        *,
        anew: EvaluationSettings | None = None,
    ) -> Future[Evaluation]:
        with self._lock:
            self.asked.append((problem, solution))
            if anew is not None:
                self.anew.append(anew)
            number = len(self.asked)
        future: Future[Evaluation] = Future()
        self.answer(future, self._found(problem, solution, number))
        return future

    def answer(self, future: Future[Evaluation], found: Evaluation | BaseException) -> None:
        """Give the answer: at once."""
        if isinstance(found, BaseException):
            future.set_exception(found)
        else:
            future.set_result(found)

    def _found(
        self, problem: Problem, solution: Solution, number: int
    ) -> Evaluation | BaseException:
        found = self.verdict(problem, solution)
        if isinstance(found, BaseException):
            return found
        return found.model_copy(
            update={
                "id": f"{number:032x}",
                "problem": problem.name,
                "problem_digest": problem.digest,
                "solution_digest": solution.digest,
            }
        )


class Interrupted(Exception):
    """As a kill, at a moment of our choice."""


class Stop(Watcher):
    """Interrupts after a step."""

    def __init__(self, at: int) -> None:
        self._at = at

    def stepped(self, step: RlStep) -> None:
        if step.step == self._at:
            raise Interrupted


def practice(model: Path, **changes: Any) -> Practice:
    """Return a small practice; what is changed is sorted into settings by its name."""
    rl: dict[str, Any] = {
        "steps": 1,
        "prompts": 2,
        "trajectories": 4,
        "learning_rate": 0.01,
        "loss_scale": 0.1,
        "gradient_checkpointing": False,
        "precision": "float32",
        "profiling_rejection": False,
        "mismatch": "none",
        "remeasure": False,
        "device_batch_size": 8,
        "overlap": False,
        "weight_decay": 0.1,
    }
    asked = changes.pop("problems", problems(4))
    sampling = Sampling(
        max_tokens=changes.pop("max_tokens", 6), temperature=changes.pop("temperature", 1.0)
    )
    dialogue = DialogueSettings(
        turns=changes.pop("turns", TURNS),
        example=False,
        hardware=False,
        templates=str(Path(__file__).parent / "templates"),
        stop=StopRules(repeats=None),
    )
    rest = {name: changes.pop(name) for name in ("validation", "chat_template") if name in changes}
    reward = changes.pop("reward", RewardPlan())
    settings = RlSettings(**(rl | changes))
    return Practice(str(model), tuple(asked), settings, dialogue, sampling, reward, **rest)


def train(model: Path, run: Path, judge: Judge | None = None, **changes: Any) -> list[RlStep]:
    """Train, and return the steps."""
    resume, watcher = changes.pop("resume", False), changes.pop("watcher", None)
    reinforce(practice(model, **changes), judge or Judge(), run, resume=resume, watcher=watcher)  # type: ignore[arg-type]
    return read_steps(run)


def weights(folder: Path) -> bytes:
    """Return the weights in a folder of a model."""
    return (folder / "model.safetensors").read_bytes()


def without_times(steps: list[RlStep]) -> list[dict[str, Any]]:
    """Return what two equal runs have in common."""
    return [step.model_dump(exclude=TIMES) for step in steps]
