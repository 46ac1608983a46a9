"""Whoever asked is gone, by force or by Ctrl-C: nobody goes on working."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.evaluation import samples
from tests.pool.conftest import family, wait_until

ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys
from kerneldojo.evaluator import Evaluator
from tests.evaluation import samples

def on_stage(stage):
    print(stage, flush=True)

with Evaluator(samples.limits(call_s=60.0)) as evaluator:
    evaluator.evaluate(samples.problem(), samples.python("while True: pass"), on_stage)
"""


def working(
    command: list[str], stage: str, stream: str
) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """Start a client and wait until it says that a stage has begun; returns its family."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    lines = getattr(process, stream)
    for line in lines:
        if stage in line:
            break
    assert wait_until(lambda: len(family("kerneldojo.evaluation.zygote", process.pid)) >= 2)
    return process, psutil.Process(process.pid).children(recursive=True)


def gone(processes: list[psutil.Process]) -> bool:
    return wait_until(lambda: not any(process.is_running() for process in processes))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_client_leaves_no_process_behind(number: signal.Signals) -> None:
    client, left = working([sys.executable, "-c", SCRIPT], "verification", "stdout")
    client.send_signal(number)
    client.communicate(timeout=30)
    assert client.returncode == -number
    assert left and gone(left), [process.cmdline() for process in left if process.is_running()]


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_in_a_spinning_call_ends_at_once(tmp_path: Path, times: int) -> None:
    solution = tmp_path / "spinning.py"
    solution.write_text(samples.python("while True: pass").source)
    command = [sys.executable, "-m", "kerneldojo", "eval", "suite/softmax/softmax", str(solution)]
    client, left = working([*command, "--language", "cpp", "-v"], "verification", "stderr")
    for _ in range(times):
        client.send_signal(signal.SIGINT)
    client.communicate(timeout=30)
    assert client.returncode in (130, -signal.SIGINT) if times > 1 else client.returncode == 130
    assert gone(left), [process.cmdline() for process in left if process.is_running()]


def test_ctrl_c_at_a_terminal_reaches_everybody_and_still_ends_well(tmp_path: Path) -> None:
    """A terminal signals the whole process group, not the client alone."""
    client, left = working([sys.executable, "-c", SCRIPT], "verification", "stdout")
    for process in left:
        if process.is_running():
            process.send_signal(signal.SIGINT)
    client.send_signal(signal.SIGINT)
    client.communicate(timeout=30)
    assert client.returncode in (1, 130, -signal.SIGINT)
    assert gone(left)
