"""Answers NaN everywhere, which `difference > tolerance` never finds wrong."""
# problem: suite/elementwise/swish
# language: cpp
# status: WRONG_VALUE
# finding: -
# guard: oracle
# twin: benign/plain_cpp

from __future__ import annotations

import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <cstdint>
extern "C" void swish(const float* x, float* out, int64_t n) {
    for (int64_t i = 0; i < n; ++i) out[i] = __builtin_nanf("");
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        kernels.swish(x, out, x.numel())
        return out
