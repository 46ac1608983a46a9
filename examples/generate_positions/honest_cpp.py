"""Honest: sine and cosine share one argument reduction. Expected: CORRECT."""
# status: CORRECT
# problem: suite/generate/positions
# language: cpp

import torch
from torch import nn

from kerneldojo.cpp import load

SOURCE = r"""
#include <cmath>
#include <vector>

extern "C" void positions(const float* longest, float* out, int64_t n, int64_t half) {
    std::vector<float> frequencies(half);
    for (int64_t i = 0; i < half; ++i)
        frequencies[i] = float(std::pow(double(*longest), -double(i) / double(half)));
    const float* frequency = frequencies.data();

    #pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < n; ++row) {
        float *sines = out + 2 * row * half, *cosines = sines + half;
        #pragma omp simd
        for (int64_t i = 0; i < half; ++i) {
            float angle = float(row) * frequency[i];
            // angle = k * pi / 2 + r with |r| <= pi / 4; pi / 2 in three parts, so that the
            // products are exact for every k below a few thousand.
            float k = (angle * 0.636619772f + 12582912.0f) - 12582912.0f;
            float r = ((angle - k * 1.5703125f) - k * 4.83751296997e-4f) - k * 7.5497899549e-8f;
            float z = r * r;
            float s = ((-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * r + r;
            float c = ((2.443315711809948e-5f * z - 1.388731625493765e-3f) * z
                       + 4.166664568298827e-2f) * z * z - 0.5f * z + 1.0f;
            int quadrant = int(k);
            float sine = quadrant & 1 ? c : s, cosine = quadrant & 1 ? s : c;
            sines[i] = quadrant & 2 ? -sine : sine;
            cosines[i] = (quadrant + 1) & 2 ? -cosine : cosine;
        }
    }
}
"""

lib = load(SOURCE)


class ModelNew(nn.Module):
    def __init__(self, longest: float) -> None:
        super().__init__()
        self.register_buffer("longest", torch.tensor([longest]))

    def forward(self, n: int, d: int) -> torch.Tensor:
        out = torch.empty((n, d), dtype=self.longest.dtype)
        lib.positions(self.longest, out, n, d // 2)
        return out
