"""Product with a lower triangular matrix: half of the work is known to be zero."""

import torch
from torch import nn

METADATA = {
    "description": "tril(a) @ b: what lies above the diagonal of a does not count.",
    "level": 1,
    "tags": ["matmul", "triangular"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"N": 509, "COLS": 263}},
        {"name": "small", "constants": {"N": 83, "COLS": 41}},
        {"name": "gpu", "target": "cuda", "constants": {"N": 4096, "COLS": 4096}},
    ],
}

N = 768
COLS = 512


class Model(nn.Module):
    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return torch.tril(a) @ b


def get_inputs() -> list:
    return [torch.randn(N, N), torch.randn(N, COLS)]


def get_init_inputs() -> list:
    return []
