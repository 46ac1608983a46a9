"""A language model's head and its loss: the logits need never be written to memory."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Cross-entropy of the logits x @ W.T against class indices, one loss per row.",
    "level": 2,
    "tags": ["matmul", "loss", "reduction", "integer", "fused", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1093, "IN": 241, "CLASSES": 1013}},
        {"name": "small", "constants": {"ROWS": 67, "IN": 43, "CLASSES": 101}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"ROWS": 4096, "IN": 1024, "CLASSES": 32000},
        },
    ],
}

ROWS = 1024
IN = 256
CLASSES = 2048


class Model(nn.Module):
    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(2.0 * torch.randn(classes, inputs) / inputs**0.5)

    def forward(self, x: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(F.linear(x, self.weight), targets, reduction="none")


def get_inputs() -> list:
    return [torch.randn(ROWS, IN), torch.randint(0, CLASSES, (ROWS,))]


def get_init_inputs() -> list:
    return [IN, CLASSES]
