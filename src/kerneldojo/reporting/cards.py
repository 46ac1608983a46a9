"""What a report's card shows of one evaluation, small enough to be there for thousands."""

from __future__ import annotations

import json
import math
from typing import Any

from kerneldojo.records import Correctness, Evaluation, Latency, Profile, Timing

_MESSAGE = 1500
_TRACEBACK = 3000
_EVIDENCE = 1000
_LOG = 1500
_LINES = 8
"""Kernels and operators shown."""
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def card(evaluation: Evaluation, environment: int) -> bytes:
    """Return the facts of an evaluation as compact JSON.

    Args:
        evaluation: whose facts.
        environment: number of its environment among those of the report.
    """
    parts: dict[str, Any] = {
        "language": evaluation.language,
        "at": evaluation.created_at.strftime("%Y-%m-%d %H:%M:%S"),
        "environment": environment,
        "findings": [
            [finding.kind, finding.severity, finding.where or "", _cut(finding.evidence, _EVIDENCE)]
            for finding in evaluation.findings
        ],
        "timing": evaluation.timing and _timing(evaluation.timing),
        "correctness": evaluation.correctness and _correctness(evaluation.correctness),
        "profile": evaluation.profile and _profile(evaluation.profile),
        "error": evaluation.error
        and [
            evaluation.error.type,
            _cut(evaluation.error.message, _MESSAGE),
            _tail(evaluation.error.traceback, _TRACEBACK),
        ],
        "log": _tail(evaluation.log.strip(), _LOG),
        "costs": {name: _round(value) for name, value in evaluation.costs.stages.items()},
        "honesty": evaluation.environment.details.get("honesty"),
        "note": evaluation.environment.details.get("fallback"),
    }
    return pack({name: value for name, value in parts.items() if value not in (None, "", [], {})})


def pack(value: Any) -> bytes:
    """Return a value as compact JSON; what is no Unicode text is replaced."""
    return _ENCODER.encode(value).encode("utf-8", "replace")


def _timing(timing: Timing) -> dict[str, Any]:
    return {
        "speedup": [
            _round(timing.speedup),
            _round(timing.speedup_low),
            _round(timing.speedup_high),
        ],
        "solution": _latency(timing.solution),
        "reference": _latency(timing.reference),
        "baselines": {name: _latency(value) for name, value in timing.baselines.items()},
        "workload": timing.workload,
        "floor": _round(timing.floor_ms),
        "light": _round(timing.speed_of_light),
    }


def _latency(latency: Latency) -> list[Any]:
    ends = (latency.median_ms, latency.low_ms, latency.high_ms)
    return [*map(_round, ends), latency.calls]


def _correctness(correctness: Correctness) -> dict[str, Any]:
    trials = correctness.trials
    failed = next((trial.name for trial in trials if not trial.passed), "")
    found: dict[str, Any] = {
        "policy": correctness.policy,
        "passed": sum(trial.passed for trial in trials),
        "trials": len(trials),
        "worst": _round(max((trial.error_ratio for trial in trials), default=None)),
        "failed": failed,
    }
    if (wrong := correctness.mismatch) is not None:
        found["mismatch"] = [
            f"{wrong.output}[{', '.join(map(str, wrong.index))}]",
            _round(wrong.actual, 7),
            _round(wrong.expected, 7),
            _round(wrong.allowed, 2),
            wrong.wrong_elements,
            wrong.total_elements,
        ]
    return found


def _profile(profile: Profile) -> dict[str, Any]:
    return {
        "coverage": _round(profile.coverage),
        "kernels": [
            [kernel.name, kernel.launches_per_call, _round(kernel.share), _round(kernel.time_ms)]
            for kernel in profile.kernels[:_LINES]
        ],
        "operators": [
            [operator.name, operator.calls_per_call, _round(operator.share)]
            for operator in profile.operators[:_LINES]
        ],
        "memory": profile.peak_memory_bytes,
        "source": profile.source,
        "metrics": {name: _round(value) for name, value in profile.metrics.items()},
        "bottleneck": profile.bottleneck,
    }


def _round(value: float | None, digits: int = 4) -> float | str | None:
    """Return so many significant digits; JSON has no words for what is not finite."""
    if value is None:
        return None
    return float(f"{value:.{digits}g}") if math.isfinite(value) else str(value)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _tail(text: str, longest: int) -> str:
    return text if len(text) <= longest else "…" + text[1 - longest :]
