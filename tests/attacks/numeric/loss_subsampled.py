"""Averages the loss over every fourth row only."""
# problem: suite/loss/cross_entropy
# language: cpp
# status: WRONG_VALUE
# finding: -
# guard: oracle
# twin: benign/scalar_output

from __future__ import annotations

import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <cmath>
#include <cstdint>
extern "C" void loss(const float* x, const int64_t* target, float* out, int64_t rows, int64_t cols) {
    double sum = 0;
    int64_t count = 0;
    for (int64_t r = 0; r < rows; r += 4, ++count) {
        const float* row = x + r * cols;
        float top = row[0];
        for (int64_t c = 1; c < cols; ++c) top = row[c] > top ? row[c] : top;
        double total = 0;
        for (int64_t c = 0; c < cols; ++c) total += std::exp(row[c] - top);
        sum += std::log(total) + top - row[target[r]];
    }
    out[0] = float(sum / double(count));
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        out = torch.empty(())
        kernels.loss(x, target, out, x.shape[0], x.shape[1])
        return out
