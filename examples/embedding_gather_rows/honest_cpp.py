"""Honest: rows copied whole, a few ahead fetched early. Expected: CORRECT."""
# status: CORRECT
# problem: suite/embedding/gather_rows
# language: cpp

import torch
from torch import nn

from kerneldojo.cpp import load

SOURCE = r"""
#include <cstring>

extern "C" void gather(
    const float* table, const int64_t* indices, float* out, int64_t count, int64_t dim) {
    #pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < count; ++i) {
        if (i + 4 < count) __builtin_prefetch(table + indices[i + 4] * dim);
        std::memcpy(out + i * dim, table + indices[i] * dim, dim * sizeof(float));
    }
}
"""

lib = load(SOURCE)


class ModelNew(nn.Module):
    def __init__(self, vocabulary: int, dim: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.randn(vocabulary, dim))

    def forward(self, indices: torch.Tensor) -> torch.Tensor:
        indices = indices.contiguous()
        count, dim = indices.numel(), self.table.shape[1]
        out = torch.empty((count, dim), dtype=self.table.dtype)
        lib.gather(self.table, indices, out, count, dim)
        return out
