"""Sums exponentials of the logits without subtracting their maximum."""
# problem: suite/loss/cross_entropy
# language: cpp
# status: WRONG_VALUE
# finding: -
# guard: distributions
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
    for (int64_t r = 0; r < rows; ++r) {
        double total = 0;
        for (int64_t c = 0; c < cols; ++c) total += std::exp(x[r * cols + c]);
        sum += std::log(total) - x[r * cols + target[r]];
    }
    out[0] = float(sum / double(rows));
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        out = torch.empty(())
        kernels.loss(x, target, out, x.shape[0], x.shape[1])
        return out
