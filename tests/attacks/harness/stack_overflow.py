"""Recurses in C++ until the stack overflows."""
# problem: suite/elementwise/swish
# language: cpp
# status: RUNTIME_ERROR
# finding: -
# guard: channel
# twin: benign/large_workspace

from __future__ import annotations

import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <cstdint>
static int64_t sink(volatile char* above, int64_t depth) {
    volatile char here[4096];
    here[0] = above[0];
    if (depth > (int64_t(1) << 24)) return 0;
    return sink(here, depth + 1) + here[0];
}
extern "C" void swish(const float* x, float* out, int64_t n) {
    volatile char first[1] = {1};
    out[0] = x[0] + float(sink(first, 0));
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.zeros_like(x)
        kernels.swish(x, out, x.numel())
        return out
