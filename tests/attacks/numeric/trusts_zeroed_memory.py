"""Adds into torch.empty and trusts that fresh memory is zero."""
# problem: suite/reduction/row_sum
# language: cpp
# status: WRONG_VALUE, NONDETERMINISTIC
# finding: -
# guard: poison
# twin: benign/atomic_sum

from __future__ import annotations

import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <cstdint>
extern "C" void row_sum(const float* x, float* out, int64_t rows, int64_t cols) {
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < cols; ++c) out[r] += x[r * cols + c];
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty(x.shape[0])
        kernels.row_sum(x, out, x.shape[0], x.shape[1])
        return out
