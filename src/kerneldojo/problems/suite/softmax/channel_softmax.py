"""Softmax over the channels of an image, as behind a segmentation network."""

import torch
from torch import nn

METADATA = {
    "description": "Softmax over the middle dimension of (N, C, P), which is not contiguous.",
    "level": 1,
    "tags": ["softmax", "reduction", "strided", "image"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 5, "CHANNELS": 53, "PIXELS": 3001}},
        {
            "name": "bf16",
            "constants": {"BATCH": 2, "CHANNELS": 21, "PIXELS": 131, "DTYPE": "bfloat16"},
        },
        {"name": "small", "constants": {"BATCH": 2, "CHANNELS": 21, "PIXELS": 131}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 32, "CHANNELS": 64, "PIXELS": 32768},
        },
    ],
}

BATCH = 8
CHANNELS = 64
PIXELS = 4096
DTYPE = "float32"


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.softmax(x, dim=1)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    return [torch.randn(BATCH, CHANNELS, PIXELS, dtype=dtype)]


def get_init_inputs() -> list:
    return []
