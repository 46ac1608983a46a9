"""Sums slices of each row in its own kernel and leaves the few partial sums to the library."""
# problem: suite/reduction/row_sum
# language: cpp
# status: CORRECT
# finding: -
# guard: -
# coverage: 0.3..1.0

from __future__ import annotations

import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <cstdint>
extern "C" void partial_sums(const float* x, double* out, int64_t rows, int64_t cols, int64_t parts) {
    #pragma omp parallel for
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t p = 0; p < parts; ++p) {
            double total = 0;
            for (int64_t c = cols * p / parts; c < cols * (p + 1) / parts; ++c)
                total += x[r * cols + c];
            out[r * parts + p] = total;
        }
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        partial = torch.empty(x.shape[0], 4, dtype=torch.float64)
        kernels.partial_sums(x, partial, x.shape[0], x.shape[1], 4)
        return partial.sum(dim=1).float()
