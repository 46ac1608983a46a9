"""Clones its input with the library and works in place on the clone."""
# problem: suite/elementwise/swish
# language: cpp
# status: CORRECT
# finding: -
# guard: -
# coverage: 0.2..1.0

from __future__ import annotations

import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <cmath>
#include <cstdint>
extern "C" void swish_in_place(float* x, int64_t n) {
    #pragma omp parallel for
    for (int64_t i = 0; i < n; ++i) x[i] = x[i] / (1.0f + std::exp(-x[i]));
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = x.clone()
        kernels.swish_in_place(out, out.numel())
        return out
