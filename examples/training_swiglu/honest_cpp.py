"""Honest: gate and gradient each in one pass, joined by an autograd function. Expected: CORRECT."""
# status: CORRECT
# problem: suite/training/swiglu
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

extern "C" void swiglu(const float* x, float* out, int64_t rows, int64_t cols) {
    #pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < rows; ++row) {
        const float *a = x + 2 * row * cols, *b = a + cols;
        float* to = out + row * cols;
        #pragma omp simd
        for (int64_t i = 0; i < cols; ++i) to[i] = a[i] * b[i] / (1.0f + exp_(-a[i]));
    }
}

extern "C" void swiglu_gradient(
    const float* x, const float* grad_out, float* grad_x, int64_t rows, int64_t cols) {
    #pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < rows; ++row) {
        const float *a = x + 2 * row * cols, *b = a + cols, *grad = grad_out + row * cols;
        float *grad_a = grad_x + 2 * row * cols, *grad_b = grad_a + cols;
        #pragma omp simd
        for (int64_t i = 0; i < cols; ++i) {
            float gate = 1.0f / (1.0f + exp_(-a[i]));
            grad_a[i] = grad[i] * b[i] * gate * (1.0f + a[i] * (1.0f - gate));
            grad_b[i] = grad[i] * a[i] * gate;
        }
    }
}
"""

lib = load(SOURCE)


class SwiGLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x = x.contiguous()
        ctx.save_for_backward(x)
        rows, cols = x.shape[0], x.shape[1] // 2
        out = torch.empty((rows, cols), dtype=x.dtype)
        lib.swiglu(x, out, rows, cols)
        return out

    @staticmethod
    def backward(ctx, grad_out):
        (x,) = ctx.saved_tensors
        grad_x = torch.empty_like(x)
        lib.swiglu_gradient(x, grad_out.contiguous(), grad_x, x.shape[0], x.shape[1] // 2)
        return grad_x


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return SwiGLU.apply(x)
