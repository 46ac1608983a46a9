"""One-dimensional dilated convolution, as in audio models."""

import torch
from torch import nn

METADATA = {
    "description": "Conv1d with 3 taps and dilation, padded to keep the length, with bias.",
    "level": 1,
    "tags": ["conv", "conv1d", "dilated", "parameters"],
    "workloads": [
        {"name": "base"},
        {
            "name": "odd",
            "constants": {"BATCH": 3, "IN": 37, "OUT": 53, "LENGTH": 1999, "DILATION": 5},
        },
        {
            "name": "small",
            "constants": {"BATCH": 2, "IN": 13, "OUT": 11, "LENGTH": 151, "DILATION": 3},
        },
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 16, "IN": 256, "OUT": 256, "LENGTH": 8192, "DILATION": 16},
        },
    ],
}

BATCH = 4
IN = 64
OUT = 64
LENGTH = 2048
DILATION = 8


class Model(nn.Module):
    def __init__(self, inputs: int, outputs: int, dilation: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(inputs, outputs, 3, padding=dilation, dilation=dilation)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x)


def get_inputs() -> list:
    return [torch.randn(BATCH, IN, LENGTH)]


def get_init_inputs() -> list:
    return [IN, OUT, DILATION]
