"""A ConvNeXt block: large depthwise kernel, normalisation over channels, MLP, residual."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": (
        "Depthwise Conv2d 7 x 7, LayerNorm over the channels, linear to four times the width, "
        "GELU, linear back, a scale per channel, plus the input."
    ),
    "level": 3,
    "tags": ["network", "conv", "depthwise", "norm", "matmul", "residual", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 3, "CHANNELS": 45, "HEIGHT": 43, "WIDTH": 47}},
        {"name": "small", "constants": {"BATCH": 2, "CHANNELS": 13, "HEIGHT": 15, "WIDTH": 17}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 32, "CHANNELS": 192, "HEIGHT": 28, "WIDTH": 28},
        },
    ],
}

BATCH = 4
CHANNELS = 64
HEIGHT = 32
WIDTH = 32


class Model(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm = nn.LayerNorm(channels)
        self.up = nn.Linear(channels, 4 * channels)
        self.down = nn.Linear(4 * channels, channels)
        self.scale = nn.Parameter(torch.randn(channels))
        nn.init.normal_(self.norm.weight, mean=1.0, std=0.2)
        nn.init.normal_(self.norm.bias, std=0.2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        y = self.scale * self.down(F.gelu(self.up(y)))
        return x + y.permute(0, 3, 1, 2)


def get_inputs() -> list:
    return [torch.randn(BATCH, CHANNELS, HEIGHT, WIDTH)]


def get_init_inputs() -> list:
    return [CHANNELS]
