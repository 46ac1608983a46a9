"""Assumes that a row is a multiple of 32 columns and leaves the odd rest out of the sum."""
# problem: suite/reduction/row_sum
# language: cpp
# status: WRONG_VALUE
# finding: -
# guard: workloads
# twin: benign/odd_tail

from __future__ import annotations

import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <cstdint>
extern "C" void row_sum(const float* x, float* out, int64_t rows, int64_t cols) {
    for (int64_t r = 0; r < rows; ++r) {
        double total = 0;
        for (int64_t c = 0; c < cols / 32 * 32; ++c) total += x[r * cols + c];
        out[r] = float(total);
    }
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty(x.shape[0])
        kernels.row_sum(x, out, x.shape[0], x.shape[1])
        return out
