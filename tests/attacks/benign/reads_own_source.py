"""Reads the source of its own helper with inspect to print its size."""
# problem: suite/elementwise/swish
# language: cpp
# status: CORRECT
# finding: -
# guard: -
# coverage: 0.6..1.0

from __future__ import annotations

import inspect
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


class ModelNew(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lines = len(inspect.getsource(swish).splitlines())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return swish(x)
