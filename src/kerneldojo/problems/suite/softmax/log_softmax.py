"""Logarithm of the softmax over the last dimension."""

import torch
from torch import nn

METADATA = {
    "description": "Log-softmax of each row.",
    "level": 1,
    "tags": ["softmax", "reduction"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "bf16", "constants": {"ROWS": 35, "COLS": 119, "DTYPE": "bfloat16"}},
        {"name": "small", "constants": {"ROWS": 35, "COLS": 119}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 2048
COLS = 2048
DTYPE = "float32"


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.log_softmax(x, dim=-1)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    return [torch.randn(ROWS, COLS, dtype=dtype)]


def get_init_inputs() -> list:
    return []
