"""Group normalisation of images: statistics over groups of channels."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "GroupNorm over (N, C, H, W) with a scale and a shift per channel.",
    "level": 2,
    "tags": ["norm", "reduction", "image", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 5, "CHANNELS": 40, "SIDE": 51}},
        {
            "name": "bf16",
            "constants": {"BATCH": 2, "CHANNELS": 16, "SIDE": 13, "DTYPE": "bfloat16"},
        },
        {"name": "small", "constants": {"BATCH": 2, "CHANNELS": 16, "SIDE": 13}},
        {"name": "gpu", "target": "cuda", "constants": {"BATCH": 32, "CHANNELS": 128, "SIDE": 128}},
    ],
}

BATCH = 8
CHANNELS = 64
SIDE = 48
DTYPE = "float32"
GROUPS = 8
EPS = 1e-5


class Model(nn.Module):
    def __init__(self, groups: int, channels: int, eps: float, dtype: str) -> None:
        super().__init__()
        kind = getattr(torch, dtype)
        self.weight = nn.Parameter(1.0 + 0.2 * torch.randn(channels, dtype=kind))
        self.bias = nn.Parameter(0.2 * torch.randn(channels, dtype=kind))
        self.groups = groups
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.group_norm(x, self.groups, self.weight, self.bias, self.eps)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    return [torch.randn(BATCH, CHANNELS, SIDE, SIDE, dtype=dtype)]


def get_init_inputs() -> list:
    return [GROUPS, CHANNELS, EPS, DTYPE]
