"""Accumulates in float64 in its own kernel and has the library convert to float32."""
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
extern "C" void row_sum(const float* x, double* out, int64_t rows, int64_t cols) {
    #pragma omp parallel for
    for (int64_t r = 0; r < rows; ++r) {
        double total = 0;
        for (int64_t c = 0; c < cols; ++c) total += x[r * cols + c];
        out[r] = total;
    }
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty(x.shape[0], dtype=torch.float64)
        kernels.row_sum(x, out, x.shape[0], x.shape[1])
        return out.to(torch.float32)
