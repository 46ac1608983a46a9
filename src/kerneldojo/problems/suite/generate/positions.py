"""Sinusoidal position table, made from two integers; there is no input tensor.

The longest period is a buffer, so the table follows the module's dtype and device.
"""

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
        {"name": "gpu", "target": "cuda", "constants": {"N": 65536, "D": 1024}},
    ],
}

N = 4096
D = 512
LONGEST = 10000.0


class Model(nn.Module):
    def __init__(self, longest: float) -> None:
        super().__init__()
        self.register_buffer("longest", torch.tensor([longest]))

    def forward(self, n: int, d: int) -> torch.Tensor:
        like = {"dtype": self.longest.dtype, "device": self.longest.device}
        exponents = torch.arange(d // 2, **like) * (-2.0 / d)
        angles = torch.arange(n, **like)[:, None] * self.longest**exponents
        return torch.cat([angles.sin(), angles.cos()], dim=-1)


def get_inputs() -> list:
    return [N, D]


def get_init_inputs() -> list:
    return [LONGEST]
