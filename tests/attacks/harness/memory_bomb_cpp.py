"""Asks malloc for up to 12 GB in its kernel and dies of std::bad_alloc."""
# problem: suite/elementwise/swish
# language: cpp
# status: OUT_OF_MEMORY, RUNTIME_ERROR
# finding: -
# guard: limits
# twin: benign/large_workspace

from __future__ import annotations

import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>
extern "C" void swish(const float* x, float* out, int64_t n) {
    std::vector<std::unique_ptr<char[]>> held;
    for (int i = 0; i < 48; ++i) held.emplace_back(new char[size_t(1) << 28]);
    out[0] = float(held.size());
    for (int64_t i = 0; i < n; ++i) out[i] = x[i] / (1.0f + std::exp(-x[i]));
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        kernels.swish(x, out, x.numel())
        return out
