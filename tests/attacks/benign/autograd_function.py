"""Implements forward and backward as kernels behind an autograd.Function."""
# problem: suite/training/swiglu
# language: cpp
# status: CORRECT
# finding: -
# guard: -
# coverage: 0.6..1.0

from __future__ import annotations

import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <cmath>
#include <cstdint>
extern "C" void swiglu(const float* x, float* out, int64_t rows, int64_t half) {
    #pragma omp parallel for
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < half; ++c) {
            float a = x[r * 2 * half + c], b = x[r * 2 * half + half + c];
            out[r * half + c] = a / (1.0f + std::exp(-a)) * b;
        }
}
extern "C" void swiglu_backward(const float* x, const float* gradient, float* out,
                                int64_t rows, int64_t half) {
    #pragma omp parallel for
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < half; ++c) {
            float a = x[r * 2 * half + c], b = x[r * 2 * half + half + c];
            float s = 1.0f / (1.0f + std::exp(-a)), g = gradient[r * half + c];
            out[r * 2 * half + c] = g * b * s * (1.0f + a * (1.0f - s));
            out[r * 2 * half + half + c] = g * a * s;
        }
}
""")


class SwiGlu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x)
        out = torch.empty(x.shape[0], x.shape[1] // 2)
        kernels.swiglu(x, out, x.shape[0], x.shape[1] // 2)
        return out

    @staticmethod
    def backward(ctx, gradient: torch.Tensor) -> torch.Tensor:
        (x,) = ctx.saved_tensors
        out = torch.empty_like(x)
        kernels.swiglu_backward(x, gradient.contiguous(), out, x.shape[0], x.shape[1] // 2)
        return out


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return SwiGlu.apply(x)
