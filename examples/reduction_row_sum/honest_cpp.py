"""Honest: four vectors of partial sums hide the latency of addition. Expected: CORRECT."""
# status: CORRECT
# problem: suite/reduction/row_sum
# language: cpp

import torch
from torch import nn

from kerneldojo.cpp import load

SOURCE = r"""
typedef float vector __attribute__((vector_size(64), aligned(4)));

extern "C" void row_sum(const float* x, float* out, int64_t rows, int64_t cols) {
    #pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < rows; ++row) {
        const float* in = x + row * cols;
        vector s0{}, s1{}, s2{}, s3{};
        int64_t i = 0;
        for (; i + 64 <= cols; i += 64) {
            s0 += *(const vector*)(in + i);
            s1 += *(const vector*)(in + i + 16);
            s2 += *(const vector*)(in + i + 32);
            s3 += *(const vector*)(in + i + 48);
        }
        s0 = (s0 + s1) + (s2 + s3);
        float sum = 0.0f, tail = 0.0f;
        for (int lane = 0; lane < 16; ++lane) sum += s0[lane];
        for (; i < cols; ++i) tail += in[i];
        out[row] = sum + tail;
    }
}
"""

lib = load(SOURCE)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        out = torch.empty(x.shape[0], dtype=x.dtype)
        lib.row_sum(x, out, *x.shape)
        return out
