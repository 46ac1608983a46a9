"""Alpha blending: one image over another, with one opacity per pixel."""

import torch
from torch import nn

METADATA = {
    "description": "Blend two batches of images by an opacity that all channels of a pixel share.",
    "level": 1,
    "tags": ["elementwise", "broadcast", "image"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 3, "CHANNELS": 4, "HEIGHT": 201, "WIDTH": 173}},
        {
            "name": "bf16",
            "constants": {
                "BATCH": 2,
                "CHANNELS": 3,
                "HEIGHT": 17,
                "WIDTH": 31,
                "DTYPE": "bfloat16",
            },
        },
        {"name": "small", "constants": {"BATCH": 2, "CHANNELS": 3, "HEIGHT": 17, "WIDTH": 31}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 32, "CHANNELS": 3, "HEIGHT": 1024, "WIDTH": 1024},
        },
    ],
}

BATCH = 4
CHANNELS = 3
HEIGHT = 256
WIDTH = 256
DTYPE = "float32"


class Model(nn.Module):
    def forward(self, front: torch.Tensor, back: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
        return alpha * front + (1.0 - alpha) * back


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    shape = (BATCH, CHANNELS, HEIGHT, WIDTH)
    front, back = torch.randn(shape, dtype=dtype), torch.randn(shape, dtype=dtype)
    return [front, back, torch.rand(BATCH, 1, HEIGHT, WIDTH, dtype=dtype)]


def get_init_inputs() -> list:
    return []
