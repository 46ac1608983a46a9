"""Pointwise convolution, batch normalisation by stored statistics, and ReLU6."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Conv2d 1 x 1 without bias, BatchNorm2d in evaluation mode, then ReLU6.",
    "level": 2,
    "tags": ["conv", "pointwise", "norm", "activation", "fused", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 3, "IN": 37, "OUT": 71, "HEIGHT": 41, "WIDTH": 43}},
        {
            "name": "small",
            "constants": {"BATCH": 2, "IN": 11, "OUT": 13, "HEIGHT": 13, "WIDTH": 17},
        },
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 32, "IN": 256, "OUT": 256, "HEIGHT": 56, "WIDTH": 56},
        },
    ],
}

BATCH = 4
IN = 64
OUT = 128
HEIGHT = 48
WIDTH = 48


class Model(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel_size=1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        nn.init.normal_(self.norm.weight, mean=2.0, std=0.5)
        nn.init.normal_(self.norm.bias, std=1.0)
        nn.init.normal_(self.norm.running_mean, std=0.3)
        nn.init.uniform_(self.norm.running_var, 0.1, 0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu6(self.norm(self.conv(x)))


def get_inputs() -> list:
    return [torch.randn(BATCH, IN, HEIGHT, WIDTH)]


def get_init_inputs() -> list:
    return [IN, OUT]
