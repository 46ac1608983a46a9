"""Weight normalisation: direction and length of each row are separate parameters."""

import torch
from torch import nn

METADATA = {
    "description": "g * v / |v| for each row of a weight matrix, with one length g per row.",
    "level": 1,
    "tags": ["norm", "reduction"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "bf16", "constants": {"ROWS": 35, "COLS": 111, "DTYPE": "bfloat16"}},
        {"name": "small", "constants": {"ROWS": 35, "COLS": 111}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 2048
COLS = 2048
DTYPE = "float32"


class Model(nn.Module):
    def forward(self, v: torch.Tensor, g: torch.Tensor) -> torch.Tensor:
        return g * v / v.norm(dim=-1, keepdim=True)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    return [torch.randn(ROWS, COLS, dtype=dtype), 40.0 * torch.randn(ROWS, 1, dtype=dtype)]


def get_init_inputs() -> list:
    return []
