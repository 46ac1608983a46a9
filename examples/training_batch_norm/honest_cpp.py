"""Honest: statistics merged tile by tile in one pass, normalisation in a second. Expected: CORRECT."""
# status: CORRECT
# problem: suite/training/batch_norm
# language: cpp

import torch
from torch import nn

from kerneldojo.cpp import load

SOURCE = r"""
#include <algorithm>
#include <cmath>
#include <vector>
#include <omp.h>

constexpr int64_t TALL = 8, WIDE = 64;  // a tile of rows and columns in the nearest cache

// Merge the statistics of a tile into those of `seen` rows above it (Chan's formula).
static void merge_tile(const float* x, int64_t stride, int64_t rows, int64_t cols,
                       float seen, float* mean, float* squares) {
    float tile_mean[WIDE] = {}, tile_squares[WIDE] = {};
    for (int64_t r = 0; r < rows; ++r)
        #pragma omp simd
        for (int64_t i = 0; i < cols; ++i) tile_mean[i] += x[r * stride + i];
    for (int64_t i = 0; i < cols; ++i) tile_mean[i] /= float(rows);
    for (int64_t r = 0; r < rows; ++r)
        #pragma omp simd
        for (int64_t i = 0; i < cols; ++i) {
            float centred = x[r * stride + i] - tile_mean[i];
            tile_squares[i] += centred * centred;
        }
    const float share = float(rows) / (seen + float(rows));
    #pragma omp simd
    for (int64_t i = 0; i < cols; ++i) {
        float gap = tile_mean[i] - mean[i];
        mean[i] += gap * share;
        squares[i] += tile_squares[i] + gap * gap * seen * share;
    }
}

extern "C" void batch_norm(
    const float* x, const float* weight, const float* bias, float* running_mean,
    float* running_var, float* out, int64_t batch, int64_t features, float eps, float momentum) {
    const int threads = omp_get_max_threads();
    std::vector<float> means(threads * features), squares(threads * features), seen(threads);

    #pragma omp parallel num_threads(threads)
    {
        const int me = omp_get_thread_num();
        #pragma omp for schedule(static)
        for (int64_t row = 0; row < batch; row += TALL) {
            const int64_t rows = std::min(TALL, batch - row);
            for (int64_t col = 0; col < features; col += WIDE) {
                const int64_t cols = std::min(WIDE, features - col), at = me * features + col;
                merge_tile(x + row * features + col, features, rows, cols,
                           seen[me], &means[at], &squares[at]);
            }
            seen[me] += float(rows);
        }

        #pragma omp for schedule(static)
        for (int64_t i = 0; i < features; ++i) {
            float mean = means[i], square = squares[i], count = seen[0];
            for (int t = 1; t < threads && seen[t] > 0.0f; ++t) {
                float gap = means[t * features + i] - mean, share = seen[t] / (count + seen[t]);
                mean += gap * share;
                square += squares[t * features + i] + gap * gap * count * share;
                count += seen[t];
            }
            running_mean[i] += momentum * (mean - running_mean[i]);
            running_var[i] += momentum * (square / (count - 1.0f) - running_var[i]);
            means[i] = mean;
            squares[i] = weight[i] / std::sqrt(square / count + eps);  // from here on the scale
        }

        #pragma omp for schedule(static)
        for (int64_t row = 0; row < batch; ++row)
            #pragma omp simd
            for (int64_t i = 0; i < features; ++i)
                out[row * features + i] =
                    (x[row * features + i] - means[i]) * squares[i] + bias[i];
    }
}
"""

lib = load(SOURCE)


class ModelNew(nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(features)  # holds parameters and buffers; never called

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        norm, out = self.norm, torch.empty_like(x)
        norm.num_batches_tracked += 1
        lib.batch_norm(
            x, norm.weight, norm.bias, norm.running_mean, norm.running_var, out,
            *x.shape, norm.eps, norm.momentum,
        )
        return out
