"""What a fresh, isolated, verified evaluation costs beyond the work itself.

    python -m benchmarks.overhead [--rounds 30]

Three ways to judge the same C++ solution (its source differs each round, so that it is built
each time), one after the other in every round:

* `pure`: built and called in a warm process, without isolation, without verification;
* `kerneldojo`: `Evaluator.evaluate` (fresh confined process, every call verified), timing and
  profiling switched off, because those are work that is asked for;
* `usual`: a new interpreter that imports torch, builds, calls and compares once.

The overhead of a way is its wall time less `pure` of the same round.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch

import kerneldojo as kd
from kerneldojo.problems import read_metadata
from kerneldojo.records import Language, Problem, ProblemMetadata, Solution
from kerneldojo.settings import EvaluationSettings, TimingPlan

_PROBLEM = """
import torch
from torch import nn
METADATA = {"workloads": [{"name": "tiny"}]}
class Model(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(x)
def get_inputs():
    return [torch.randn(64, 64)]
def get_init_inputs():
    return []
"""
_SOLUTION = '''
import torch
from torch import nn
from kerneldojo.cpp import load
lib = load(r"""
#include <cmath>
#include <cstdint>
// round ROUND
extern "C" void swish(const float* x, float* out, int64_t n) {
    for (int64_t i = 0; i < n; ++i) out[i] = x[i] / (1.0f + std::exp(-x[i]));
}
""")
class ModelNew(nn.Module):
    def forward(self, x):
        out = torch.empty_like(x)
        lib.swish(x, out, x.numel())
        return out
'''
_USUAL = """
import sys, torch
solution, reference = {}, {}
exec(sys.argv[1], solution)
exec(sys.argv[2], reference)
model, oracle = solution["ModelNew"](), reference["Model"]()
for seed in range(CALLS):
    torch.manual_seed(seed)
    inputs = reference["get_inputs"]()
    assert torch.allclose(model(*inputs), oracle(*inputs), atol=1e-2, rtol=1e-2)
"""


def main() -> None:
    """Print medians and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    problem = Problem(name="tiny_swish", source=_PROBLEM, metadata=_metadata())
    settings = EvaluationSettings(timing=TimingPlan(enabled=False), profile=False)
    pure, ours, usual = [], [], []
    with kd.Evaluator(settings) as evaluator:
        calls = _judge(evaluator, problem, "warm-up")[1]
        for index in range(rounds):
            source = _SOLUTION.replace("ROUND", f"{index}-{time.time_ns()}")
            pure.append(_pure(source.replace("// round", "// pure"), calls))
            ours.append(_judge(evaluator, problem, source)[0])
            usual.append(_usual(source, calls))
    overhead = [a - b for a, b in zip(ours, pure, strict=True)]
    usual_overhead = [a - b for a, b in zip(usual, pure, strict=True)]
    _row("pure work (build and run)", pure)
    _row("kerneldojo, whole evaluation", ours)
    _row("kerneldojo, overhead", overhead)
    _row("new interpreter, overhead", usual_overhead)
    ratios = [a / b for a, b in zip(usual_overhead, overhead, strict=True)]
    low, high = _quartiles(ratios)
    print(f"{'ratio':<30} {statistics.median(ratios):8.1f} x   quartiles {low:.1f} to {high:.1f}")
    print(f"n = {rounds} rounds, {calls} calls each, torch {torch.__version__}")


def _metadata() -> ProblemMetadata:
    return read_metadata(_PROBLEM)


def _judge(evaluator: kd.Evaluator, problem: Problem, source: str) -> tuple[float, int]:
    if source == "warm-up":
        source = _SOLUTION
    solution = Solution(source=source, language=Language.CPP)
    start = time.perf_counter()
    evaluation = evaluator.evaluate(problem, solution)
    spent = time.perf_counter() - start
    assert evaluation.status is kd.Status.CORRECT, evaluation
    assert evaluation.correctness is not None
    # the census, the ghost and the repetition are calls too
    return spent, len(evaluation.correctness.trials) + 2


def _pure(source: str, calls: int) -> float:
    namespace: dict[str, object] = {}
    inputs = torch.randn(64, 64)
    start = time.perf_counter()
    exec(compile(source, "<pure>", "exec"), namespace)
    kind = namespace["ModelNew"]
    assert isinstance(kind, type)
    model = kind()
    for _ in range(calls):
        model(inputs)
    return time.perf_counter() - start


def _usual(source: str, calls: int) -> float:
    program = _USUAL.replace("CALLS", str(calls))
    environment = {"PYTHONPATH": str(Path(kd.__file__).parents[1]), "PATH": "/usr/bin:/bin"}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", program, source, _PROBLEM], check=True, env=environment)
    return time.perf_counter() - start


def _row(name: str, seconds: list[float]) -> None:
    low, high = _quartiles(seconds)
    median = statistics.median(seconds)
    print(f"{name:<30} {median * 1e3:8.1f} ms  quartiles {low * 1e3:.1f} to {high * 1e3:.1f}")


def _quartiles(values: list[float]) -> tuple[float, float]:
    first, _, third = statistics.quantiles(values, n=4)
    return first, third


if __name__ == "__main__":
    main()
