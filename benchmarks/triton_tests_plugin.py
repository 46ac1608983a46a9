"""The pytest plug-in `benchmarks.triton_tests` runs Triton's own tests with.

It does to those tests what a CPU needs and nothing else: memory that they would take from a GPU
comes from the CPU, waiting for a GPU is over at once, a sample of each function's cases is run,
and every outcome is written down for the parent process to count.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cases", type=int, default=0, help="cases of each test function, 0 for all")
    parser.addoption("--outcomes", default="", help="the file outcomes are appended to")


def pytest_configure(config: pytest.Config) -> None:
    """Puts the CPU where the tests' helpers name CUDA."""
    import torch
    import triton
    from triton import _internal_testing as helpers

    from kerneldojo.triton_cpu.driver import CPUDriver

    triton.runtime.driver.set_active(CPUDriver())
    helpers.default_alloc_fn = lambda size, align, stream: torch.empty(size, dtype=torch.int8)
    helpers.__getattr__ = _missing  # type: ignore[attr-defined]
    torch.cuda.synchronize = lambda device=None: None
    torch.cpu.current_device = lambda: 0  # type: ignore[assignment, return-value]


def _missing(name: str) -> Any:
    """A fork's tests ask for hardware that this version's helpers have never heard of."""
    if name.startswith("is_"):
        return lambda *_: False
    if name == "get_arch":
        return lambda: ""
    raise AttributeError(name)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keeps a sample of each function's cases, the same one in every run."""
    wanted = config.getoption("--cases")
    if not wanted:
        return
    groups: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        groups[item.nodeid.partition("[")[0]].append(item)
    kept = {item for group in groups.values() for item in sorted(group, key=_draw)[:wanted]}
    items[:] = [item for item in items if item in kept]


def _draw(item: pytest.Item) -> bytes:
    return hashlib.sha256(item.name.encode()).digest()


class _Outcomes:
    """Appends a line for every test to a file, from the process that hears of all of them."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            self._write(report.nodeid, report.outcome, _message(report), report.duration)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._write(report.nodeid, "failed", str(report.longrepr)[-500:], 0.0)

    def _write(self, test: str, outcome: str, message: str, seconds: float) -> None:
        line = {"test": test, "outcome": outcome, "message": message, "seconds": round(seconds, 3)}
        self._file.write(json.dumps(line) + "\n")


def _message(report: pytest.TestReport) -> str:
    if report.passed:
        return ""
    found: Any = report.longrepr
    if isinstance(found, tuple):
        return str(found[2])
    crash = getattr(found, "reprcrash", None)
    chain = getattr(found, "chain", None)
    if chain:
        places = [part[1].message for part in chain if part[1] is not None]
        return "\n".join(reversed(places))[:2000]
    return (crash.message if crash else str(found))[:2000]


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    if config.getoption("--outcomes") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Outcomes(Path(config.getoption("--outcomes"))))
