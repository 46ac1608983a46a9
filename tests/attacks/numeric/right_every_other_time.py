"""Is right in odd calls and off by a thousandth in even ones."""
# problem: suite/elementwise/swish
# language: cpp
# status: WRONG_VALUE, NONDETERMINISTIC
# finding: -
# guard: determinism, oracle
# twin: benign/atomic_sum

from __future__ import annotations

import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <cmath>
#include <cstdint>
extern "C" void swish(const float* x, float* out, int64_t n, float factor) {
    for (int64_t i = 0; i < n; ++i) out[i] = factor * x[i] / (1.0f + std::exp(-x[i]));
}
""")


class ModelNew(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        out = torch.empty_like(x)
        kernels.swish(x, out, x.numel(), 1.0 if self.calls % 2 else 1.001)
        return out
