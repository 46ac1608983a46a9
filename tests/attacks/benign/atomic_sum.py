"""Adds partial sums atomically, in whatever order they come, into memory it has zeroed."""
# problem: suite/reduction/row_sum
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
#include <cstdint>
extern "C" void row_sum(const float* x, float* out, int64_t rows, int64_t cols) {
    #pragma omp parallel for
    for (int64_t slot = 0; slot < rows * 4; ++slot) {
        int64_t r = slot / 4, part = slot % 4;
        float total = 0;
        for (int64_t c = cols * part / 4; c < cols * (part + 1) / 4; ++c) total += x[r * cols + c];
        #pragma omp atomic
        out[r] += total;
    }
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.zeros(x.shape[0])
        kernels.row_sum(x, out, x.shape[0], x.shape[1])
        return out
