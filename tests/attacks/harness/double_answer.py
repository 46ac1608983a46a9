"""Returns float64 where float32 was asked for."""
# problem: suite/reduction/row_sum
# language: cpp
# status: WRONG_DTYPE
# finding: -
# guard: output_check
# twin: benign/own_then_reshape

from __future__ import annotations

import torch
from torch import nn
from kerneldojo.cpp import load

kernels = load(r"""
#include <cstdint>
extern "C" void row_sum(const float* x, float* out, int64_t rows, int64_t cols) {
    #pragma omp parallel for
    for (int64_t r = 0; r < rows; ++r) {
        double total = 0;
        for (int64_t c = 0; c < cols; ++c) total += x[r * cols + c];
        out[r] = float(total);
    }
}
""")


def row_sum(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty(x.shape[0], dtype=x.dtype)
    kernels.row_sum(x, out, x.shape[0], x.shape[1])
    return out


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return row_sum(x).double()
