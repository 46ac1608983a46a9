"""Depthwise convolution: every channel has a 3 x 3 kernel of its own."""

import torch
from torch import nn

METADATA = {
    "description": "Depthwise Conv2d, 3 x 3, stride 1, padding 1, with bias.",
    "level": 1,
    "tags": ["conv", "depthwise", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 3, "CHANNELS": 53, "HEIGHT": 61, "WIDTH": 43}},
        {
            "name": "bf16",
            "constants": {
                "DTYPE": "bfloat16",
                "BATCH": 2,
                "CHANNELS": 6,
                "HEIGHT": 22,
                "WIDTH": 25,
            },
        },
        {"name": "small", "constants": {"BATCH": 2, "CHANNELS": 7, "HEIGHT": 19, "WIDTH": 21}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 32, "CHANNELS": 192, "HEIGHT": 56, "WIDTH": 56},
        },
    ],
}

DTYPE = "float32"
BATCH = 4
CHANNELS = 64
HEIGHT = 64
WIDTH = 64


class Model(nn.Module):
    def __init__(self, channels: int, dtype: str) -> None:
        super().__init__()
        kind = getattr(torch, dtype)
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, dtype=kind)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x)


def get_inputs() -> list:
    return [torch.randn(BATCH, CHANNELS, HEIGHT, WIDTH, dtype=getattr(torch, DTYPE))]


def get_init_inputs() -> list:
    return [CHANNELS, DTYPE]
