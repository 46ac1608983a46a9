"""Leaves the last element of every row out of the sum."""
# problem: suite/scan/cumsum
# language: cpp
# status: WRONG_VALUE
# finding: -
# guard: oracle
# twin: benign/blocked_scan

from __future__ import annotations

import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <cstdint>
extern "C" void cumsum(const float* x, float* out, int64_t rows, int64_t cols) {
    for (int64_t r = 0; r < rows; ++r) {
        double total = 0;
        for (int64_t c = 0; c < cols; ++c) {
            if (c + 1 < cols) total += x[r * cols + c];
            out[r * cols + c] = float(total);
        }
    }
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        kernels.cumsum(x, out, x.shape[0], x.shape[1])
        return out
