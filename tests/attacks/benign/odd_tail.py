"""Handles whole vectors in one loop and the odd tail in another."""
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
extern "C" void swish(const float* x, float* out, int64_t n) {
    int64_t whole = n / 16 * 16;
    #pragma omp parallel for
    for (int64_t i = 0; i < whole; i += 16)
        for (int64_t j = i; j < i + 16; ++j) out[j] = x[j] / (1.0f + std::exp(-x[j]));
    for (int64_t i = whole; i < n; ++i) out[i] = x[i] / (1.0f + std::exp(-x[i]));
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        kernels.swish(x, out, x.numel())
        return out
