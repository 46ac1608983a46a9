"""Honest: select between x and a constant in one pass. Expected: CORRECT."""
# status: CORRECT
# problem: suite/elementwise/masked_fill
# language: cpp

import torch
from torch import nn

from kerneldojo.cpp import load

SOURCE = r"""
extern "C" void masked_fill(
    const float* x, const uint8_t* mask, float* out, float fill, int64_t count) {
    #pragma omp parallel for simd schedule(static)
    for (int64_t i = 0; i < count; ++i) out[i] = mask[i] ? fill : x[i];
}
"""

lib = load(SOURCE)


class ModelNew(nn.Module):
    def __init__(self, fill: float) -> None:
        super().__init__()
        self.fill = fill

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        x, mask = x.contiguous(), mask.contiguous()
        out = torch.empty_like(x)
        lib.masked_fill(x, mask, out, self.fill, x.numel())
        return out
