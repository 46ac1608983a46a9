"""Covariance matrix of the columns of a matrix."""

import torch
from torch import nn

METADATA = {
    "description": "Centre the columns of x, then x.T @ x / (rows - 1).",
    "level": 2,
    "tags": ["matmul", "reduction", "symmetric"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 2999, "COLS": 101}},
        {"name": "small", "constants": {"ROWS": 163, "COLS": 43}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 32768, "COLS": 1024}},
    ],
}

ROWS = 4096
COLS = 192


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        centred = x - x.mean(dim=0)
        return centred.T @ centred / (x.shape[0] - 1)


def get_inputs() -> list:
    return [torch.randn(ROWS, COLS) * (0.5 + torch.rand(COLS))]


def get_init_inputs() -> list:
    return []
