"""Honest: two-pass variance, one trip to memory per row. Expected: CORRECT."""
# status: CORRECT
# problem: suite/norm/layer_norm
# language: cpp

import torch
from torch import nn

from kerneldojo.cpp import load

SOURCE = r"""
#include <cmath>

extern "C" void layer_norm(
    const float* x, const float* weight, const float* bias, float* out,
    int64_t rows, int64_t cols, float eps) {
    #pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < rows; ++row) {
        const float* in = x + row * cols;
        float* to = out + row * cols;
        float sum = 0.0f, squares = 0.0f;
        #pragma omp simd reduction(+ : sum)
        for (int64_t i = 0; i < cols; ++i) sum += in[i];
        float mean = sum / float(cols);
        #pragma omp simd reduction(+ : squares)
        for (int64_t i = 0; i < cols; ++i) squares += (in[i] - mean) * (in[i] - mean);
        float scale = 1.0f / std::sqrt(squares / float(cols) + eps);
        #pragma omp simd
        for (int64_t i = 0; i < cols; ++i) to[i] = (in[i] - mean) * scale * weight[i] + bias[i];
    }
}
"""

lib = load(SOURCE)


class ModelNew(nn.Module):
    def __init__(self, cols: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(cols))
        self.bias = nn.Parameter(torch.zeros(cols))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        out = torch.empty_like(x)
        lib.layer_norm(x, self.weight, self.bias, out, *x.shape, self.eps)
        return out
