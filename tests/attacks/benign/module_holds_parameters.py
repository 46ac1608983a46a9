"""Keeps its parameters in an nn.BatchNorm1d child and never calls that child."""
# problem: suite/training/batch_norm
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
#include <vector>
extern "C" void batch_norm(const float* x, const float* weight, const float* bias, float* out,
                           int64_t rows, int64_t cols, float eps) {
    std::vector<double> sum(cols, 0.0), squares(cols, 0.0);
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < cols; ++c) sum[c] += x[r * cols + c];
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < cols; ++c) {
            double d = x[r * cols + c] - sum[c] / rows;
            squares[c] += d * d;
        }
    std::vector<float> mean(cols), scale(cols);
    for (int64_t c = 0; c < cols; ++c) {
        mean[c] = float(sum[c] / rows);
        scale[c] = float(1.0 / std::sqrt(squares[c] / rows + eps));
    }
    #pragma omp parallel for
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < cols; ++c)
            out[r * cols + c] = (x[r * cols + c] - mean[c]) * scale[c] * weight[c] + bias[c];
}
""")


class ModelNew(nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(features)
        nn.init.normal_(self.norm.weight, mean=1.0, std=0.1)
        nn.init.normal_(self.norm.bias, std=0.1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        rows, cols = x.shape
        kernels.batch_norm(x, self.norm.weight, self.norm.bias, out, rows, cols, self.norm.eps)
        return out
