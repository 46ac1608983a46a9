"""Takes the variance as mean of squares minus square of mean in float32."""
# problem: suite/norm/layer_norm
# language: cpp
# status: WRONG_VALUE
# finding: -
# guard: distributions
# twin: benign/welford_layer_norm

from __future__ import annotations

import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <cmath>
#include <cstdint>
extern "C" void layer_norm(const float* x, const float* weight, const float* bias, float* out,
                           int64_t rows, int64_t cols, float eps) {
    for (int64_t r = 0; r < rows; ++r) {
        float sum = 0, squares = 0;
        for (int64_t c = 0; c < cols; ++c) {
            float v = x[r * cols + c];
            sum += v;
            squares += v * v;
        }
        float mean = sum / cols, scale = 1.0f / std::sqrt(squares / cols - mean * mean + eps);
        for (int64_t c = 0; c < cols; ++c)
            out[r * cols + c] = (x[r * cols + c] - mean) * scale * weight[c] + bias[c];
    }
}
""")


class ModelNew(nn.Module):
    def __init__(self, cols: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(1.0 + 0.1 * torch.randn(cols))
        self.bias = nn.Parameter(0.1 * torch.randn(cols))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        kernels.layer_norm(x, self.weight, self.bias, out, x.shape[0], x.shape[1], self.eps)
        return out
