"""Mean of each sequence's valid tokens, scaled to unit length: a sentence embedding."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Mean of the first lengths[b] tokens of sequence b, then L2 normalisation.",
    "level": 2,
    "tags": ["pool", "reduction", "ragged", "norm", "integer", "fused"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 13, "LENGTH": 251, "DIM": 131}},
        {"name": "small", "constants": {"BATCH": 5, "LENGTH": 31, "DIM": 43}},
        {"name": "gpu", "target": "cuda", "constants": {"BATCH": 256, "LENGTH": 512, "DIM": 384}},
    ],
}

BATCH = 16
LENGTH = 256
DIM = 384


class Model(nn.Module):
    def forward(self, tokens: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        valid = positions < lengths[:, None]
        total = tokens.masked_fill(~valid[:, :, None], 0.0).sum(dim=1)
        return F.normalize(total / lengths[:, None], dim=-1)


def get_inputs() -> list:
    return [torch.randn(BATCH, LENGTH, DIM), torch.randint(1, LENGTH + 1, (BATCH,))]


def get_init_inputs() -> list:
    return []
