"""Batched product of matrices."""

import torch
from torch import nn

METADATA = {
    "description": "Batched matrix product: a[i] @ b[i] for every i.",
    "level": 1,
    "tags": ["matmul", "batched"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 7, "M": 251, "N": 193, "K": 131}},
        {
            "name": "bf16",
            "constants": {"DTYPE": "bfloat16", "BATCH": 2, "M": 39, "N": 52, "K": 68},
        },
        {"name": "small", "constants": {"BATCH": 3, "M": 35, "N": 45, "K": 53}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 64, "M": 1024, "N": 1024, "K": 512},
        },
    ],
}

DTYPE = "float32"
BATCH = 16
M = 256
N = 256
K = 128


class Model(nn.Module):
    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return torch.bmm(a, b)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    return [torch.randn(BATCH, M, K, dtype=dtype), torch.randn(BATCH, K, N, dtype=dtype)]


def get_init_inputs() -> list:
    return []
