"""MobileNet's inverted residual: expand, convolve each channel, project back, add the input."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": (
        "Conv2d 1 x 1 to more channels, ReLU6, depthwise Conv2d 3 x 3, ReLU6, Conv2d 1 x 1 "
        "back, plus the input; biases hold the folded batch normalisation."
    ),
    "level": 3,
    "tags": ["network", "conv", "depthwise", "pointwise", "residual", "parameters"],
    "workloads": [
        {"name": "base"},
        {
            "name": "odd",
            "constants": {"BATCH": 5, "CHANNELS": 27, "HIDDEN": 101, "HEIGHT": 45, "WIDTH": 53},
        },
        {
            "name": "small",
            "constants": {"BATCH": 2, "CHANNELS": 9, "HIDDEN": 21, "HEIGHT": 19, "WIDTH": 17},
        },
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 64, "CHANNELS": 64, "HIDDEN": 384, "HEIGHT": 28, "WIDTH": 28},
        },
    ],
}

BATCH = 4
CHANNELS = 32
HIDDEN = 128
HEIGHT = 48
WIDTH = 48


class Model(nn.Module):
    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.expand = nn.Conv2d(channels, hidden, 1)
        self.depthwise = nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden)
        self.project = nn.Conv2d(hidden, channels, 1)
        # Larger weights than the default keep the branch as loud as the input.
        for conv, fan_in in ((self.expand, channels), (self.depthwise, 9), (self.project, hidden)):
            nn.init.normal_(conv.weight, std=(2.0 / fan_in) ** 0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu6(self.expand(x))
        y = F.relu6(self.depthwise(y))
        return x + self.project(y)


def get_inputs() -> list:
    return [torch.randn(BATCH, CHANNELS, HEIGHT, WIDTH)]


def get_init_inputs() -> list:
    return [CHANNELS, HIDDEN]
