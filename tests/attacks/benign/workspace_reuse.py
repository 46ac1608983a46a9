"""Reuses a scratch workspace across calls and returns fresh outputs."""
# problem: suite/norm/rms_norm
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
extern "C" void scales(const float* x, float* scale, int64_t rows, int64_t cols, float eps) {
    #pragma omp parallel for
    for (int64_t r = 0; r < rows; ++r) {
        double squares = 0;
        for (int64_t c = 0; c < cols; ++c) squares += double(x[r * cols + c]) * x[r * cols + c];
        scale[r] = float(1.0 / std::sqrt(squares / double(cols) + eps));
    }
}
extern "C" void apply(const float* x, const float* scale, const float* weight, float* out,
                      int64_t rows, int64_t cols) {
    #pragma omp parallel for
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < cols; ++c) out[r * cols + c] = x[r * cols + c] * scale[r] * weight[c];
}
""")


class ModelNew(nn.Module):
    def __init__(self, cols: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(1.0 + 0.1 * torch.randn(cols))
        self.eps = eps
        self.workspaces: dict[int, torch.Tensor] = {}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows, cols = x.shape
        scale = self.workspaces.setdefault(rows, torch.empty(rows))
        out = torch.empty_like(x)
        kernels.scales(x, scale, rows, cols, self.eps)
        kernels.apply(x, scale, self.weight, out, rows, cols)
        return out
