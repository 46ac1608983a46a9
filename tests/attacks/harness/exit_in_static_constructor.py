"""Exits with code 0 in a static constructor, while its library is being loaded."""
# problem: suite/elementwise/swish
# language: cpp
# status: RUNTIME_ERROR, INVALID_SOLUTION, COMPILE_ERROR
# finding: -
# guard: channel
# twin: benign/plain_cpp

from __future__ import annotations

import torch
from torch import nn
from kerneldojo.cpp import load


kernels = load(r"""
#include <cstdint>
#include <unistd.h>
__attribute__((constructor)) static void leave() { _exit(0); }
extern "C" void swish(const float* x, float* out, int64_t n) { out[0] = x[0]; }
""")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x
