"""Writes 1/n everywhere, within 1e-2 of nearly every element of a softmax."""
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
#include <cstdint>
extern "C" void softmax(const float* x, float* out, int64_t rows, int64_t cols) {
    for (int64_t i = 0; i < rows * cols; ++i) out[i] = 1.0f / float(cols);
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        kernels.softmax(x, out, x.shape[0], x.shape[1])
        return out
