"""Global average and global maximum of each channel, side by side."""

import torch
from torch import nn

METADATA = {
    "description": "Mean and maximum over height and width, concatenated along the channels.",
    "level": 2,
    "tags": ["pool", "reduction", "concatenate"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 5, "CHANNELS": 67, "HEIGHT": 43, "WIDTH": 31}},
        {
            "name": "bf16",
            "constants": {
                "DTYPE": "bfloat16",
                "BATCH": 2,
                "CHANNELS": 14,
                "HEIGHT": 12,
                "WIDTH": 15,
            },
        },
        {"name": "small", "constants": {"BATCH": 3, "CHANNELS": 13, "HEIGHT": 11, "WIDTH": 13}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 64, "CHANNELS": 512, "HEIGHT": 32, "WIDTH": 32},
        },
    ],
}

DTYPE = "float32"
BATCH = 8
CHANNELS = 256
HEIGHT = 40
WIDTH = 40


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)


def get_inputs() -> list:
    # Planes lie around different means, or their averages would all be close to zero.
    planes = torch.randn(BATCH, CHANNELS, 1, 1) + torch.randn(BATCH, CHANNELS, HEIGHT, WIDTH)
    return [planes.to(getattr(torch, DTYPE))]


def get_init_inputs() -> list:
    return []
