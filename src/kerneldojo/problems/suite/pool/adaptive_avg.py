"""Adaptive average pooling to a fixed grid: the windows differ in size and may overlap."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": (
        "AdaptiveAvgPool2d to a square grid: cell i of n averages the indices from "
        "floor(i * size / n) up to ceil((i + 1) * size / n), in both directions."
    ),
    "level": 1,
    "tags": ["pool", "reduction", "ragged"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 3, "CHANNELS": 61, "HEIGHT": 45, "WIDTH": 37}},
        {"name": "small", "constants": {"BATCH": 2, "CHANNELS": 7, "HEIGHT": 19, "WIDTH": 23}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 64, "CHANNELS": 256, "HEIGHT": 50, "WIDTH": 60},
        },
    ],
}

BATCH = 8
CHANNELS = 128
HEIGHT = 40
WIDTH = 50
GRID = 7


class Model(nn.Module):
    def __init__(self, grid: int) -> None:
        super().__init__()
        self.grid = grid

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.adaptive_avg_pool2d(x, self.grid)


def get_inputs() -> list:
    return [torch.randn(BATCH, CHANNELS, HEIGHT, WIDTH)]


def get_init_inputs() -> list:
    return [GRID]
