"""Writes a small note into its temporary folder and reads it back."""
# problem: suite/elementwise/swish
# language: cpp
# status: CORRECT
# finding: -
# guard: -
# coverage: 0.6..1.0

from __future__ import annotations

import tempfile
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


with tempfile.NamedTemporaryFile("w+", suffix=".txt") as note:
    note.write("tile=4096")
    note.flush()
    note.seek(0)
    TILE = int(note.read().split("=")[1])


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return swish(x)
