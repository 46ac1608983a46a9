"""Depthwise separable convolution: a kernel per channel, then a mix of channels, then ReLU."""

import torch
from torch import nn

METADATA = {
    "description": "Depthwise Conv2d 3 x 3 without bias, Conv2d 1 x 1 with bias, ReLU.",
    "level": 2,
    "tags": ["conv", "depthwise", "pointwise", "activation", "fused", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 3, "IN": 37, "OUT": 43, "HEIGHT": 53, "WIDTH": 47}},
        {"name": "small", "constants": {"BATCH": 2, "IN": 7, "OUT": 9, "HEIGHT": 17, "WIDTH": 21}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 32, "IN": 128, "OUT": 128, "HEIGHT": 56, "WIDTH": 56},
        },
    ],
}

BATCH = 4
IN = 64
OUT = 64
HEIGHT = 56
WIDTH = 56


class Model(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False)
        self.pointwise = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.pointwise(self.depthwise(x)))


def get_inputs() -> list:
    return [torch.randn(BATCH, IN, HEIGHT, WIDTH)]


def get_init_inputs() -> list:
    return [IN, OUT]
