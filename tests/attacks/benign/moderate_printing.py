"""Prints its configuration to stdout, warns once and logs every call."""
# problem: suite/elementwise/swish
# language: cpp
# status: CORRECT
# finding: -
# guard: -
# coverage: 0.6..1.0

from __future__ import annotations

import logging
import warnings
import torch
from torch import nn
from kerneldojo.cpp import load

kernels = load(r"""
#include <cmath>
#include <cstdint>
extern "C" void swish(const float* x, float* out, int64_t n) {
    #pragma omp parallel for
    for (int64_t i = 0; i < n; ++i) out[i] = x[i] / (1.0f + std::exp(-x[i]));
}
""")


def swish(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    kernels.swish(x, out, x.numel())
    return out


logger = logging.getLogger("swish")
warnings.warn("this kernel is meant for float32", stacklevel=1)
print("swish: OpenMP build ready")


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logger.warning("swish of %d elements", x.numel())
        return swish(x)
