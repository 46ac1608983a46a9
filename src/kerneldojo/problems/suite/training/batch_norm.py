"""Batch normalisation of a matrix in training mode: statistics come from the batch."""

import torch
from torch import nn

METADATA = {
    "description": "BatchNorm1d in training mode on a 2-D batch.",
    "level": 1,
    "tags": ["norm", "reduction", "training", "parameters"],
    "training": True,
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 1000, "FEATURES": 1013}},
        {"name": "small", "constants": {"BATCH": 69, "FEATURES": 43}},
        {"name": "gpu", "target": "cuda", "constants": {"BATCH": 16384, "FEATURES": 4096}},
    ],
}

BATCH = 2048
FEATURES = 2048


class Model(nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(features)
        nn.init.normal_(self.norm.weight, mean=1.0, std=0.1)
        nn.init.normal_(self.norm.bias, std=0.1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(x)


def get_inputs() -> list:
    return [torch.randn(BATCH, FEATURES)]


def get_init_inputs() -> list:
    return [FEATURES]
