"""Allocates with torch.empty and torch.empty_strided and fills every element itself."""
# problem: suite/scan/cumsum
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
#include <cstdint>
extern "C" void cumsum(const float* x, float* out, int64_t rows, int64_t cols) {
    #pragma omp parallel for
    for (int64_t r = 0; r < rows; ++r) {
        double total = 0;
        for (int64_t c = 0; c < cols; ++c) out[r * cols + c] = float(total += x[r * cols + c]);
    }
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_strided(x.shape, (x.shape[1], 1))
        kernels.cumsum(x, out, x.shape[0], x.shape[1])
        return out
