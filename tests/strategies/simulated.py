"""Policies of known skill, whose replies say which level they have come to.

A reply of level k is a correct solution of speedup k, and one of level 0 a wrong one; with the
reward plan used here a turn is worth its level. What a policy does follows from its seed, the
problem, the place of the turn and the levels it is shown.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import accumulate
from uuid import uuid4

from kerneldojo.dialogue import Dialogue, Over, Strategy
from kerneldojo.dialogue.terms import Terms
from kerneldojo.policies.base import NO_TOPIC, OnText, Topic, ignore
from kerneldojo.records import (
    Completion,
    Evaluation,
    Language,
    Message,
    Problem,
    Solution,
    Turn,
    TurnRecord,
    Usage,
)
from kerneldojo.settings import (
    DialogueSettings,
    EvaluationSettings,
    RewardPlan,
    Sampling,
    StopRules,
)
from tests.dialogue.talk import Judge, code, problem

LEVEL = re.compile(r"# verdict: \w+ ([\d.]+)")
PLAN = RewardPlan(correctness=0, speedup=1, coverage=0, speedup_clip=1000)
SETTINGS = DialogueSettings(example=False, hardware=False, stop=StopRules(repeats=None))

Skill = Callable[[list[float], random.Random], float | None]
"""From the levels shown to that of the reply; None for one that a fault of ours takes away."""


def climber(p: float, top: int = 1000) -> Skill:
    """Goes one above the best it is shown with probability p, and else says something as good."""

    def level(shown: list[float], chance: random.Random) -> float:
        return min(max(shown, default=0) + (chance.random() < p), top)

    return level


def gambler(p: float, prize: float = 1.0) -> Skill:
    """Comes to the prize with probability p, whatever it is shown."""
    return lambda shown, chance: prize * (chance.random() < p)


def creature_of_habit(p: float) -> Skill:
    """A gambler that, shown anything, only says again what it saw last."""
    return lambda shown, chance: shown[-1] if shown else float(chance.random() < p)


@dataclass
class Simulated:
    """A policy with a skill. Interrupts everything where it is told to."""

    skill: Skill
    seed: int = 0
    stop_after: int | None = None
    name: str = "simulated"
    context_length: int | None = None
    asked: list[Topic] = field(default_factory=list)

    async def complete(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        topic: Topic = NO_TOPIC,
        on_text: OnText = ignore,
    ) -> Completion:
        if self.stop_after is not None and len(self.asked) >= self.stop_after:
            raise KeyboardInterrupt
        self.asked.append(topic)
        await asyncio.sleep(0)
        shown = [
            float(LEVEL.findall(message.content)[-1])
            for message in messages
            if message.role == "assistant"
        ]
        chance = random.Random(f"{self.seed}/{topic}/{len(shown)}")
        level = self.skill(shown, chance)
        verdict = "failed" if level is None else "correct" if level else "wrong"
        return Completion(text=code(verdict, level or 0.0, str(topic)), usage=Usage(money=1.0))

    def count_tokens(self, text: str) -> int:
        return len(text) // 4

    async def close(self) -> None: ...


class Arena(Judge):
    """Judges at once, as the source says; judged anew, a solution comes to something else."""

    def __init__(self, anew: Callable[[float], tuple[str, float]] | None = None) -> None:
        super().__init__()
        self.settings = EvaluationSettings(seed="0" * 32)
        self.verified: list[tuple[float, EvaluationSettings]] = []
        self.stop_after: int | None = None
        self._anew = anew or (lambda speedup: ("correct", speedup))

    def submit(  # type: ignore[override]
        self,
        problem: Problem,
        solution: Solution,
        on_stage: Callable[[str], None],
        *,
        anew: EvaluationSettings | None = None,
    ) -> Future[Evaluation]:
        judged = solution
        if anew is not None:
            if self.stop_after is not None and len(self.verified) >= self.stop_after:
                raise KeyboardInterrupt
            before = float(LEVEL.findall(solution.source)[-1])
            self.verified.append((before, anew))
            source = code(*self._anew(before)).removesuffix("```\n")
            judged = Solution(source=source, language=solution.language)
        evaluation = super().submit(problem, judged, on_stage).result()
        future: Future[Evaluation] = Future()
        changes = {"solution_digest": solution.digest, "id": uuid4().hex}
        future.set_result(evaluation.model_copy(update=changes))
        return future


def agreed(skill: Skill, seed: int = 0, **changes: object) -> Terms:
    """Terms for a simulated policy."""
    given: dict[str, object] = {"settings": SETTINGS, "reward": PLAN, "seed": seed, **changes}
    return Terms(Simulated(skill, seed), Arena(), **given)  # type: ignore[arg-type]


def explored(
    strategy: Strategy, skill: Skill, seed: int = 0, **changes: object
) -> tuple[list[Turn], Over]:
    """Return the turns a strategy takes on one problem, and how it ends."""
    dialogue = Dialogue(problem(), agreed(skill, seed, **changes), strategy=strategy.name)

    async def hold() -> Over:
        try:
            return Over(await strategy.explore(dialogue))
        except Over as over:
            return over

    end = asyncio.run(hold())
    return dialogue.turns, end


class Sketch(Dialogue):
    """A dialogue without words: turns have a level and what they were shown, and nothing else.

    A hundred times as fast as a real one, for what takes many.
    """

    def __init__(self, skill: Skill, seed: int) -> None:
        self.random = random.Random(seed)
        self.rules = []
        self._skill = skill
        self._seed = seed
        self._turns = {}

    async def turn(
        self,
        place: str,
        *,
        show: Iterable[Turn] = (),
        parent: Turn | None = None,
        temperature: float | None = None,
    ) -> Turn:
        for rule in self.rules:
            if over := rule(self.turns):
                raise over
        shown = list(show)
        level = self._skill(
            [turn.reward or 0.0 for turn in shown], random.Random(f"{self._seed}/{place}")
        )
        record = TurnRecord(
            trajectory="sketch",
            number=len(self._turns),
            place=place,
            parent=parent.number if parent else None,
            context=tuple(turn.number for turn in shown),
            reply="",
            feedback="",
            reward=level,
        )
        solution = Solution(source=f"{place}\n{level}", language=Language.TRITON)
        self._turns[record.number] = turn = Turn(record, solution)
        return turn


def best_levels(strategy: Strategy, skill: Skill, tries: int) -> list[list[float]]:
    """Return the best level after each turn, for several problems."""

    async def one(seed: int) -> list[float]:
        dialogue = Sketch(skill, seed)
        with contextlib.suppress(Over):
            await strategy.explore(dialogue)
        return list(accumulate((turn.reward or 0.0 for turn in dialogue.turns), max))

    async def all_of_them() -> list[list[float]]:
        return [await one(seed) for seed in range(tries)]

    return asyncio.run(all_of_them())
