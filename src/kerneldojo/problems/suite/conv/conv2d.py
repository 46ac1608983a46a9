"""Two-dimensional convolution with a 3 x 3 kernel."""

import torch
from torch import nn

METADATA = {
    "description": "Conv2d, 3 x 3, stride 1, padding 1, with bias.",
    "level": 1,
    "tags": ["conv", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 3, "IN": 19, "OUT": 37, "HEIGHT": 53, "WIDTH": 47}},
        {"name": "small", "constants": {"BATCH": 2, "IN": 5, "OUT": 9, "HEIGHT": 19, "WIDTH": 21}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 32, "IN": 128, "OUT": 128, "HEIGHT": 56, "WIDTH": 56},
        },
    ],
}

BATCH = 4
IN = 32
OUT = 32
HEIGHT = 64
WIDTH = 64


class Model(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel_size=3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x)


def get_inputs() -> list:
    return [torch.randn(BATCH, IN, HEIGHT, WIDTH)]


def get_init_inputs() -> list:
    return [IN, OUT]
