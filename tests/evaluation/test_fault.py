"""Whose fault is it, and what is it called: from a player's words and from its end."""

from __future__ import annotations

import pickle
import signal
from typing import Any

import pytest

from kerneldojo import errors
from kerneldojo.evaluation.referee import fault
from kerneldojo.records import FindingKind, Status


@pytest.mark.parametrize(
    ("category", "status"),
    [
        ("INVALID_SOLUTION", Status.INVALID_SOLUTION),
        ("COMPILE_ERROR", Status.COMPILE_ERROR),
        ("RUNTIME_ERROR", Status.RUNTIME_ERROR),
        ("OUT_OF_MEMORY", Status.OUT_OF_MEMORY),
        ("CORRECT", Status.RUNTIME_ERROR),
        ("EVALUATION_FAILED", Status.RUNTIME_ERROR),
        (None, Status.RUNTIME_ERROR),
        ([1], Status.RUNTIME_ERROR),
    ],
)
def test_an_error_has_one_of_four_statuses(category: Any, status: Status) -> None:
    claim = {"category": category, "type": "ValueError", "message": "no", "traceback": "line 3"}
    caught = fault.from_claim({"error": claim})
    assert caught is not None and caught.status is status
    assert caught.error is not None
    assert (caught.error.type, caught.error.message, caught.error.traceback) == (
        "ValueError",
        "no",
        "line 3",
    )


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("tampering", FindingKind.TAMPERING),
        ("sandbox_violation", FindingKind.SANDBOX_VIOLATION),
        ("low_coverage", FindingKind.TAMPERING),
        (None, FindingKind.TAMPERING),
        ({}, FindingKind.TAMPERING),
    ],
)
def test_a_finding_is_always_fatal(kind: Any, expected: FindingKind) -> None:
    caught = fault.from_claim({"finding": {"kind": kind, "evidence": "did it", "where": "line 1"}})
    assert caught is not None and caught.status is Status.HACKED
    assert caught.finding is not None
    assert caught.finding.fatal and caught.finding.kind is expected
    assert "did it" in caught.finding.evidence


def test_a_strange_output_is_a_finding() -> None:
    caught = fault.from_claim({"strange": "a sparse tensor"})
    assert caught is not None and caught.finding is not None
    assert caught.finding.kind is FindingKind.STRANGE_OUTPUT


@pytest.mark.parametrize(
    "message", [{}, {"done": 1}, {"error": "text"}, {"error": None}, {"finding": ["x"]}]
)
def test_everything_else_confesses_nothing(message: dict[str, Any]) -> None:
    assert fault.from_claim(message) is None


@pytest.mark.parametrize(
    "claim",
    [
        {"error": {"message": "x" * 1_000_000, "type": "y" * 1000, "traceback": ["z"] * 99_999}},
        {"error": {"message": None, "type": 5}},
        {"error": {}},
        {"finding": {"evidence": "x" * 1_000_000, "where": "w" * 100_000}},
        {"strange": ["x" * 1_000_000]},
        {"strange": "\ud800"},
        {"error": {"message": "\udfff", "type": "\ud800"}},
    ],
    ids=range(7),
)
def test_hostile_words_are_cut_and_fit_a_record(claim: dict[str, Any]) -> None:
    caught = fault.from_claim(claim)
    assert caught is not None
    record = caught.error or caught.finding
    assert record is not None
    assert len(record.model_dump_json()) < 60_000


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        (-signal.SIGSEGV, Status.RUNTIME_ERROR, "SIGSEGV"),
        (-signal.SIGFPE, Status.RUNTIME_ERROR, "SIGFPE"),
        (-signal.SIGKILL, Status.OUT_OF_MEMORY, "Killed"),
        (-40, Status.RUNTIME_ERROR, None),
        (0, Status.RUNTIME_ERROR, "ProcessExit"),
        (1, Status.RUNTIME_ERROR, "ProcessExit"),
        (86, Status.RUNTIME_ERROR, "ProcessExit"),
    ],
)
def test_an_ended_player(code: int, status: Status, kind: str | None) -> None:
    caught = fault.from_exit(code, "load")
    assert caught.status is status
    assert caught.error is not None and "load" in caught.error.message
    assert kind is None or caught.error.type == kind


def test_a_forbidden_system_call_is_a_violation() -> None:
    caught = fault.from_exit(-signal.SIGSYS, "verification")
    assert caught.status is Status.HACKED
    assert caught.finding is not None
    assert caught.finding.kind is FindingKind.SANDBOX_VIOLATION
    assert caught.finding.where == "verification"


@pytest.mark.parametrize(
    "kind",
    [errors.InvalidProblem, errors.RefereeDied, errors.ProblemNotFound, errors.DeadlineExceeded],
)
def test_errors_cross_process_borders(kind: type[errors.KernelDojoError]) -> None:
    again = pickle.loads(pickle.dumps(kind("text")))
    assert type(again) is kind and str(again) == "text"
