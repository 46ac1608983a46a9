"""Product of complex numbers stored as pairs of real and imaginary parts."""

import torch
from torch import nn

METADATA = {
    "description": "Multiply complex numbers, the last dimension holding real and imaginary part.",
    "level": 1,
    "tags": ["elementwise", "complex"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 701, "COLS": 613}},
        {"name": "bf16", "constants": {"ROWS": 31, "COLS": 67, "DTYPE": "bfloat16"}},
        {"name": "small", "constants": {"ROWS": 31, "COLS": 67}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 4096, "COLS": 8192}},
    ],
}

ROWS = 1024
COLS = 512
DTYPE = "float32"


class Model(nn.Module):
    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        real = a[..., 0] * b[..., 0] - a[..., 1] * b[..., 1]
        imaginary = a[..., 0] * b[..., 1] + a[..., 1] * b[..., 0]
        return torch.stack([real, imaginary], dim=-1)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    return [torch.randn(ROWS, COLS, 2, dtype=dtype), torch.randn(ROWS, COLS, 2, dtype=dtype)]


def get_init_inputs() -> list:
    return []
