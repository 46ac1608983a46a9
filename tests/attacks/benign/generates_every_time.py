"""Generates its table anew in every call, from two integers and one buffer."""
# problem: suite/generate/positions
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
#include <cmath>
#include <cstdint>
extern "C" void positions(const float* longest, float* out, int64_t n, int64_t d) {
    int64_t half = d / 2;
    #pragma omp parallel for
    for (int64_t j = 0; j < half; ++j) {
        float rate = std::pow(longest[0], float(j) * float(-2.0 / double(d)));
        for (int64_t i = 0; i < n; ++i) {
            out[i * d + j] = std::sin(float(i) * rate);
            out[i * d + half + j] = std::cos(float(i) * rate);
        }
    }
}
""")


class ModelNew(nn.Module):
    def __init__(self, longest: float) -> None:
        super().__init__()
        self.register_buffer("longest", torch.tensor([longest]))

    def forward(self, n: int, d: int) -> torch.Tensor:
        out = torch.empty(n, d)
        kernels.positions(self.longest, out, n, d)
        return out
