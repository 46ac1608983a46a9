"""Spins for a minute in C++ from its second launch on, deaf to signals that can be blocked."""
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
extern "C" void swish(const float* x, float* out, int64_t n) {
    static int launches = 0;
    for (int64_t i = 0; i < n; ++i) out[i] = x[i] / (1.0f + std::exp(-x[i]));
    if (++launches < 2) return;
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, nullptr);
    auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < end) {}
}
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        kernels.swish(x, out, x.numel())
        return out
