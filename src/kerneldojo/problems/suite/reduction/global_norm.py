"""Euclidean norm of several tensors taken together, as for clipping gradients."""

import torch
from torch import nn

METADATA = {
    "description": "Root of the sum of squares over three tensors of different shapes: a scalar.",
    "level": 1,
    "tags": ["reduction", "scalar", "multi-input"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 701, "COLS": 811}},
        {"name": "small", "constants": {"ROWS": 37, "COLS": 53}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 4096}},
    ],
}

ROWS = 1024
COLS = 1024


class Model(nn.Module):
    def forward(self, a: torch.Tensor, b: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        return torch.sqrt(a.square().sum() + b.square().sum() + c.square().sum())


def get_inputs() -> list:
    shapes = [(ROWS, COLS), (COLS, ROWS // 2), (16 * COLS,)]
    return [3.0 * torch.rand(()) * torch.randn(shape) for shape in shapes]


def get_init_inputs() -> list:
    return []
