"""A vision transformer's input: patches projected, class token in front, positions added."""

import torch
from torch import nn

METADATA = {
    "description": (
        "Conv2d whose stride is its kernel size, patches in row order, a learned class token "
        "before them, plus learned position embeddings."
    ),
    "level": 3,
    "tags": ["network", "conv", "embedding", "matmul", "concatenate", "parameters"],
    "workloads": [
        {"name": "base"},
        {
            "name": "odd",
            "constants": {"BATCH": 7, "HEIGHT": 77, "WIDTH": 91, "PATCH": 7, "DIM": 301},
        },
        {
            "name": "small",
            "constants": {"BATCH": 2, "HEIGHT": 20, "WIDTH": 30, "PATCH": 5, "DIM": 51},
        },
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 64, "HEIGHT": 224, "WIDTH": 224, "PATCH": 16, "DIM": 768},
        },
    ],
}

BATCH = 4
CHANNELS = 3
HEIGHT = 128
WIDTH = 128
PATCH = 8
DIM = 256


class Model(nn.Module):
    def __init__(self, channels: int, patch: int, patches: int, dim: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(channels, dim, kernel_size=patch, stride=patch)
        self.first = nn.Parameter(torch.randn(dim))
        self.position = nn.Parameter(torch.randn(patches + 1, dim))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        patches = self.project(x).flatten(2).transpose(1, 2)
        first = self.first.expand(x.shape[0], 1, -1)
        return torch.cat([first, patches], dim=1) + self.position


def get_inputs() -> list:
    return [torch.randn(BATCH, CHANNELS, HEIGHT, WIDTH)]


def get_init_inputs() -> list:
    return [CHANNELS, PATCH, (HEIGHT // PATCH) * (WIDTH // PATCH), DIM]
