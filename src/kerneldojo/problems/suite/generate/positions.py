"""Sinusoidal position table, made from two integers; there is no input tensor.

No dtype is named, so the table has the default dtype: under a float64 default the same
code is its own oracle.
"""

import math

import torch
from torch import nn

METADATA = {
    "description": "Table of n positions by d columns: sines in the left half, cosines right.",
    "level": 2,
    "tags": ["generate", "no-tensor-input"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"N": 997, "D": 502}},
        {"name": "small", "constants": {"N": 61, "D": 54}},
    ],
}

N = 4096
D = 512
LONGEST = 10000.0


class Model(nn.Module):
    def forward(self, n: int, d: int) -> torch.Tensor:
        frequencies = torch.exp(torch.arange(d // 2) * (-2.0 * math.log(LONGEST) / d))
        angles = torch.arange(n)[:, None] * frequencies
        return torch.cat([angles.sin(), angles.cos()], dim=-1)


def get_inputs() -> list:
    return [N, D]


def get_init_inputs() -> list:
    return []
