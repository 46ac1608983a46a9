"""Dequantisation of int8 rows, each with a scale and a zero point."""

import torch
from torch import nn

METADATA = {
    "description": "(q - zero) * scale: q is int8, zero (int8) and scale (float) are per row.",
    "level": 1,
    "tags": ["quantisation", "elementwise", "integer"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "bf16", "constants": {"ROWS": 35, "COLS": 117, "DTYPE": "bfloat16"}},
        {"name": "small", "constants": {"ROWS": 35, "COLS": 117}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 2048
COLS = 2048
DTYPE = "float32"


class Model(nn.Module):
    def forward(self, q: torch.Tensor, scale: torch.Tensor, zero: torch.Tensor) -> torch.Tensor:
        return (q.to(scale.dtype) - zero.to(scale.dtype)) * scale


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    q = torch.randint(-128, 128, (ROWS, COLS), dtype=torch.int8)
    scale = 0.01 + 0.02 * torch.rand(ROWS, 1, dtype=dtype)
    return [q, scale, torch.randint(-20, 21, (ROWS, 1), dtype=torch.int8)]


def get_init_inputs() -> list:
    return []
