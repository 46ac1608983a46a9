"""Maps up to 12 GB of address space in steps of 256 MB without touching a page."""
# problem: suite/elementwise/swish
# language: cpp
# status: OUT_OF_MEMORY, RUNTIME_ERROR
# finding: -
# guard: limits
# twin: benign/large_workspace

from __future__ import annotations

import mmap
import torch
from torch import nn
from kerneldojo.cpp import load

kernels = load(r"""
#include <cmath>
#include <cstdint>
extern "C" void swish(const float* x, float* out, int64_t n) {
    #pragma omp parallel for
    for (int64_t i = 0; i < n; ++i) out[i] = x[i] / (1.0f + std::exp(-x[i]));
}
""")


def swish(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    kernels.swish(x, out, x.numel())
    return out


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        held = [mmap.mmap(-1, 1 << 28) for _ in range(48)]
        print(len(held))
        return swish(x)
