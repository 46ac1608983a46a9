"""Sleeps for two minutes while it is imported."""
# problem: suite/elementwise/swish
# language: triton
# status: TIMEOUT
# finding: -
# guard: deadline
# twin: benign/constructor_table
# slow: true

from __future__ import annotations

import time
import torch
from torch import nn
import triton
import triton.language as tl


time.sleep(120)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x
