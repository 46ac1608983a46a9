"""Overlapping max pooling, as after the first convolution of a residual network."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "MaxPool2d, 3 x 3, stride 2, padding 1.",
    "level": 1,
    "tags": ["pool", "reduction"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 3, "CHANNELS": 37, "HEIGHT": 101, "WIDTH": 83}},
        {
            "name": "bf16",
            "constants": {
                "DTYPE": "bfloat16",
                "BATCH": 2,
                "CHANNELS": 6,
                "HEIGHT": 24,
                "WIDTH": 26,
            },
        },
        {"name": "small", "constants": {"BATCH": 2, "CHANNELS": 5, "HEIGHT": 27, "WIDTH": 29}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 64, "CHANNELS": 64, "HEIGHT": 112, "WIDTH": 112},
        },
    ],
}

DTYPE = "float32"
BATCH = 4
CHANNELS = 64
HEIGHT = 112
WIDTH = 112


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.max_pool2d(x, kernel_size=3, stride=2, padding=1)


def get_inputs() -> list:
    return [torch.randn(BATCH, CHANNELS, HEIGHT, WIDTH, dtype=getattr(torch, DTYPE))]


def get_init_inputs() -> list:
    return []
