"""Builds two libraries while it is loaded, the only processes it ever needs."""
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
    #pragma omp parallel for
    for (int64_t i = 0; i < n; ++i) out[i] = x[i] / (1.0f + std::exp(-x[i]));
}
""")


def swish(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    kernels.swish(x, out, x.numel())
    return out


second = load(r"""
#include <cstdint>
extern "C" void pass_on(const float* source, float* target, int64_t n) {
    #pragma omp parallel for
    for (int64_t i = 0; i < n; ++i) target[i] = source[i];
}
""")



class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        result = swish(x)
        out = torch.empty_like(result)
        second.pass_on(result, out, out.numel())
        return out
