"""Spatial pyramid pooling: maxima over grids of 1, 2 and 4 cells a side, in one vector."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Adaptive max pooling to 1 x 1, 2 x 2 and 4 x 4, flattened and concatenated.",
    "level": 2,
    "tags": ["pool", "reduction", "concatenate", "multi-scale"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 5, "CHANNELS": 61, "HEIGHT": 41, "WIDTH": 29}},
        {"name": "small", "constants": {"BATCH": 2, "CHANNELS": 11, "HEIGHT": 17, "WIDTH": 15}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 64, "CHANNELS": 256, "HEIGHT": 48, "WIDTH": 48},
        },
    ],
}

BATCH = 8
CHANNELS = 128
HEIGHT = 40
WIDTH = 40
GRIDS = [1, 2, 4]


class Model(nn.Module):
    def __init__(self, grids: list[int]) -> None:
        super().__init__()
        self.grids = grids

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        levels = [F.adaptive_max_pool2d(x, grid).flatten(1) for grid in self.grids]
        return torch.cat(levels, dim=1)


def get_inputs() -> list:
    return [torch.randn(BATCH, CHANNELS, HEIGHT, WIDTH)]


def get_init_inputs() -> list:
    return [GRIDS]
