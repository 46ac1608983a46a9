"""Starts a std::thread for half of the work and joins it before it returns."""
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
#include <thread>
static void work(const float* x, float* out, int64_t n) {
    for (int64_t i = 0; i < n; ++i) out[i] = x[i] / (1.0f + std::exp(-x[i]));
}
extern "C" void swish(const float* x, float* out, int64_t n) {
    int64_t half = n / 2;
    std::thread helper(work, x + half, out + half, n - half);
    work(x, out, half);
    helper.join();
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        kernels.swish(x, out, x.numel())
        return out
