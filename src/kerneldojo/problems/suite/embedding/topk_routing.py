"""Routing of tokens to experts: the best k of each row and their normalised weights."""

import torch
from torch import nn

METADATA = {
    "description": (
        "Softmax over experts, the k largest in descending order, renormalised to sum to one. "
        "Returns the weights and the experts' indices (int64)."
    ),
    "level": 2,
    "tags": ["routing", "top-k", "softmax", "multi-output", "integer", "fused"],
    # Shifted or mostly zero logits tie, and which of two equals comes first is nobody's business.
    "distributions": ["default", "scaled"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"TOKENS": 1999, "EXPERTS": 37, "K": 3}},
        {"name": "small", "constants": {"TOKENS": 131, "EXPERTS": 24, "K": 2}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"TOKENS": 131072, "EXPERTS": 64, "K": 6},
        },
    ],
}

TOKENS = 16384
EXPERTS = 64
K = 4


class Model(nn.Module):
    def __init__(self, k: int) -> None:
        super().__init__()
        self.k = k

    def forward(self, logits: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        weights, experts = torch.topk(torch.softmax(logits, dim=-1), self.k, dim=-1)
        return weights / weights.sum(dim=-1, keepdim=True), experts


def get_inputs() -> list:
    # No two logits of a row are closer than 0.005, so that rounding cannot reorder them.
    ranks = torch.rand(TOKENS, EXPERTS).argsort(dim=-1)
    return [(ranks + 0.9 * torch.rand(TOKENS, EXPERTS)) * (3.2 / EXPERTS) - 1.6]


def get_init_inputs() -> list:
    return [K]
