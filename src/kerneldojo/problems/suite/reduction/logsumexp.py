"""Logarithm of the sum of the exponentials of each row."""

import torch
from torch import nn

METADATA = {
    "description": "Log-sum-exp over the last dimension.",
    "level": 1,
    "tags": ["reduction"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "bf16", "constants": {"ROWS": 33, "COLS": 141, "DTYPE": "bfloat16"}},
        {"name": "small", "constants": {"ROWS": 33, "COLS": 141}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 2048
COLS = 2048
DTYPE = "float32"


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.logsumexp(x, dim=-1)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    x = 4.0 * torch.randn(ROWS, COLS, dtype=dtype)
    return [x + 8.0 * torch.randn(ROWS, 1, dtype=dtype)]


def get_init_inputs() -> list:
    return []
