"""Exponentiates in its own kernel and leaves the rows' sums to the library."""
# problem: suite/softmax/softmax
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
#include <cmath>
#include <cstdint>
extern "C" void exponentials(const float* x, float* out, int64_t rows, int64_t cols) {
    #pragma omp parallel for
    for (int64_t r = 0; r < rows; ++r) {
        float top = x[r * cols];
        for (int64_t c = 1; c < cols; ++c) top = x[r * cols + c] > top ? x[r * cols + c] : top;
        for (int64_t c = 0; c < cols; ++c) out[r * cols + c] = std::exp(x[r * cols + c] - top);
    }
}
extern "C" void divide(float* out, const float* total, int64_t rows, int64_t cols) {
    #pragma omp parallel for
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < cols; ++c) out[r * cols + c] /= total[r];
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        rows, cols = x.shape
        kernels.exponentials(x, out, rows, cols)
        kernels.divide(out, out.sum(dim=1), rows, cols)
        return out
