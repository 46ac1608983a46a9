"""GEGLU: one half of the columns, gated by the GELU of the other."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Split the columns in halves a and b; return a * gelu(b), the exact GELU.",
    "level": 2,
    "tags": ["fused", "activation", "elementwise"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 507}},
        {"name": "bf16", "constants": {"ROWS": 37, "COLS": 67, "DTYPE": "bfloat16"}},
        {"name": "small", "constants": {"ROWS": 37, "COLS": 67}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 4096, "COLS": 8192}},
    ],
}

ROWS = 1024
COLS = 2048
DTYPE = "float32"


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a, b = x.chunk(2, dim=-1)
        return a * F.gelu(b)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    return [torch.randn(ROWS, 2 * COLS, dtype=dtype)]


def get_init_inputs() -> list:
    return []
