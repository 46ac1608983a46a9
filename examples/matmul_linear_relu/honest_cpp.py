"""Honest: matrix product in register tiles, bias and ReLU applied before the tile is stored. Expected: CORRECT."""
# status: CORRECT
# problem: suite/matmul/linear_relu
# language: cpp

import torch
from torch import nn

from kerneldojo.cpp import load

SOURCE = r"""
#include <algorithm>
#include <vector>

#ifdef __AVX512F__
constexpr int LANES = 16;
#else
constexpr int LANES = 8;
#endif
constexpr int TALL = 6, WIDE = 2 * LANES;  // 12 accumulators fit the registers
typedef float vector __attribute__((vector_size(4 * LANES), aligned(4)));

extern "C" void linear_relu(
    const float* x, const float* weight, const float* bias, float* out,
    int64_t m, int64_t n, int64_t k) {
    #pragma omp parallel
    {
        std::vector<float> panel(k * WIDE);
        #pragma omp for schedule(static)
        for (int64_t col = 0; col < n; col += WIDE) {
            const int64_t width = std::min<int64_t>(WIDE, n - col);
            for (int64_t j = 0; j < WIDE; ++j)  // the panel is a slice of the transpose
                for (int64_t p = 0; p < k; ++p)
                    panel[p * WIDE + j] = j < width ? weight[(col + j) * k + p] : 0.0f;

            for (int64_t row = 0; row < m; row += TALL) {
                vector left[TALL] = {}, right[TALL] = {};
                const float* from[TALL];  // rows past the end repeat the last and are dropped
                for (int r = 0; r < TALL; ++r) from[r] = x + std::min(row + r, m - 1) * k;
                for (int64_t p = 0; p < k; ++p) {
                    const vector b0 = *(const vector*)&panel[p * WIDE];
                    const vector b1 = *(const vector*)&panel[p * WIDE + LANES];
                    #pragma GCC unroll 6
                    for (int r = 0; r < TALL; ++r) {
                        left[r] += from[r][p] * b0;
                        right[r] += from[r][p] * b1;
                    }
                }
                for (int r = 0; r < std::min<int64_t>(TALL, m - row); ++r) {
                    float* to = out + (row + r) * n + col;
                    for (int64_t j = 0; j < width; ++j) {
                        float sum = bias[col + j] + (j < LANES ? left[r][j] : right[r][j - LANES]);
                        to[j] = sum > 0.0f ? sum : 0.0f;
                    }
                }
            }
        }
    }
}
"""

lib = load(SOURCE)


class ModelNew(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)  # holds the parameters; never called

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        weight, bias = self.linear.weight, self.linear.bias
        (m, k), n = x.shape, weight.shape[0]
        out = torch.empty((m, n), dtype=x.dtype)
        lib.linear_relu(x, weight, bias, out, m, n, k)
        return out
