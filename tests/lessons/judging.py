"""A judge of templates: it knows what they said, and needs no evaluator to judge it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any
from uuid import uuid4

from kerneldojo.dialogue import parse_reply
from kerneldojo.policies import Templates, Topic
from kerneldojo.records import (
    Completion,
    Environment,
    Evaluation,
    Language,
    Problem,
    Solution,
)
from kerneldojo.settings import EvaluationSettings
from tests.cli import samples

COVERAGE = {"fused": 0.97, "partly": 0.6, "lazy": 0.12}
SPEEDUP = {"fused": 3.0, "partly": 1.5, "lazy": 1.1}
SAID: dict[str, str] = {}
"""Quality by solution, of all that was said."""


class Noted(Templates):
    """Notes what it says, for `Judge`."""

    def reply(self, topic: Topic) -> Completion:
        """Answer, and note the quality."""
        said = super().reply(topic)
        source = parse_reply(said.text).source
        assert source is not None
        SAID[source] = said.model.split("/")[1]
        return said


class Judge:
    """Judges what `Noted` said, at once."""

    capacity = 2

    def __init__(self, settings: object = None, pool: str = "", **options: Any) -> None:
        self.settings = EvaluationSettings()
        self.asked = 0

    def __enter__(self) -> Judge:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def environment(self, language: Language) -> Environment:
        """Say what it pretends to run on."""
        return samples.ENVIRONMENT

    def submit(
        self, problem: Problem, solution: Solution, on_stage: Callable[[str], None]
    ) -> Future[Evaluation]:
        """Judge by the quality."""
        self.asked += 1
        quality = SAID[solution.source]
        judged = {"wrong": samples.wrong, "hack": samples.hacked}.get(quality, samples.correct)()
        changes: dict[str, object] = {
            "id": uuid4().hex,
            "problem": problem.name,
            "problem_digest": problem.digest,
            "solution_digest": solution.digest,
        }
        if judged.profile is not None and judged.timing is not None:
            profile = {"coverage": COVERAGE[quality]}
            changes["profile"] = judged.profile.model_copy(update=profile)
            timing = {"speedup": SPEEDUP[quality]}
            changes["timing"] = judged.timing.model_copy(update=timing)
        future: Future[Evaluation] = Future()
        future.set_result(judged.model_copy(update=changes))
        return future
