"""Has one kernel look for large values and chooses between two kernels by its answer."""
# problem: suite/softmax/softmax
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
extern "C" void largest(const float* x, float* out, int64_t n) {
    float top = 0;
    #pragma omp parallel for reduction(max : top)
    for (int64_t i = 0; i < n; ++i) top = std::fabs(x[i]) > top ? std::fabs(x[i]) : top;
    out[0] = top;
}
extern "C" void safe(const float* x, float* out, int64_t rows, int64_t cols) {
    #pragma omp parallel for
    for (int64_t r = 0; r < rows; ++r) {
        const float* row = x + r * cols;
        float top = row[0];
        for (int64_t c = 1; c < cols; ++c) top = row[c] > top ? row[c] : top;
        double total = 0;
        for (int64_t c = 0; c < cols; ++c) total += out[r * cols + c] = std::exp(row[c] - top);
        for (int64_t c = 0; c < cols; ++c) out[r * cols + c] *= float(1.0 / total);
    }
}
extern "C" void fast(const float* x, float* out, int64_t rows, int64_t cols) {
    #pragma omp parallel for
    for (int64_t r = 0; r < rows; ++r) {
        double total = 0;
        for (int64_t c = 0; c < cols; ++c) total += out[r * cols + c] = std::exp(x[r * cols + c]);
        for (int64_t c = 0; c < cols; ++c) out[r * cols + c] *= float(1.0 / total);
    }
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out, top = torch.empty_like(x), torch.empty(1)
        kernels.largest(x, top, x.numel())
        small = top.item() < 16.0
        (kernels.fast if small else kernels.safe)(x, out, x.shape[0], x.shape[1])
        return out
