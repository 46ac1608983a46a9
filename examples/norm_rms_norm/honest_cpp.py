"""Honest: mean square and scaling with one trip to memory per row. Expected: CORRECT."""
# status: CORRECT
# problem: suite/norm/rms_norm
# language: cpp

import torch
from torch import nn

from kerneldojo.cpp import load

SOURCE = r"""
#include <cmath>

extern "C" void rms_norm(
    const float* x, const float* weight, float* out, int64_t rows, int64_t cols, float eps) {
    #pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < rows; ++row) {
        const float* in = x + row * cols;
        float* to = out + row * cols;
        float squares = 0.0f;
        #pragma omp simd reduction(+ : squares)
        for (int64_t i = 0; i < cols; ++i) squares += in[i] * in[i];
        float scale = 1.0f / std::sqrt(squares / float(cols) + eps);
        #pragma omp simd
        for (int64_t i = 0; i < cols; ++i) to[i] = in[i] * scale * weight[i];
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
        x = x.contiguous()
        out = torch.empty_like(x)
        lib.rms_norm(x, self.weight, out, *x.shape, self.eps)
        return out
