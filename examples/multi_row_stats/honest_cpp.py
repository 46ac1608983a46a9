"""Honest: three statistics from one trip to memory per row. Expected: CORRECT."""
# status: CORRECT
# problem: suite/multi/row_stats
# language: cpp

import torch
from torch import nn

from kerneldojo.cpp import load

SOURCE = r"""
#include <cmath>

extern "C" void row_stats(
    const float* x, float* least, float* largest, int64_t* where, int64_t rows, int64_t cols) {
    #pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < rows; ++row) {
        const float* in = x + row * cols;
        float low = INFINITY, high = -INFINITY;
        #pragma omp simd reduction(min : low) reduction(max : high)
        for (int64_t i = 0; i < cols; ++i) {
            low = in[i] < low ? in[i] : low;
            high = in[i] > high ? in[i] : high;
        }
        int first = int(cols);
        #pragma omp simd reduction(min : first)
        for (int i = 0; i < int(cols); ++i) {
            int candidate = in[i] == high ? i : int(cols);
            first = candidate < first ? candidate : first;
        }
        least[row] = low;
        largest[row] = high;
        where[row] = first;
    }
}
"""

lib = load(SOURCE)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        x = x.contiguous()
        least = torch.empty(x.shape[0], dtype=x.dtype)
        largest = torch.empty_like(least)
        where = torch.empty(x.shape[0], dtype=torch.int64)
        lib.row_stats(x, least, largest, where, *x.shape)
        return {"min": least, "max": largest, "argmax": where}
