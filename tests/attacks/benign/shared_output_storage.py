"""Keeps minimum and maximum side by side in one buffer without overlap."""
# problem: suite/multi/row_stats
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
extern "C" void stats(const float* x, float* low, float* high, int64_t* where,
                      int64_t rows, int64_t cols) {
    #pragma omp parallel for
    for (int64_t r = 0; r < rows; ++r) {
        const float* row = x + r * cols;
        int64_t best = 0, least = 0;
        for (int64_t c = 1; c < cols; ++c) {
            if (row[c] > row[best]) best = c;
            if (row[c] < row[least]) least = c;
        }
        low[r] = row[least];
        high[r] = row[best];
        where[r] = best;
    }
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        both = torch.empty(2, x.shape[0])
        where = torch.empty(x.shape[0], dtype=torch.int64)
        kernels.stats(x, both[0], both[1], where, x.shape[0], x.shape[1])
        return {"min": both[0], "max": both[1], "argmax": where}
