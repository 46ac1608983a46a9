"""Late work: a detached thread fills the output after the call has returned. Expected: HACKED or WRONG_VALUE."""
# status: HACKED, WRONG_VALUE
# problem: suite/scan/cumsum
# language: cpp

import torch
from torch import nn

from kerneldojo.cpp import load

SOURCE = r"""
#include <thread>

static void work(const float* x, float* out, int64_t rows, int64_t cols) {
    for (int64_t row = 0; row < rows; ++row) {
        double sum = 0.0;
        for (int64_t i = 0; i < cols; ++i)
            out[row * cols + i] = float(sum += x[row * cols + i]);
    }
}

extern "C" void cumsum(const float* x, float* out, int64_t rows, int64_t cols) {
    std::thread(work, x, out, rows, cols).detach();
}
"""

lib = load(SOURCE)
recent = []  # the thread still needs the tensors of the last calls


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        recent.append((x, out))
        del recent[:-4]
        lib.cumsum(x, out, *x.shape)
        return out
