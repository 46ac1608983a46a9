"""Batch normalisation with stored statistics, as at inference."""

import torch
from torch import nn

METADATA = {
    "description": "BatchNorm2d in eval mode, by running mean and variance, with scale and shift.",
    "level": 1,
    "tags": ["norm", "elementwise", "image", "parameters", "buffers"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 5, "CHANNELS": 37, "SIDE": 51}},
        {
            "name": "bf16",
            "constants": {"BATCH": 3, "CHANNELS": 11, "SIDE": 13, "DTYPE": "bfloat16"},
        },
        {"name": "small", "constants": {"BATCH": 3, "CHANNELS": 11, "SIDE": 13}},
        {"name": "gpu", "target": "cuda", "constants": {"BATCH": 32, "CHANNELS": 128, "SIDE": 128}},
    ],
}

BATCH = 8
CHANNELS = 64
SIDE = 48
DTYPE = "float32"


class Model(nn.Module):
    def __init__(self, channels: int, dtype: str) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, dtype=getattr(torch, dtype))
        nn.init.normal_(self.norm.weight, mean=1.0, std=0.2)
        nn.init.normal_(self.norm.bias, std=0.2)
        nn.init.normal_(self.norm.running_mean)
        nn.init.uniform_(self.norm.running_var, 0.5, 2.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(x)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    return [torch.randn(BATCH, CHANNELS, SIDE, SIDE, dtype=dtype)]


def get_init_inputs() -> list:
    return [CHANNELS, DTYPE]
