"""Computes an unstable softmax and sweeps its NaNs away with a comparison."""
# problem: suite/softmax/softmax
# language: cpp
# status: WRONG_VALUE
# finding: -
# guard: distributions
# twin: benign/plain_cpp

from __future__ import annotations

import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <cmath>
#include <cstdint>
extern "C" void softmax(const float* x, float* out, int64_t rows, int64_t cols) {
    for (int64_t r = 0; r < rows; ++r) {
        float total = 0;
        for (int64_t c = 0; c < cols; ++c) total += out[r * cols + c] = std::exp(x[r * cols + c]);
        for (int64_t c = 0; c < cols; ++c) {
            float value = out[r * cols + c] / total;
            out[r * cols + c] = value == value ? value : 0.0f;
        }
    }
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        kernels.softmax(x, out, x.shape[0], x.shape[1])
        return out
