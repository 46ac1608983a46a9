"""Works with OpenMP threads, dynamic schedule and a parallel region of two loops."""
# problem: suite/elementwise/swish
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
#include <omp.h>
extern "C" void swish(const float* x, float* out, int64_t n) {
    #pragma omp parallel num_threads(omp_get_max_threads())
    {
        #pragma omp for schedule(dynamic, 4096)
        for (int64_t i = 0; i < n; ++i) out[i] = 1.0f + std::exp(-x[i]);
        #pragma omp for
        for (int64_t i = 0; i < n; ++i) out[i] = x[i] / out[i];
    }
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        kernels.swish(x, out, x.numel())
        return out
