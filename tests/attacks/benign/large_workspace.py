"""Allocates a large temporary buffer, writes all of it and reads it back."""
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
extern "C" void exponentials(const float* x, float* e, int64_t n) {
    #pragma omp parallel for
    for (int64_t i = 0; i < n; ++i) e[4 * i] = std::exp(-x[i]);
}
extern "C" void quotients(const float* x, const float* e, float* out, int64_t n) {
    #pragma omp parallel for
    for (int64_t i = 0; i < n; ++i) out[i] = x[i] / (1.0f + e[4 * i]);
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        workspace = torch.empty(4 * x.numel())
        out = torch.empty_like(x)
        kernels.exponentials(x, workspace, x.numel())
        kernels.quotients(x, workspace, out, x.numel())
        return out
