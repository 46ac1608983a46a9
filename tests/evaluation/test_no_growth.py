"""Many evaluations in a row leave nothing behind."""

from __future__ import annotations

import gc
import os
import tempfile
from pathlib import Path

import psutil
import pytest

from kerneldojo.evaluation.referee.referee import Referee
from tests.evaluation import samples
from tests.evaluation.conftest import Judge
from tests.evaluation.samples import CPP, cpp, limits, python

SOLUTIONS = [
    cpp(CPP),
    python("raise ValueError('no')"),
    python("os._exit(1)"),
    python("return args[0]"),
    cpp("syntax error ("),
]


def family(referee: Referee) -> list[psutil.Process]:
    zygote = psutil.Process(referee._zygote._process.pid)
    return [zygote, *zygote.children(recursive=True)]


def held(referee: Referee) -> dict[str, int]:
    """Count threads, descriptors here and in the zygote, and its processes."""
    gc.collect()  # a mapping's descriptor lives as long as the exception that refers to it
    everyone = family(referee)
    zygotes = [process for process in everyone[:2] if process.is_running()]
    return {
        "ours": len(os.listdir("/proc/self/fd")),
        "zygote": sum(len(os.listdir(f"/proc/{process.pid}/fd")) for process in zygotes),
        "processes": sum(process.status() != psutil.STATUS_ZOMBIE for process in everyone),
        "zombies": sum(process.status() == psutil.STATUS_ZOMBIE for process in everyone),
        "threads": psutil.Process().num_threads(),
    }


def settle(judge: Judge) -> None:
    """Judge one more: a killed player is collected when the next one is asked for."""
    judge(python("raise ValueError('no')"))


def test_thirty_evaluations_leave_nothing_behind(
    judge: Judge, referee: Referee, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for solution in SOLUTIONS:
        judge(solution)
    settle(judge)
    before = held(referee)
    for _ in range(6):
        for solution in SOLUTIONS:
            judge(solution)
    settle(judge)
    after = held(referee)
    assert all(after[key] <= before[key] for key in after), (before, after)
    assert list(tmp_path.glob("kerneldojo*")) == []


def test_many_problems_do_not_keep_many_players(judge: Judge, referee: Referee) -> None:
    counts = []
    for number in range(7):
        judge(cpp(CPP), samples.another(f"growth {number}"), samples.TIMED)
        settle(judge)
        counts.append(held(referee)["processes"])
    assert max(counts[4:]) <= max(counts[:4]) + 1, counts


@pytest.mark.parametrize("count", [3])
def test_timeouts_leave_nothing_behind(judge: Judge, referee: Referee, count: int) -> None:
    settle(judge)
    before = held(referee)
    for _ in range(count):
        judge(python("while True: pass"), settings=limits(call_s=0.2, load_s=0.5))
    settle(judge)
    after = held(referee)
    for key in ("ours", "zygote", "processes", "zombies"):
        assert after[key] <= before[key], (key, before, after)
