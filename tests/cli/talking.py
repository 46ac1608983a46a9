"""The command with a model that follows a script and an evaluator that judges as sources say.

`python -m tests.cli.talking ARGUMENTS...` runs it in a process of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any
from uuid import uuid4

import kerneldojo as kd
from kerneldojo.cli.app import main
from kerneldojo.records import (
    Complaint,
    ComplaintKind,
    Environment,
    Evaluation,
    Gravity,
    Language,
    LintReport,
    Problem,
    Solution,
    TensorForm,
    WorkloadFacts,
)
from kerneldojo.settings import EvaluationSettings
from tests.cli import samples
from tests.dialogue.talk import Judge


class TalkingEvaluator(Judge):
    """Judges at once; a reference that mentions `broken` does not work."""

    def __init__(self, settings: EvaluationSettings, pool: str, **options: Any) -> None:
        super().__init__()
        self.settings = settings

    def __enter__(self) -> TalkingEvaluator:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def environment(self, language: Language) -> Environment:
        return samples.ENVIRONMENT

    def submit(
        self,
        problem: Problem,
        solution: Solution,
        on_stage: Callable[[str], None],
        *,
        anew: EvaluationSettings | None = None,
    ) -> Future[Evaluation]:
        future: Future[Evaluation] = Future()
        judged = super().submit(problem, solution, on_stage).result()
        future.set_result(judged.model_copy(update={"id": uuid4().hex}))
        return future

    def validate(self, problem: Problem, *, deadline_s: float) -> LintReport:
        found = []
        if "broken" in problem.source:
            evidence = "block: the reference's forward failed in line 7: NameError: broken"
            kind = ComplaintKind.BROKEN_REFERENCE
            found.append(Complaint(kind=kind, severity=Gravity.FATAL, evidence=evidence))
        if "suspect" in problem.source:
            kind, evidence = ComplaintKind.IGNORED_INPUT, "the values of input[0] do not matter"
            found.append(Complaint(kind=kind, severity=Gravity.WARNING, evidence=evidence))
        form = TensorForm(path="input[0]", shape=(4, 8), dtype="float32")
        facts = WorkloadFacts(name="base", inputs=(form,), outputs=(form,), reference_ms=1.5)
        return LintReport(
            problem=problem.name,
            digest=problem.digest,
            complaints=tuple(found),
            workloads=(facts,),
        )


if __name__ == "__main__":
    vars(kd)["Evaluator"] = TalkingEvaluator
    sys.exit(main(sys.argv[1:]))
