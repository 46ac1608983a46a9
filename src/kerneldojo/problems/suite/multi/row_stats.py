"""Smallest and largest element of each row, and where the largest is."""

import torch
from torch import nn

METADATA = {
    "description": "Per row: minimum, maximum and the first index of the maximum (int64).",
    "level": 2,
    "tags": ["reduction", "multi-output", "dict", "integer"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "small", "constants": {"ROWS": 33, "COLS": 141}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 16384, "COLS": 4096}},
    ],
}

ROWS = 2048
COLS = 2048


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"min": x.amin(dim=-1), "max": x.amax(dim=-1), "argmax": x.argmax(dim=-1)}


def get_inputs() -> list:
    return [torch.randn(ROWS, COLS)]


def get_init_inputs() -> list:
    return []
