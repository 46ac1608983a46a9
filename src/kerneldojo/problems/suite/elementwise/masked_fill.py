"""Masked fill: one constant wherever a boolean mask is set."""

import torch
from torch import nn

METADATA = {
    "description": "Replace the elements of x under a boolean mask by a constant.",
    "level": 1,
    "tags": ["elementwise", "mask", "bool"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 999, "COLS": 1013}},
        {"name": "small", "constants": {"ROWS": 41, "COLS": 101}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 2048
COLS = 2048
FILL = -1.5


class Model(nn.Module):
    def __init__(self, fill: float) -> None:
        super().__init__()
        self.fill = fill

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return x.masked_fill(mask, self.fill)


def get_inputs() -> list:
    return [torch.randn(ROWS, COLS), torch.rand(ROWS, COLS) < 0.4]


def get_init_inputs() -> list:
    return [FILL]
