"""Squared ReLU of one tensor times another, with both gradients."""

import torch
from torch import nn

METADATA = {
    "description": "relu(x) ** 2 * gate. With backward.",
    "level": 2,
    "tags": ["fused", "activation", "backward"],
    "backward": True,
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "small", "constants": {"ROWS": 37, "COLS": 129}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 1024
COLS = 1024


class Model(nn.Module):
    def forward(self, x: torch.Tensor, gate: torch.Tensor) -> torch.Tensor:
        return torch.relu(x).square() * gate


def get_inputs() -> list:
    return [torch.randn(ROWS, COLS), torch.randn(ROWS, COLS)]


def get_init_inputs() -> list:
    return []
