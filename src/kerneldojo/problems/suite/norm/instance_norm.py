"""Instance normalisation: every channel of every image by its own mean and variance."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "InstanceNorm over (N, C, H, W) with a scale and a shift per channel.",
    "level": 1,
    "tags": ["norm", "reduction", "image", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 5, "CHANNELS": 23, "SIDE": 61}},
        {"name": "small", "constants": {"BATCH": 3, "CHANNELS": 7, "SIDE": 17}},
        {"name": "gpu", "target": "cuda", "constants": {"BATCH": 16, "CHANNELS": 64, "SIDE": 256}},
    ],
}

BATCH = 8
CHANNELS = 32
SIDE = 64
EPS = 1e-5


class Model(nn.Module):
    def __init__(self, channels: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(1.0 + 0.2 * torch.randn(channels))
        self.bias = nn.Parameter(0.2 * torch.randn(channels))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.instance_norm(x, weight=self.weight, bias=self.bias, eps=self.eps)


def get_inputs() -> list:
    return [torch.randn(BATCH, CHANNELS, SIDE, SIDE)]


def get_init_inputs() -> list:
    return [CHANNELS, EPS]
