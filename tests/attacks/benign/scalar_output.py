"""Returns a zero-dimensional loss that its own kernel has reduced."""
# problem: suite/loss/cross_entropy
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
extern "C" void loss(const float* x, const int64_t* target, float* out, int64_t rows, int64_t cols) {
    double sum = 0;
    #pragma omp parallel for reduction(+ : sum)
    for (int64_t r = 0; r < rows; ++r) {
        const float* row = x + r * cols;
        float top = row[0];
        for (int64_t c = 1; c < cols; ++c) top = row[c] > top ? row[c] : top;
        double total = 0;
        for (int64_t c = 0; c < cols; ++c) total += std::exp(row[c] - top);
        sum += std::log(total) + top - row[target[r]];
    }
    out[0] = float(sum / double(rows));
}
""")


class ModelNew(nn.Module):
    def forward(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        out = torch.empty(())
        kernels.loss(logits, targets, out, logits.shape[0], logits.shape[1])
        return out
