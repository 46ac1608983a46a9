"""Transposes its weights at the first call, keeps them, and multiplies in its own kernel."""
# problem: suite/matmul/linear_relu
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
extern "C" void linear_relu(const float* x, const float* weight, const float* bias, float* out,
                            int64_t m, int64_t k, int64_t n) {
    #pragma omp parallel for
    for (int64_t i = 0; i < m; ++i) {
        float* row = out + i * n;
        for (int64_t j = 0; j < n; ++j) row[j] = bias[j];
        for (int64_t p = 0; p < k; ++p)
            for (int64_t j = 0; j < n; ++j) row[j] += x[i * k + p] * weight[p * n + j];
        for (int64_t j = 0; j < n; ++j) row[j] = row[j] > 0 ? row[j] : 0;
    }
}
""")


class ModelNew(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        self.prepared: torch.Tensor | None = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.prepared is None:
            self.prepared = self.linear.weight.detach().t().contiguous()
        k, n = self.prepared.shape
        out = torch.empty(x.shape[0], n)
        kernels.linear_relu(x, self.prepared, self.linear.bias, out, x.shape[0], k, n)
        return out
