"""Run the command in this process, with an evaluator whose verdicts are known beforehand."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import kerneldojo as kd
from kerneldojo.cli.app import main
from kerneldojo.records import (
    Complaint,
    ComplaintKind,
    Evaluation,
    Gravity,
    LintReport,
    Problem,
    Solution,
)
from kerneldojo.settings import EvaluationSettings
from tests.cli import samples


@dataclass
class Ran:
    code: int
    out: str
    err: str


Command = Callable[..., Ran]


class FakeEvaluator:
    """Answers every solution with the sample its source names in a `# verdict:` comment."""

    opened: list[dict[str, Any]] = []

    def __init__(self, settings: EvaluationSettings, pool: str, **options: Any) -> None:
        FakeEvaluator.opened.append({"settings": settings, "pool": pool, **options})

    def __enter__(self) -> FakeEvaluator:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(
        self, problem: Problem, solution: Solution, on_stage: Callable[[str], None]
    ) -> Future[Evaluation]:
        on_stage("build")
        future: Future[Evaluation] = Future()
        name = solution.source.rpartition("# verdict: ")[2].split("\n")[0]
        if name == "interrupt":
            raise KeyboardInterrupt
        verdict = samples.ALL.get(name, samples.correct)()
        future.set_result(
            verdict.model_copy(
                update={
                    "problem": problem.name,
                    "problem_digest": problem.digest,
                    "solution_digest": solution.digest,
                }
            )
        )
        return future

    def validate(self, problem: Problem, *, deadline_s: float) -> LintReport:
        found = ()
        if "swish" in problem.name:
            kind, evidence = ComplaintKind.CONSTANT_OUTPUT, f"asked for {deadline_s:g} s"
            found = (Complaint(kind=kind, severity=Gravity.FATAL, evidence=evidence),)
        return LintReport(problem=problem.name, digest=problem.digest, complaints=found)


@pytest.fixture
def fake_evaluator(monkeypatch: pytest.MonkeyPatch) -> type[FakeEvaluator]:
    FakeEvaluator.opened.clear()
    monkeypatch.setitem(vars(kd), "Evaluator", FakeEvaluator)
    return FakeEvaluator


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    def run(*arguments: str | Path, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        monkeypatch.setenv("COLUMNS", "80")
        code = main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(verdict: str = "correct", name: str = "solution.py") -> Path:
        path = tmp_path / name
        path.write_text(
            "import triton\n\n\n@triton.jit\ndef kernel(x):\n    pass\n\n\n"
            f"class ModelNew:\n    pass  # verdict: {verdict}\n"
        )
        return path

    return write
