"""AddressSanitizer sees C++ kernels leave their tensors, and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import torch

from kerneldojo.cpp import asan_runtime
from kerneldojo.evaluation import sanitizer
from kerneldojo.evaluation.sanitizer import SanitizerStatus, parse_report, run_sanitized, save_case
from kerneldojo.records import FindingKind, Language, Severity, Solution

SOURCE = '''
import torch
from torch import nn
from kerneldojo.cpp import load

lib = load(r"""
extern "C" void scale(const float* x, const float* bias, float* out, int64_t n) {
    #pragma omp parallel for
    for (int64_t i = 0; i < n; ++i)
        BODY
}
""")


class ModelNew(nn.Module):
    def __init__(self, n, extra=None):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(n))

    def forward(self, x, options):
        assert float(self.bias[0]) == 7.0 and options["k"] == (1, "a")
        out = torch.empty_like(x)
        lib.scale(x, self.bias, out, x.numel())
        return out
'''
needs_asan = pytest.mark.skipif(asan_runtime() is None, reason="needs AddressSanitizer")


def outcome(folder: Path, body: str) -> sanitizer.SanitizerOutcome:
    solution = Solution(source=SOURCE.replace("BODY", body), language=Language.CPP)
    save_case(
        folder,
        solution,
        [torch.ones(1003), {"k": (1, "a")}],
        init=([1003], {"extra": None}),
        state={"bias": torch.full((1003,), 7.0)},
    )
    return run_sanitized(folder, sanitizer.plain_launch(60))


@needs_asan
def test_a_right_kernel_is_clean(tmp_path: Path) -> None:
    result = outcome(tmp_path, "out[i] = x[i] + bias[i];")
    assert (result.status, result.detail) == (SanitizerStatus.CLEAN, "")
    assert result.finding() is None


@needs_asan
@pytest.mark.parametrize(
    ("body", "access", "severity"),
    [
        ("out[i + 1] = x[i];", "write", Severity.FATAL),
        ("out[i] = x[i] + bias[i + 1];", "read", Severity.WARNING),
    ],
)
def test_one_element_too_far_is_seen(
    tmp_path: Path, body: str, access: str, severity: Severity
) -> None:
    result = outcome(tmp_path, body)
    assert result.status is SanitizerStatus.OUT_OF_BOUNDS, result.detail
    assert result.report is not None
    assert (result.report.access, result.report.bytes) == (access, 4)
    assert (result.report.function, result.report.line) == ("scale", 5)
    assert "0 bytes" in result.report.detail and "4012-byte region" in result.report.detail
    finding = result.finding()
    assert finding is not None
    assert (finding.kind, finding.severity) == (FindingKind.OUT_OF_BOUNDS, severity)


@needs_asan
def test_other_failures_are_not_findings(tmp_path: Path) -> None:
    save_case(
        tmp_path,
        Solution(source="import kerneldojo\nraise ValueError('no')", language=Language.CPP),
        [],
    )
    result = run_sanitized(tmp_path, sanitizer.plain_launch(60))
    assert result.status is SanitizerStatus.FAILED
    assert "ValueError: no" in result.detail


def test_a_deadline_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(command: list[str], variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
        assert variables["KERNELDOJO_SANITIZE"] == "1"
        raise subprocess.TimeoutExpired(command, 3)

    monkeypatch.setattr(sanitizer, "asan_runtime", lambda: "/lib/asan.so")
    save_case(tmp_path, Solution(source="import kerneldojo", language=Language.CPP), [])
    result = run_sanitized(tmp_path, late)
    assert (result.status, result.detail) == (SanitizerStatus.FAILED, "did not finish in 3 s")


def test_without_a_runtime_it_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sanitizer, "asan_runtime", lambda: None)
    assert run_sanitized(tmp_path, sanitizer.plain_launch()).status is SanitizerStatus.UNAVAILABLE


def test_reports_without_a_kernel_of_ours_say_nothing() -> None:
    text = (
        "==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x1\n"
        "WRITE of size 4 at 0x1 thread T0\n"
        "    #0 0x12 in memcpy (/lib/libtorch.so+0x1)\n\n"
        "0x1 is located 0 bytes to the right of 8-byte region [0x2,0x3)\n"
        "    #1 0x12 in scale kernel.cpp:3\n"
    )
    assert parse_report(text) is None
    assert parse_report("Traceback ...\nValueError") is None


def test_wild_addresses_are_reported() -> None:
    text = (
        "==1==ERROR: AddressSanitizer: SEGV on unknown address 0x000000000008 (pc 0x7)\n"
        "==1==The signal is caused by a WRITE memory access.\n"
        "==1==Hint: address points to the zero page.\n"
        "    #0 0x7f in f(float*, long) [clone ._omp_fn.0] /tmp/x/kernel.cpp:12\n"
        "    #1 0x7f in other (/lib/x.so+0x1)\n\n"
    )
    report = parse_report(text)
    assert report is not None
    assert (report.access, report.bytes, report.function, report.line) == ("write", 0, "f", 12)
    assert str(report) == "f writes outside its memory at line 12 of its C++ source (SEGV)"
