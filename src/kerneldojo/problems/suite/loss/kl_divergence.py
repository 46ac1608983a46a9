"""Kullback-Leibler divergence between two rows of logits, as in distillation."""

import torch
from torch import nn

METADATA = {
    "description": "Per row: sum of p * (log p - log q), with p and q the softmax of two logits.",
    "level": 2,
    "tags": ["loss", "reduction", "softmax", "fused"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "CLASSES": 1013}},
        {"name": "small", "constants": {"ROWS": 35, "CLASSES": 107}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 4096, "CLASSES": 32768}},
    ],
}

ROWS = 512
CLASSES = 2048


class Model(nn.Module):
    def forward(self, teacher: torch.Tensor, student: torch.Tensor) -> torch.Tensor:
        p, q = torch.log_softmax(teacher, dim=-1), torch.log_softmax(student, dim=-1)
        return (p.exp() * (p - q)).sum(dim=-1)


def get_inputs() -> list:
    return [torch.randn(ROWS, CLASSES), torch.randn(ROWS, CLASSES)]


def get_init_inputs() -> list:
    return []
