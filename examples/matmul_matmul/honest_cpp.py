"""Honest: register tiles over packed panels of the right matrix. Expected: CORRECT."""
# status: CORRECT
# problem: suite/matmul/matmul
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

extern "C" void matmul(
    const float* a, const float* b, float* out, int64_t m, int64_t n, int64_t k) {
    #pragma omp parallel
    {
        std::vector<float> panel(k * WIDE);
        #pragma omp for schedule(static)
        for (int64_t col = 0; col < n; col += WIDE) {
            const int64_t width = std::min<int64_t>(WIDE, n - col);
            for (int64_t p = 0; p < k; ++p)
                for (int64_t j = 0; j < WIDE; ++j)
                    panel[p * WIDE + j] = j < width ? b[p * n + col + j] : 0.0f;

            for (int64_t row = 0; row < m; row += TALL) {
                vector left[TALL] = {}, right[TALL] = {};
                const float* from[TALL];  // rows past the end repeat the last and are dropped
                for (int r = 0; r < TALL; ++r) from[r] = a + std::min(row + r, m - 1) * k;
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
                    for (int64_t j = 0; j < width; ++j)
                        to[j] = j < LANES ? left[r][j] : right[r][j - LANES];
                }
            }
        }
    }
}
"""

lib = load(SOURCE)


class ModelNew(nn.Module):
    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        a, b = a.contiguous(), b.contiguous()
        (m, k), n = a.shape, b.shape[1]
        out = torch.empty((m, n), dtype=a.dtype)
        lib.matmul(a, b, out, m, n, k)
        return out
