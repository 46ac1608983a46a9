"""Computes every other row and repeats it for its neighbour."""
# problem: suite/softmax/softmax
# language: cpp
# status: WRONG_VALUE
# finding: -
# guard: oracle
# twin: benign/plain_cpp

from __future__ import annotations

import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <cmath>
#include <cstdint>
extern "C" void softmax(const float* x, float* out, int64_t rows, int64_t cols) {
    for (int64_t r = 0; r < rows; r += 2) {
        float top = x[r * cols];
        for (int64_t c = 1; c < cols; ++c) top = x[r * cols + c] > top ? x[r * cols + c] : top;
        double total = 0;
        for (int64_t c = 0; c < cols; ++c)
            total += out[r * cols + c] = std::exp(x[r * cols + c] - top);
        for (int64_t c = 0; c < cols; ++c) {
            out[r * cols + c] = float(out[r * cols + c] / total);
            if (r + 1 < rows) out[(r + 1) * cols + c] = out[r * cols + c];
        }
    }
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        kernels.softmax(x, out, x.shape[0], x.shape[1])
        return out
