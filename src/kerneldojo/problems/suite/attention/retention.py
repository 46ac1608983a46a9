"""Retention: causal linear attention whose memory decays by a rate per head."""

import torch
from torch import nn

METADATA = {
    "description": (
        "out[i] = sum over j <= i of decay**(i - j) * (q[i] . k[j]) * v[j], with a decay of "
        "1 - 2**-(3 + h) for head h. No softmax."
    ),
    "level": 2,
    "tags": ["attention", "linear-attention", "causal", "decay", "matmul", "fused"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 2, "HEADS": 3, "LENGTH": 309, "DIM": 40}},
        {"name": "small", "constants": {"BATCH": 2, "HEADS": 2, "LENGTH": 61, "DIM": 24}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 4, "HEADS": 8, "LENGTH": 2048, "DIM": 64},
        },
    ],
}

BATCH = 2
HEADS = 4
LENGTH = 512
DIM = 64


class Model(nn.Module):
    def __init__(self, heads: int) -> None:
        super().__init__()
        self.register_buffer("decay", 1.0 - 2.0 ** -(3.0 + torch.arange(heads)))

    def forward(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        place = torch.arange(q.shape[-2], device=q.device)
        distance = place[:, None] - place
        weight = torch.tril(self.decay[:, None, None] ** distance)
        return (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5 * weight) @ v


def get_inputs() -> list:
    return [torch.randn(BATCH, HEADS, LENGTH, DIM) for _ in range(3)]


def get_init_inputs() -> list:
    return [HEADS]
