"""Unpacking of 4-bit weights: two in each byte, one scale for every 64."""

import torch
from torch import nn

METADATA = {
    "description": "Low and high nibble of each byte, minus 8, times the scale of its group of 64.",
    "level": 2,
    "tags": ["quantisation", "elementwise", "integer"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 701, "GROUPS": 11}},
        {"name": "bf16", "constants": {"ROWS": 41, "GROUPS": 3, "DTYPE": "bfloat16"}},
        {"name": "small", "constants": {"ROWS": 41, "GROUPS": 3}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "GROUPS": 128}},
    ],
}

ROWS = 1024
GROUPS = 16
DTYPE = "float32"


class Model(nn.Module):
    def forward(self, packed: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
        nibbles = torch.stack([packed & 15, packed >> 4], dim=-1).flatten(-2)
        weights = nibbles.to(scale.dtype).unflatten(-1, (-1, 64)) - 8.0
        return (weights * scale[:, :, None]).flatten(-2)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    packed = torch.randint(0, 256, (ROWS, 32 * GROUPS), dtype=torch.uint8)
    return [packed, 0.01 + 0.02 * torch.rand(ROWS, GROUPS, dtype=dtype)]


def get_init_inputs() -> list:
    return []
