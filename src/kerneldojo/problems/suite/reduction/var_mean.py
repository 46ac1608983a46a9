"""Variance and mean of each row."""

import torch
from torch import nn

METADATA = {
    "description": "Per row: the variance (divided by n - 1) and the mean.",
    "level": 1,
    "tags": ["reduction", "multi-output"],
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
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.var_mean(x, dim=-1)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    return [torch.randn(ROWS, COLS, dtype=dtype) + torch.randn(ROWS, 1, dtype=dtype)]


def get_init_inputs() -> list:
    return []
