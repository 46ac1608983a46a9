"""Transposed convolution that doubles the resolution, as in decoders."""

import torch
from torch import nn

METADATA = {
    "description": "ConvTranspose2d, 4 x 4, stride 2, padding 1, with bias.",
    "level": 1,
    "tags": ["conv", "transposed", "upsampling", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 3, "IN": 19, "OUT": 11, "HEIGHT": 29, "WIDTH": 37}},
        {"name": "small", "constants": {"BATCH": 2, "IN": 7, "OUT": 5, "HEIGHT": 9, "WIDTH": 11}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 32, "IN": 128, "OUT": 64, "HEIGHT": 32, "WIDTH": 32},
        },
    ],
}

BATCH = 4
IN = 32
OUT = 16
HEIGHT = 32
WIDTH = 32


class Model(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.ConvTranspose2d(inputs, outputs, kernel_size=4, stride=2, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x)


def get_inputs() -> list:
    return [torch.randn(BATCH, IN, HEIGHT, WIDTH)]


def get_init_inputs() -> list:
    return [IN, OUT]
