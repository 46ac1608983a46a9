"""Honest: Swish in one vectorised pass over memory. Expected: CORRECT."""
# status: CORRECT
# problem: suite/elementwise/swish
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

extern "C" void swish(const float* x, float* out, int64_t count) {
    #pragma omp parallel for simd schedule(static)
    for (int64_t i = 0; i < count; ++i)
        out[i] = x[i] / (1.0f + exp_(-x[i]));
}
"""

lib = load(SOURCE)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        out = torch.empty_like(x)
        lib.swish(x, out, x.numel())
        return out
