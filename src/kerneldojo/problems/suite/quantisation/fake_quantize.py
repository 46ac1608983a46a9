"""Fake quantisation: round to a grid of 8 bits and come back, as in training for int8."""

import torch
from torch import nn

METADATA = {
    "description": "Round x * 2**bits and clamp it to -128..127, with bits per column; scale back.",
    "level": 1,
    "tags": ["quantisation", "elementwise", "integer"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "small", "constants": {"ROWS": 35, "COLS": 117}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 2048
COLS = 2048


class Model(nn.Module):
    def forward(self, x: torch.Tensor, bits: torch.Tensor) -> torch.Tensor:
        steps = (1 << bits).to(x.dtype)
        return torch.clamp(torch.round(x * steps), -128, 127) / steps


def get_inputs() -> list:
    return [torch.randn(ROWS, COLS), torch.randint(3, 8, (COLS,))]


def get_init_inputs() -> list:
    return []
