"""Largest element so far along each row."""

import torch
from torch import nn

METADATA = {
    "description": "Running maximum over the last dimension.",
    "level": 1,
    "tags": ["scan"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "bf16", "constants": {"ROWS": 27, "COLS": 133, "DTYPE": "bfloat16"}},
        {"name": "small", "constants": {"ROWS": 27, "COLS": 133}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 1024
COLS = 1024
DTYPE = "float32"


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cummax(x, dim=-1).values


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    return [torch.randn(ROWS, COLS, dtype=dtype) + 0.01 * torch.arange(COLS, dtype=dtype)]


def get_init_inputs() -> list:
    return []
