"""What the dialogues of one run have in common."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from kerneldojo.dialogue.prompts import Prompts
from kerneldojo.dialogue.watcher import Watcher
from kerneldojo.policies import Policy
from kerneldojo.records import Evaluation, Message, Problem, Solution
from kerneldojo.settings import Budget, DialogueSettings, RewardPlan, Sampling
from kerneldojo.store import Run


class Judge(Protocol):
    """What a dialogue needs of an `Evaluator`."""

    settings: Any

    def submit(
        self, problem: Problem, solution: Solution, on_stage: Callable[[str], None]
    ) -> Future[Evaluation]:
        """Queue one solution."""
        ...


@dataclass(frozen=True)
class Terms:
    """Who talks, who judges, and by which rules.

    Args:
        policy: what answers.
        evaluator: an open `Evaluator`.
        settings: what is asked and told, and when to stop.
        sampling: how tokens are drawn. With a seed, each turn gets one of its own from it.
        reward: what a turn is worth.
        budget: what may be spent on one problem.
        seed: of the choices that strategies make by chance.
        hardware: what the model is told about the device; see `hardware_facts`.
        run: where turns are written as they come, if anywhere.
        watcher: is told what happens.
    """

    policy: Policy
    evaluator: Judge
    settings: DialogueSettings = field(default_factory=DialogueSettings)
    sampling: Sampling = field(default_factory=Sampling)
    reward: RewardPlan = field(default_factory=RewardPlan)
    budget: Budget = field(default_factory=Budget)
    seed: int = 0
    hardware: str = ""
    run: Run | None = None
    watcher: Watcher = field(default_factory=Watcher)

    @cached_property
    def prompts(self) -> Prompts:
        """The texts a model is sent.

        Raises:
            UsageError: if there is no such folder of templates.
        """
        return Prompts.from_settings(self.settings)

    def question(self, problem: Problem) -> tuple[Message, ...]:
        """Return what every prompt on a problem begins with."""
        return (Message(role="user", content=self.prompts.first(problem, self.hardware)),)
