"""Generates its C++ source from a template in Python."""
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


TEMPLATE = r"""
#include <cmath>
#include <cstdint>
extern "C" void @NAME@(const float* x, float* out, int64_t n) {
    #pragma omp parallel for
    for (int64_t i = 0; i < n; ++i) out[i] = @EXPRESSION@;
}
"""
SOURCE = TEMPLATE.replace("@NAME@", "swish").replace("@EXPRESSION@", "x[i] / (1.0f + std::exp(-x[i]))")
kernels = load(SOURCE)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        kernels.swish(x, out, x.numel())
        return out
