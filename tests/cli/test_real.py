"""The command with the real evaluator behind it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "fused_bias_gelu"
PROBLEM = "suite/fused/bias_gelu"
QUICK = (
    "--set",
    "evaluation.timing.budget_s=0.2",
    "--set",
    "evaluation.trials.distributions=false",
    "--set",
    "evaluation.profile_samples=12",
)
CRASHING = """
import torch

from kerneldojo.cpp import load

lib = load('extern "C" void fill(float* out, int64_t n) { out[0] = n; }')


class ModelNew(torch.nn.Module):
    def __init__(self, cols):
        super().__init__()

    def forward(self, x):
        raise ValueError("not today")
"""

BROKEN_MODULE = """\
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 8)

    def forward(self, x):
        return self.linear(x)


def get_inputs():
    return [torch.randn(4, 9)]
"""


def kerneldojo(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kerneldojo", *map(str, arguments)],
        capture_output=True,
        text=True,
        input=stdin,
        timeout=240,
        check=False,
        cwd=ROOT,
    )


def test_an_honest_kernel() -> None:
    done = kerneldojo("eval", PROBLEM, EXAMPLES / "honest_cpp.py", "--json", *QUICK)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["status"] == "CORRECT"
    assert record["speedup"] > 0
    assert record["reference_latency_ms"] > 0
    assert record["solution_latency_ms"] > 0
    assert record["findings"] == []
    assert record["error"] is None
    assert record["environment"]["target"] == "cpu"
    assert 0 <= record["profile"]["coverage"] <= 1


def test_several_solutions(tmp_path: Path) -> None:
    files = [EXAMPLES / name for name in ("wrong_triton.py", "cheating.py")]
    out = tmp_path / "run"
    done = kerneldojo("eval", PROBLEM, "gold", *files, "-o", out, *QUICK)
    assert done.returncode == 1, done.stderr
    lines = (out / "evaluations.jsonl").read_text().splitlines()
    records = {record["status"]: record for record in map(json.loads, lines)}
    assert sorted(records) == ["CORRECT", "HACKED", "WRONG_VALUE"] and len(lines) == 3
    assert records["CORRECT"]["speedup"] > 0
    assert done.stdout.rstrip().splitlines()[-1].startswith("fused_bias_gelu/cheating.py")


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("def broken(:\n", "INVALID_SOLUTION"),
        ("import torch\n", "INVALID_SOLUTION"),
        (CRASHING, "RUNTIME_ERROR"),
    ],
)
def test_solutions_that_are_none(source: str, status: str) -> None:
    done = kerneldojo("eval", PROBLEM, "-", "--language", "cpp", "--json", stdin=source)
    assert done.returncode == 1, done.stderr
    record = json.loads(done.stdout)
    assert record["status"] == status
    assert record["error"]["message"]


def test_a_target_that_is_not_here() -> None:
    done = kerneldojo("eval", PROBLEM, EXAMPLES / "honest_cpp.py", "--target", "cuda:97")
    assert done.returncode == 3
    assert done.stdout == ""
    assert "cuda:97" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_builds_without_timing() -> None:
    done = kerneldojo("check", PROBLEM, EXAMPLES / "honest_cpp.py", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["speedup"] is None


def test_check_compiles_triton_for_the_cpu() -> None:
    done = kerneldojo("check", PROBLEM, "gold", "--arch", "cpu", "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert (record["status"], record["speedup"]) == ("CORRECT", None)
    assert record["environment"]["target"] == "cpu"


def test_check_compiles_for_an_absent_gpu() -> None:
    done = kerneldojo("check", PROBLEM, "gold", "--arch", "sm_90", "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["status"] == "EVALUATION_FAILED"
    assert record["error"]["type"] == "NotRun"
    assert any(name.endswith(".registers") for name in record["profile"]["metrics"])
    assert "COMPILES" in done.stderr


def test_profile() -> None:
    done = kerneldojo("profile", PROBLEM, EXAMPLES / "lazy_triton.py", *QUICK)
    assert done.returncode == 0, done.stderr
    assert "add_bias_kernel" in done.stdout
    assert "gelu" in done.stdout


def test_validate() -> None:
    done = kerneldojo("problems", "validate", PROBLEM, "--json")
    assert done.returncode == 0, done.stderr
    [report] = json.loads(done.stdout)
    assert (report["problem"], report["verdict"]) == (PROBLEM, "usable")


def test_a_broken_module_costs_no_question(tmp_path: Path) -> None:
    module = tmp_path / "block.py"
    module.write_text(BROKEN_MODULE)
    box = f"mailbox:{tmp_path / 'box'}"
    done = kerneldojo("refine", module, "--policy", box, "-o", tmp_path / "run")
    assert done.returncode == 2, done.stderr
    assert "failed in line 11: RuntimeError" in done.stderr
    assert "11 |         return self.linear(x)" in done.stderr
    assert not list((tmp_path / "box").iterdir())


@pytest.mark.parametrize("stage", ["reference", "verification"])
def test_interrupting_leaves_nothing_behind(stage: str) -> None:
    command = [
        sys.executable,
        "-m",
        "kerneldojo",
        "eval",
        PROBLEM,
        EXAMPLES / "honest_cpp.py",
        "-v",
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.rstrip().endswith(stage):
                break
        family = psutil.Process(process.pid).children(recursive=True)
        assert family
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in err
    _, alive = psutil.wait_procs(family, timeout=20)
    assert not alive
