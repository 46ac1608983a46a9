"""Honest: bias and GELU fused, one read and one write. Expected: CORRECT."""
# status: CORRECT
# problem: suite/fused/bias_gelu
# language: cpp

import torch
from torch import nn

from kerneldojo.cpp import load

SOURCE = r"""
#include <bit>

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

extern "C" void bias_gelu(
    const float* x, const float* bias, float* out, int64_t rows, int64_t cols) {
    #pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < rows; ++row) {
        const float* in = x + row * cols;
        float* to = out + row * cols;
        #pragma omp simd
        for (int64_t i = 0; i < cols; ++i) {
            float v = in[i] + bias[i];
            // (1 + tanh(u)) / 2 is the sigmoid of 2u; the constant is 2 * sqrt(2 / pi).
            float twice_u = 1.5957691216057308f * (v + 0.044715f * v * v * v);
            to[i] = v / (1.0f + exp_(-twice_u));
        }
    }
}
"""

lib = load(SOURCE)


class ModelNew(nn.Module):
    def __init__(self, cols: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.randn(cols))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        out = torch.empty_like(x)
        lib.bias_gelu(x, self.bias, out, *x.shape)
        return out
