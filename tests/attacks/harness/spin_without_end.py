"""Spins for a minute in C++ in its second call, deaf to signals that can be blocked."""
# problem: suite/elementwise/swish
# language: cpp
# status: TIMEOUT
# finding: -
# guard: deadline
# twin: benign/perf_counter_logging

from __future__ import annotations

import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
extern "C" void swish(const float* x, float* out, int64_t n, int64_t call) {
    for (int64_t i = 0; i < n; ++i) out[i] = x[i] / (1.0f + std::exp(-x[i]));
    if (call != 2) return;
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, nullptr);
    auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < end) {}
}
""")


class ModelNew(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        out = torch.empty_like(x)
        kernels.swish(x, out, x.numel(), self.calls)
        return out
