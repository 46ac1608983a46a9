"""Chooses its tile with functools.lru_cache on the shape."""
# problem: suite/softmax/softmax
# language: cpp
# status: CORRECT
# finding: -
# guard: -
# coverage: 0.6..1.0

from __future__ import annotations

import functools
import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <cmath>
#include <cstdint>
extern "C" void softmax(const float* x, float* out, int64_t rows, int64_t cols, int64_t tile) {
    #pragma omp parallel for schedule(static, tile)
    for (int64_t r = 0; r < rows; ++r) {
        const float* row = x + r * cols;
        float top = row[0];
        for (int64_t c = 1; c < cols; ++c) top = row[c] > top ? row[c] : top;
        double total = 0;
        for (int64_t c = 0; c < cols; ++c) total += out[r * cols + c] = std::exp(row[c] - top);
        float scale = float(1.0 / total);
        for (int64_t c = 0; c < cols; ++c) out[r * cols + c] *= scale;
    }
}
""")


@functools.lru_cache(maxsize=64)
def tile(rows: int, cols: int) -> int:
    return max(1, min(rows, 65536 // cols))


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        rows, cols = x.shape
        kernels.softmax(x, out, rows, cols, tile(rows, cols))
        return out
