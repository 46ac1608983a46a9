"""Product of two matrices."""

import torch
from torch import nn

METADATA = {
    "description": "Matrix product a @ b in float32.",
    "level": 1,
    "tags": ["matmul"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"M": 251, "N": 263, "K": 241}},
        {"name": "small", "constants": {"M": 35, "N": 45, "K": 53}},
        {"name": "gpu", "target": "cuda", "constants": {"M": 8192, "N": 8192, "K": 4096}},
    ],
}

M = 512
N = 512
K = 512


class Model(nn.Module):
    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return a @ b


def get_inputs() -> list:
    return [torch.randn(M, K), torch.randn(K, N)]


def get_init_inputs() -> list:
    return []
