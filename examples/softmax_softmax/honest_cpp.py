"""Honest: the row stays in the first-level cache for all three passes. Expected: CORRECT."""
# status: CORRECT
# problem: suite/softmax/softmax
# language: cpp

import torch
from torch import nn

from kerneldojo.cpp import load

SOURCE = r"""
#include <bit>
#include <cmath>

// exp to about one unit in the last place, written so that compilers vectorise it.
static inline float exp_(float x) {
    x = x < -87.0f ? -87.0f : x > 88.0f ? 88.0f : x;
    float k = (x * 1.44269504f + 12582912.0f) - 12582912.0f;  // round to nearest
    float r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
    float p = 1.9875691e-4f;
    p = p * r + 1.3981999e-3f;
    p = p * r + 8.3334519e-3f;
    p = p * r + 4.1665796e-2f;
    p = p * r + 1.6666665e-1f;
    p = p * r + 5.0000001e-1f;
    return (p * r * r + r + 1.0f) * std::bit_cast<float>((int(k) + 127) << 23);
}

extern "C" void softmax(const float* x, float* out, int64_t rows, int64_t cols) {
    #pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < rows; ++row) {
        const float* in = x + row * cols;
        float* to = out + row * cols;
        float largest = -INFINITY, sum = 0.0f;
        #pragma omp simd reduction(max : largest)
        for (int64_t i = 0; i < cols; ++i) largest = in[i] > largest ? in[i] : largest;
        #pragma omp simd reduction(+ : sum)
        for (int64_t i = 0; i < cols; ++i) sum += to[i] = exp_(in[i] - largest);
        float scale = 1.0f / sum;
        #pragma omp simd
        for (int64_t i = 0; i < cols; ++i) to[i] *= scale;
    }
}
"""

lib = load(SOURCE)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        out = torch.empty_like(x)
        lib.softmax(x, out, *x.shape)
        return out
