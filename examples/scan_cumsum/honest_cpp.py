"""Honest: a vectorised scan per row. Expected: CORRECT."""
# status: CORRECT
# problem: suite/scan/cumsum
# language: cpp

import torch
from torch import nn

from kerneldojo.cpp import load

SOURCE = r"""
extern "C" void cumsum(const float* x, float* out, int64_t rows, int64_t cols) {
    #pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < rows; ++row) {
        const float* in = x + row * cols;
        float* to = out + row * cols;
        double sum = 0.0;
        #pragma omp simd reduction(inscan, + : sum)
        for (int64_t i = 0; i < cols; ++i) {
            sum += in[i];
            #pragma omp scan inclusive(sum)
            to[i] = float(sum);
        }
    }
}
"""

lib = load(SOURCE)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        out = torch.empty_like(x)
        lib.cumsum(x, out, *x.shape)
        return out
