"""Cumulative product along each row."""

import torch
from torch import nn

METADATA = {
    "description": "Running product over the last dimension.",
    "level": 1,
    "tags": ["scan"],
    "distributions": ["default"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 613}},
        {"name": "small", "constants": {"ROWS": 27, "COLS": 133}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 65536, "COLS": 1024}},
    ],
}

ROWS = 1024
COLS = 1024


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cumprod(x, dim=-1)


def get_inputs() -> list:
    return [1.0 + 0.05 * torch.randn(ROWS, COLS)]


def get_init_inputs() -> list:
    return []
