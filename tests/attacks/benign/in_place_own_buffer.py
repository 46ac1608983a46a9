"""Copies its input into its own buffer with one kernel and works there in place."""
# problem: suite/elementwise/swish
# language: cpp
# status: CORRECT
# finding: -
# guard: -
# coverage: 0.6..1.0

from __future__ import annotations

import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <cmath>
#include <cstdint>
extern "C" void copy(const float* source, float* target, int64_t n) {
    #pragma omp parallel for
    for (int64_t i = 0; i < n; ++i) target[i] = source[i];
}
extern "C" void swish_in_place(float* x, int64_t n) {
    #pragma omp parallel for
    for (int64_t i = 0; i < n; ++i) x[i] = x[i] / (1.0f + std::exp(-x[i]));
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        kernels.copy(x, out, x.numel())
        kernels.swish_in_place(out, x.numel())
        return out
