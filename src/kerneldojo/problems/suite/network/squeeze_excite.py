"""Squeeze and excitation: channels scaled by a gate computed from their averages."""

import torch
from torch import nn

METADATA = {
    "description": (
        "Mean of each channel, two linear layers with ReLU and sigmoid, and the channel times "
        "the result."
    ),
    "level": 3,
    "tags": ["network", "pool", "matmul", "activation", "gated", "parameters"],
    "workloads": [
        {"name": "base"},
        {
            "name": "odd",
            "constants": {"BATCH": 5, "CHANNELS": 91, "HIDDEN": 7, "HEIGHT": 37, "WIDTH": 29},
        },
        {
            "name": "small",
            "constants": {"BATCH": 3, "CHANNELS": 18, "HIDDEN": 5, "HEIGHT": 11, "WIDTH": 13},
        },
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 64, "CHANNELS": 256, "HIDDEN": 16, "HEIGHT": 56, "WIDTH": 56},
        },
    ],
}

BATCH = 8
CHANNELS = 128
HIDDEN = 16
HEIGHT = 48
WIDTH = 48


class Model(nn.Module):
    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, hidden)
        self.excite = nn.Linear(hidden, channels)
        # Averages of many numbers are small: large weights keep the gates far from one half.
        nn.init.normal_(self.squeeze.weight, std=4.0)
        nn.init.normal_(self.excite.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mean = x.mean(dim=(2, 3))
        gate = torch.sigmoid(self.excite(torch.relu(self.squeeze(mean))))
        return x * gate[:, :, None, None]


def get_inputs() -> list:
    return [torch.randn(BATCH, CHANNELS, HEIGHT, WIDTH)]


def get_init_inputs() -> list:
    return [CHANNELS, HIDDEN]
