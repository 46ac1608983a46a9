"""Skipped work: every second row borrows the scale of the row above, a few percent off. Expected: WRONG_VALUE."""
# status: WRONG_VALUE
# problem: suite/norm/rms_norm
# language: cpp

import torch
from torch import nn

from kerneldojo.cpp import load

SOURCE = r"""
#include <cmath>

extern "C" void rms_norm(
    const float* x, const float* weight, float* out, int64_t rows, int64_t cols, float eps) {
    #pragma omp parallel for
    for (int64_t pair = 0; pair < rows; pair += 2) {
        float squares = 0.0f;
        #pragma omp simd reduction(+ : squares)
        for (int64_t i = 0; i < cols; ++i) squares += x[pair * cols + i] * x[pair * cols + i];
        float scale = 1.0f / std::sqrt(squares / float(cols) + eps);
        for (int64_t row = pair; row < pair + 2 && row < rows; ++row)
            #pragma omp simd
            for (int64_t i = 0; i < cols; ++i)
                out[row * cols + i] = x[row * cols + i] * scale * weight[i];
    }
}
"""

lib = load(SOURCE)


class ModelNew(nn.Module):
    def __init__(self, cols: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(cols))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        lib.rms_norm(x, self.weight, out, *x.shape, self.eps)
        return out
