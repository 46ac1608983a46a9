"""Multiplies with the library and adds bias and ReLU in its own kernel."""
# problem: suite/matmul/linear_relu
# language: cpp
# status: CORRECT
# finding: -
# guard: -
# coverage: 0.0..0.7

from __future__ import annotations

import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <cstdint>
extern "C" void bias_relu(const float* x, const float* bias, float* out,
                          int64_t rows, int64_t cols) {
    #pragma omp parallel for
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < cols; ++c) {
            float v = x[r * cols + c] + bias[c];
            out[r * cols + c] = v > 0 ? v : 0;
        }
}
""")


class ModelNew(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        product = x @ self.linear.weight.t()
        out = torch.empty_like(product)
        kernels.bias_relu(product, self.linear.bias, out, product.shape[0], product.shape[1])
        return out
