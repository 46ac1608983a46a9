"""Grouped convolution with stride 2, as in ResNeXt's downsampling blocks."""

import torch
from torch import nn

METADATA = {
    "description": "Conv2d, 3 x 3, stride 2, padding 1, in groups of channels, without bias.",
    "level": 1,
    "tags": ["conv", "grouped", "strided", "parameters"],
    "workloads": [
        {"name": "base"},
        {
            "name": "odd",
            "constants": {"BATCH": 3, "CHANNELS": 55, "GROUPS": 5, "HEIGHT": 47, "WIDTH": 59},
        },
        {
            "name": "small",
            "constants": {"BATCH": 2, "CHANNELS": 9, "GROUPS": 3, "HEIGHT": 19, "WIDTH": 21},
        },
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 32, "CHANNELS": 256, "GROUPS": 32, "HEIGHT": 56, "WIDTH": 56},
        },
    ],
}

BATCH = 4
CHANNELS = 64
GROUPS = 8
HEIGHT = 64
WIDTH = 64


class Model(nn.Module):
    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            channels, channels, kernel_size=3, stride=2, padding=1, groups=groups, bias=False
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x)


def get_inputs() -> list:
    return [torch.randn(BATCH, CHANNELS, HEIGHT, WIDTH)]


def get_init_inputs() -> list:
    return [CHANNELS, GROUPS]
