"""Leaves the epsilon of RMS normalisation away, which only tiny values can show."""
# problem: suite/norm/rms_norm
# language: cpp
# status: WRONG_VALUE
# finding: -
# guard: distributions, oracle
# twin: benign/workspace_reuse

from __future__ import annotations

import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <cmath>
#include <cstdint>
extern "C" void rms_norm(const float* x, const float* weight, float* out, int64_t rows, int64_t cols) {
    for (int64_t r = 0; r < rows; ++r) {
        double squares = 0;
        for (int64_t c = 0; c < cols; ++c) squares += double(x[r * cols + c]) * x[r * cols + c];
        float scale = float(1.0 / std::sqrt(squares / double(cols)));
        for (int64_t c = 0; c < cols; ++c) out[r * cols + c] = x[r * cols + c] * scale * weight[c];
    }
}
""")


class ModelNew(nn.Module):
    def __init__(self, cols: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(1.0 + 0.1 * torch.randn(cols))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        kernels.rms_norm(x, self.weight, out, x.shape[0], x.shape[1])
        return out
