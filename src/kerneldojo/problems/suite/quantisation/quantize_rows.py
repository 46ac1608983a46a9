"""Dynamic quantisation to int8, with a scale of its own for every row."""

import torch
from torch import nn

METADATA = {
    "description": "Per row: scale = max|x| / 127, and x / scale rounded, with exact divisions.",
    "level": 2,
    "tags": ["quantisation", "reduction", "integer", "multi-output"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "small", "constants": {"ROWS": 35, "COLS": 117}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 1024
COLS = 2048


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        largest = x.abs().amax(dim=-1, keepdim=True)
        # On a GPU, PyTorch divides by a plain number by multiplying with its reciprocal.
        scale = largest / torch.full_like(largest, 127.0)
        return torch.round(x / scale).to(torch.int8), scale


def get_inputs() -> list:
    return [torch.randn(ROWS, COLS) * (0.5 + torch.rand(ROWS, 1))]


def get_init_inputs() -> list:
    return []
