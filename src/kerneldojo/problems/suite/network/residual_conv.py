"""The basic block of a residual network, with batch normalisation by stored statistics."""

import torch
from torch import nn

METADATA = {
    "description": "relu(x + norm(conv(relu(norm(conv(x)))))) with 3 x 3 convolutions.",
    "level": 3,
    "tags": ["network", "conv", "norm", "residual", "activation", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 5, "CHANNELS": 27, "HEIGHT": 47, "WIDTH": 53}},
        {"name": "small", "constants": {"BATCH": 2, "CHANNELS": 9, "HEIGHT": 19, "WIDTH": 17}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 32, "CHANNELS": 128, "HEIGHT": 28, "WIDTH": 28},
        },
    ],
}

BATCH = 4
CHANNELS = 32
HEIGHT = 48
WIDTH = 48


class Model(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        for norm in (self.norm1, self.norm2):
            nn.init.normal_(norm.weight, mean=1.0, std=0.2)
            nn.init.normal_(norm.bias, std=0.2)
            nn.init.normal_(norm.running_mean, std=0.2)
            nn.init.uniform_(norm.running_var, 0.2, 0.6)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(x + self.norm2(self.conv2(y)))


def get_inputs() -> list:
    return [torch.randn(BATCH, CHANNELS, HEIGHT, WIDTH)]


def get_init_inputs() -> list:
    return [CHANNELS]
