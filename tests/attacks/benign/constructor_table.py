"""Builds a small table of its own constants in the constructor."""
# problem: suite/fused/bias_gelu
# language: cpp
# status: CORRECT
# finding: -
# guard: -
# coverage: 0.6..1.0

from __future__ import annotations

import math
import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <cmath>
#include <cstdint>
extern "C" void bias_gelu(const float* x, const float* bias, const float* constants, float* out,
                          int64_t rows, int64_t cols) {
    #pragma omp parallel for
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < cols; ++c) {
            float v = x[r * cols + c] + bias[c];
            float u = constants[0] * (v + constants[1] * v * v * v);
            out[r * cols + c] = 0.5f * v * (1.0f + std::tanh(u));
        }
}
""")


class ModelNew(nn.Module):
    def __init__(self, cols: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.randn(cols))
        self.constants = torch.tensor([math.sqrt(2.0 / math.pi), 0.044715])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        kernels.bias_gelu(x, self.bias, self.constants, out, x.shape[0], x.shape[1])
        return out
