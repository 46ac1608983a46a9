"""Uses dataclasses, namedtuples, enums and typing, which look at frames inside the library."""
# problem: suite/elementwise/swish
# language: cpp
# status: CORRECT
# finding: -
# guard: -
# coverage: 0.6..1.0

from __future__ import annotations

import dataclasses
import enum
from collections import namedtuple
from typing import NamedTuple, TypeVar
import torch
from torch import nn
from kerneldojo.cpp import load

kernels = load(r"""
#include <cmath>
#include <cstdint>
extern "C" void swish(const float* x, float* out, int64_t n) {
    #pragma omp parallel for
    for (int64_t i = 0; i < n; ++i) out[i] = x[i] / (1.0f + std::exp(-x[i]));
}
""")


def swish(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    kernels.swish(x, out, x.numel())
    return out


Range = namedtuple("Range", ["start", "stop"])
T = TypeVar("T")


class Path(enum.Enum):
    FLAT = enum.auto()


@dataclasses.dataclass(frozen=True)
class Plan:
    span: Range
    path: Path = Path.FLAT


class Sizes(NamedTuple):
    count: int


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        plan = Plan(Range(0, Sizes(x.numel()).count))
        out = torch.empty_like(x)
        kernels.swish(x, out, plan.span.stop)
        return out
