"""Average pooling that leaves the padding out of the average."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "AvgPool2d, 3 x 3, stride 2, padding 1; padded places are not counted.",
    "level": 1,
    "tags": ["pool", "reduction"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 3, "CHANNELS": 41, "HEIGHT": 97, "WIDTH": 79}},
        {
            "name": "bf16",
            "constants": {
                "DTYPE": "bfloat16",
                "BATCH": 2,
                "CHANNELS": 6,
                "HEIGHT": 22,
                "WIDTH": 27,
            },
        },
        {"name": "small", "constants": {"BATCH": 2, "CHANNELS": 5, "HEIGHT": 25, "WIDTH": 31}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 64, "CHANNELS": 64, "HEIGHT": 112, "WIDTH": 112},
        },
    ],
}

DTYPE = "float32"
BATCH = 4
CHANNELS = 48
HEIGHT = 112
WIDTH = 112


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.avg_pool2d(x, kernel_size=3, stride=2, padding=1, count_include_pad=False)


def get_inputs() -> list:
    return [torch.randn(BATCH, CHANNELS, HEIGHT, WIDTH, dtype=getattr(torch, DTYPE))]


def get_init_inputs() -> list:
    return []
