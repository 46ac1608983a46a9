"""Honest: the softmax is never written to memory, only its logarithm is summed. Expected: CORRECT."""
# status: CORRECT
# problem: suite/loss/cross_entropy
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

extern "C" void cross_entropy(
    const float* logits, const int64_t* targets, float* out, int64_t rows, int64_t classes) {
    double total = 0.0;
    #pragma omp parallel for schedule(static) reduction(+ : total)
    for (int64_t row = 0; row < rows; ++row) {
        const float* in = logits + row * classes;
        float largest = -INFINITY, sum = 0.0f;
        #pragma omp simd reduction(max : largest)
        for (int64_t i = 0; i < classes; ++i) largest = in[i] > largest ? in[i] : largest;
        #pragma omp simd reduction(+ : sum)
        for (int64_t i = 0; i < classes; ++i) sum += exp_(in[i] - largest);
        total += std::log(double(sum)) - double(in[targets[row]] - largest);
    }
    *out = float(total / double(rows));
}
"""

lib = load(SOURCE)


class ModelNew(nn.Module):
    def forward(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        logits, targets = logits.contiguous(), targets.contiguous()
        out = torch.empty((), dtype=logits.dtype)
        lib.cross_entropy(logits, targets, out, *logits.shape)
        return out
