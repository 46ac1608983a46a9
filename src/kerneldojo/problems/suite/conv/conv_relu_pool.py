"""Convolution, bias, ReLU and max pooling: the stage of an early image classifier."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Conv2d 5 x 5 without padding, with bias; ReLU; 2 x 2 max pooling.",
    "level": 2,
    "tags": ["conv", "pool", "activation", "fused", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 5, "IN": 3, "OUT": 23, "HEIGHT": 51, "WIDTH": 63}},
        {"name": "small", "constants": {"BATCH": 2, "IN": 3, "OUT": 7, "HEIGHT": 23, "WIDTH": 25}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 128, "IN": 16, "OUT": 64, "HEIGHT": 64, "WIDTH": 64},
        },
    ],
}

BATCH = 16
IN = 8
OUT = 32
HEIGHT = 48
WIDTH = 48


class Model(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel_size=5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.max_pool2d(torch.relu(self.conv(x)), 2)


def get_inputs() -> list:
    return [torch.randn(BATCH, IN, HEIGHT, WIDTH)]


def get_init_inputs() -> list:
    return [IN, OUT]
