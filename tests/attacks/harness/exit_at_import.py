"""Leaves with os._exit(0) while it is imported."""
# problem: suite/elementwise/swish
# language: triton
# status: RUNTIME_ERROR, INVALID_SOLUTION
# finding: -
# guard: channel
# twin: benign/optional_feature

from __future__ import annotations

import os
import torch
from torch import nn
import triton
import triton.language as tl


os._exit(0)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x
