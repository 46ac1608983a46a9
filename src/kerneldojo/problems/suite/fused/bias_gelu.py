"""Bias addition followed by GELU, as inside the MLP of a transformer."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Add a learned bias to each row, then apply GELU (tanh form).",
    "level": 2,
    "tags": ["fused", "activation", "elementwise", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "small", "constants": {"ROWS": 33, "COLS": 127}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 2048
COLS = 2048


class Model(nn.Module):
    def __init__(self, cols: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.randn(cols))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.gelu(x + self.bias, approximate="tanh")


def get_inputs() -> list:
    return [torch.randn(ROWS, COLS)]


def get_init_inputs() -> list:
    return [COLS]
