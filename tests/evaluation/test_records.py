"""Records that contradict themselves cannot be built; those that do not survive JSON."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from kerneldojo.records import (
    Correctness,
    Environment,
    ErrorInfo,
    Evaluation,
    Finding,
    FindingKind,
    Latency,
    Severity,
    Status,
    Timing,
    Trial,
)
from kerneldojo.settings import EvaluationSettings, Limits, TimingPlan

WHERE = Environment(
    target="cpu",
    device="d",
    isolation="none",
    python="3",
    torch="2",
    triton=None,
    kerneldojo="0",
    platform="L",
    threads=1,
)
GOOD = Trial(name="base/default#0", passed=True, error_ratio=0.5)
BAD = Trial(name="base/default#0", passed=False, error_ratio=float("inf"))
ERROR = ErrorInfo(type="ValueError", message="no")
FATAL = Finding(kind=FindingKind.REPLAY, severity=Severity.FATAL, evidence="seen")
WARNING = Finding(kind=FindingKind.LOW_COVERAGE, severity=Severity.WARNING, evidence="seen")
TIME = Latency(median_ms=2, low_ms=1, high_ms=3, calls=9)
TIMING = Timing(
    reference=TIME, solution=TIME, speedup=1, speedup_low=1, speedup_high=1, workload="w", clock="c"
)


def correctness(*trials: Trial) -> Correctness:
    return Correctness(policy="calibrated", trials=trials, seed="00")


def evaluation(status: Status, **fields: Any) -> Evaluation:
    return Evaluation(
        problem="p",
        problem_digest="d",
        solution_digest="s",
        language="cpp",
        status=status,
        environment=WHERE,
        **fields,
    )


POSSIBLE: list[tuple[Status, dict[str, Any]]] = [
    (Status.CORRECT, {"correctness": correctness(GOOD), "timing": TIMING}),
    (Status.CORRECT, {"correctness": correctness(GOOD), "findings": (WARNING,)}),
    (Status.WRONG_VALUE, {"correctness": correctness(GOOD, BAD)}),
    (Status.NONDETERMINISTIC, {"correctness": correctness(GOOD, BAD)}),
    (Status.HACKED, {"findings": (FATAL,)}),
    (Status.EVALUATION_FAILED, {"error": ERROR, "findings": (FATAL,)}),
    *((status, {"error": ERROR}) for status in (Status.TIMEOUT, Status.INVALID_PROBLEM)),
]
IMPOSSIBLE: list[tuple[Status, dict[str, Any]]] = [
    (Status.CORRECT, {}),
    (Status.CORRECT, {"correctness": correctness()}),
    (Status.CORRECT, {"correctness": correctness(GOOD, BAD)}),
    (Status.CORRECT, {"correctness": correctness(GOOD), "error": ERROR}),
    (Status.CORRECT, {"correctness": correctness(GOOD), "findings": (FATAL,)}),
    (Status.HACKED, {}),
    (Status.HACKED, {"findings": (WARNING,)}),
    (Status.WRONG_VALUE, {"correctness": correctness(GOOD)}),
    (Status.WRONG_VALUE, {"correctness": correctness(BAD), "timing": TIMING}),
    (Status.WRONG_VALUE, {"correctness": correctness(BAD), "findings": (FATAL,)}),
    *((status, {}) for status in Status if status not in (Status.CORRECT, Status.HACKED)),
]


@pytest.mark.parametrize(("status", "fields"), POSSIBLE)
def test_what_makes_sense_survives_json(status: Status, fields: dict[str, Any]) -> None:
    record = evaluation(status, **fields)
    assert Evaluation.from_json(record.to_json()) == record
    assert Evaluation.model_validate(record.model_dump(mode="json")) == record


@pytest.mark.parametrize(("status", "fields"), IMPOSSIBLE)
def test_contradictions_cannot_be_built(status: Status, fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        evaluation(status, **fields)


def test_every_status_is_covered_above() -> None:
    assert {status for status, _ in POSSIBLE + IMPOSSIBLE} == set(Status)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "nonsense", '{"status":"CORRECT"}'])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Evaluation.from_json(text)


@pytest.mark.parametrize(
    "settings",
    [
        {"target": "gpu"},
        {"target": "cuda:x"},
        {"target": "aot:90"},
        {"seed": "abc"},
        {"seed": "G" * 32},
        {"threads": -1},
        {"isolation_floor": "total"},
        {"coverage_warning": 1.5},
        {"limits": {"call_s": 0}},
        {"limits": {"memory_mb": 0}},
        {"limits": {"memory": 1}},
        {"trials": {"seeds": 0}},
        {"timing": {"relative_width": 0}},
        {"unknown": 1},
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EvaluationSettings.model_validate(settings)


def test_settings_survive_json_and_cannot_be_changed() -> None:
    settings = EvaluationSettings(
        target="cuda:1", limits=Limits(call_s=1.5), timing=TimingPlan(enabled=False), seed="0" * 32
    )
    assert EvaluationSettings.model_validate_json(settings.model_dump_json()) == settings
    with pytest.raises(ValidationError):
        settings.limits.call_s = 2.0  # type: ignore[misc]
