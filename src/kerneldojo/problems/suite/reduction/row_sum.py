"""Sum of each row."""

import torch
from torch import nn

METADATA = {
    "description": "Sum over the last dimension.",
    "level": 1,
    "tags": ["reduction"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "small", "constants": {"ROWS": 33, "COLS": 141}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 16384, "COLS": 4096}},
    ],
}

ROWS = 2048
COLS = 2048


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.sum(dim=-1)


def get_inputs() -> list:
    return [torch.randn(ROWS, COLS)]


def get_init_inputs() -> list:
    return []
