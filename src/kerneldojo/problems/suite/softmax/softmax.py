"""Softmax over the last dimension."""

import torch
from torch import nn

METADATA = {
    "description": "Softmax of each row.",
    "level": 1,
    "tags": ["softmax", "reduction"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "small", "constants": {"ROWS": 35, "COLS": 119}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 16384, "COLS": 4096}},
    ],
}

ROWS = 2048
COLS = 2048


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.softmax(x, dim=-1)


def get_inputs() -> list:
    return [torch.randn(ROWS, COLS)]


def get_init_inputs() -> list:
    return []
