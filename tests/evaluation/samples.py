"""Tiny problems and solutions, and settings that judge them quickly."""

from __future__ import annotations

from typing import Any

from kerneldojo.records import Language, Problem, ProblemMetadata, Solution
from kerneldojo.settings import EvaluationSettings, Limits, TimingPlan, Trials

QUICK = EvaluationSettings(
    limits=Limits(load_s=30.0, call_s=10.0, memory_mb=2048, scratch_mb=32, file_mb=16),
    trials=Trials(seeds=1, distributions=False),
    timing=TimingPlan(enabled=False),
    profile=False,
    sanitize=False,
)
TIMED = QUICK.model_copy(
    update={"timing": TimingPlan(budget_s=0.2, warmup=1, min_pairs=5, max_pairs=7)}
)

_PROBLEM = """
import torch
from torch import nn


class Model(nn.Module):
    def forward(self, x):
        return 3.0 * x + 1.0


def get_inputs():
    return [torch.randn(32, 16)]


def get_init_inputs():
    return []
"""

CPP = '''
import torch
from kerneldojo.cpp import load

lib = load(r"""
extern "C" void line(const float* x, float* out, int64_t n) {
    for (int64_t i = 0; i < n; ++i) out[i] = 3.0f * x[i] + 1.0f;
}
""")


class ModelNew(torch.nn.Module):
    def forward(self, x):
        out = torch.empty_like(x)
        lib.line(x, out, x.numel())
        return out
'''

TRITON = """
import torch
import triton
import triton.language as tl


@triton.jit
def line(x, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + at, mask=at < n)
    tl.store(out + at, 3.0 * value + 1.0, mask=at < n)


class ModelNew(torch.nn.Module):
    def forward(self, x):
        out = torch.empty_like(x)
        line[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), BLOCK=256)
        return out
"""


def problem(source: str = _PROBLEM, name: str = "tests/line", **metadata: Any) -> Problem:
    """Return a problem; by default 3x + 1 on a 32 by 16 tensor."""
    return Problem(name=name, source=source, metadata=ProblemMetadata(**metadata))


def another(name: str) -> Problem:
    """Return 3x + 1 as a problem of its own, which shares no session with others."""
    return problem(f"# {name}\n{_PROBLEM}", f"tests/{name}")


def model(forward: str, inputs: str, *, init: str = "[]", setup: str = "") -> str:
    """Return the source of a problem whose `forward` takes `*args`."""
    return (
        "import torch\nfrom torch import nn\n\n\nclass Model(nn.Module):\n"
        f"    def __init__(self, *args, **kwargs):\n        super().__init__()\n"
        f"        {setup or 'pass'}\n\n    def forward(self, *args):\n        {forward}\n\n\n"
        f"def get_inputs():\n    return {inputs}\n\n\n"
        f"def get_init_inputs():\n    return {init}\n"
    )


def cpp(source: str, entry_point: str = "ModelNew") -> Solution:
    """Return a solution judged on the CPU."""
    return Solution(source=source, language=Language.CPP, entry_point=entry_point)


def triton(source: str) -> Solution:
    """Return a solution in Triton: compiled for the CPU unless settings ask otherwise."""
    return Solution(source=source, language=Language.TRITON)


def python(body: str, setup: str = "pass") -> Solution:
    """Return a solution without a kernel: `body` is `forward(self, *args)`."""
    lines = "\n".join(f"        {line}" for line in body.strip().splitlines())
    prepared = "\n".join(f"        {line}" for line in setup.strip().splitlines())
    return cpp(
        "import os\nimport sys\nimport torch\n\n\nclass ModelNew(torch.nn.Module):\n"
        f"    def __init__(self, *args, **kwargs):\n        super().__init__()\n{prepared}\n\n"
        f"    def forward(self, *args):\n{lines}\n"
    )


def interpreted(settings: EvaluationSettings = QUICK) -> EvaluationSettings:
    """Return the same settings for Triton's interpreter."""
    return settings.model_copy(update={"target": "interpreter"})


def limits(**changes: Any) -> EvaluationSettings:
    """Return the quick settings with other limits."""
    return QUICK.model_copy(update={"limits": QUICK.limits.model_copy(update=changes)})
