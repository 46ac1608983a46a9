"""Exclusive cumulative sum: each element gets the sum of all before it."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Running sum over the last dimension that leaves out the element itself.",
    "level": 1,
    "tags": ["scan"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "small", "constants": {"ROWS": 27, "COLS": 133}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 1024
COLS = 2048


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.pad(torch.cumsum(x, dim=-1)[:, :-1], (1, 0))


def get_inputs() -> list:
    return [torch.randn(ROWS, COLS)]


def get_init_inputs() -> list:
    return []
