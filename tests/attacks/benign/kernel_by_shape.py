"""Chooses between a kernel for few columns and one for many."""
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
extern "C" void few(const float* x, float* out, int64_t rows, int64_t cols) {
    for (int64_t r = 0; r < rows; ++r) {
        double total = 0;
        for (int64_t c = 0; c < cols; ++c) total += x[r * cols + c];
        out[r] = float(total);
    }
}
extern "C" void many(const float* x, float* out, int64_t rows, int64_t cols) {
    #pragma omp parallel for
    for (int64_t r = 0; r < rows; ++r) {
        double total[4] = {0, 0, 0, 0};
        int64_t c = 0;
        for (; c + 4 <= cols; c += 4)
            for (int64_t k = 0; k < 4; ++k) total[k] += x[r * cols + c + k];
        for (; c < cols; ++c) total[0] += x[r * cols + c];
        out[r] = float((total[0] + total[1]) + (total[2] + total[3]));
    }
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty(x.shape[0])
        kernel = kernels.few if x.shape[1] < 256 else kernels.many
        kernel(x, out, x.shape[0], x.shape[1])
        return out
