"""SwiGLU gate with its gradient: Swish of one half of the columns times the other half."""

import torch
from torch import nn

METADATA = {
    "description": "Split the columns in halves a and b; return a * sigmoid(a) * b. With backward.",
    "level": 2,
    "tags": ["fused", "activation", "backward"],
    "backward": True,
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 507}},
        {"name": "small", "constants": {"ROWS": 37, "COLS": 67}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 4096, "COLS": 8192}},
    ],
}

ROWS = 1024
COLS = 2048


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a, b = x.chunk(2, dim=-1)
        return a * torch.sigmoid(a) * b


def get_inputs() -> list:
    return [torch.randn(ROWS, 2 * COLS)]


def get_init_inputs() -> list:
    return []
