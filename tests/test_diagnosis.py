"""The doctor: what is there, what is missing, what to do, and a self-test that can fail."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from kerneldojo.evaluation import diagnosis, sandbox_probe
from kerneldojo.evaluation.diagnosis import CheckState, diagnose
from kerneldojo.evaluation.sandbox import IsolationLevel
from kerneldojo.evaluation.sandbox_probe import Attempt, SandboxReport, probe_sandbox


def test_this_machine_can_judge() -> None:
    found = {check.name: check for check in diagnose().checks}
    assert diagnose().ready
    assert found["PyTorch"].found.startswith("2.13")
    assert found["Timing noise"].figures["median_ms"] > 0
    assert set(found) == {
        "Python",
        "PyTorch",
        "Triton",
        "Triton on the CPU",
        "C++ compiler",
        "GPU",
        "Isolation",
        "Cores",
        "Timing noise",
        "Scratch",
    }


def test_whatever_is_not_ok_comes_with_advice() -> None:
    for check in diagnose().checks:
        assert (check.state is CheckState.OK) == (not check.advice)


def test_a_confined_process_cannot_get_out() -> None:
    report = probe_sandbox()
    if not IsolationLevel(report.level).at_least(IsolationLevel.CONFINED):
        pytest.skip("this machine offers neither Landlock nor seccomp")
    contained = {attempt.name for attempt in report.attempts if attempt.contained}
    assert {
        "open a network socket",
        "read the judge's source",
        "read the judge's memory",
        "write into the home folder",
        "take more memory than allowed",
    } <= contained
    if report.level == IsolationLevel.NAMESPACES:
        assert report.held


def test_an_attempt_that_works_is_reported() -> None:
    assert not sandbox_probe._try("nothing", lambda: None).contained


def test_an_attempt_that_is_deadly_is_contained() -> None:
    attempt = sandbox_probe._try("die", lambda: os.kill(os.getpid(), signal.SIGSYS))
    assert attempt.contained
    assert "SIGSYS" in attempt.how


def test_the_probe_leaves_nothing_behind() -> None:
    before = set(Path("/tmp").iterdir())
    probe_sandbox()
    left = {path for path in set(Path("/tmp").iterdir()) - before if "kerneldojo" in path.name}
    assert not left


def test_breaches_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    breach = Attempt(name="signal the judge", contained=False, how="nothing stopped it")
    report = SandboxReport(level="confined", attempts=(breach,))
    monkeypatch.setattr(diagnosis, "probe_sandbox", lambda: report)
    check = diagnosis._isolation()
    assert check.state is CheckState.LIMITED
    assert "signal the judge" in check.advice


def test_a_failing_check_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> SandboxReport:
        raise RuntimeError("no report")

    monkeypatch.setattr(diagnosis, "probe_sandbox", broken)
    found = {check.name: check for check in diagnose().checks}
    assert "no report" in found["Isolation"].found
    assert found["Scratch"].found


def test_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    check = diagnosis._compiler()
    assert check.state is CheckState.LIMITED
    assert "no-such-compiler" in check.found


def test_triton_on_the_cpu_is_tried_out() -> None:
    check = diagnosis._triton_cpu()
    assert check.state is CheckState.OK, check.found
    assert check.found.startswith("LLVM ") and "libgomp" in check.found
    assert check.figures["vector_bits"] in (128, 256, 512)


@pytest.mark.parametrize("package", ["llvmlite", "triton"])
def test_without_what_the_cpu_needs(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = diagnosis._import
    monkeypatch.setattr(diagnosis, "_import", lambda name: None if name == package else real(name))
    check = diagnosis._triton_cpu()
    assert check.state is CheckState.LIMITED
    assert "not timed" in check.advice and "pip install" in check.advice
