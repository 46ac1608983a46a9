"""The input of a BERT-like encoder: token, position and segment embeddings, normalised."""

import torch
from torch import nn

METADATA = {
    "description": "Sum of token, position and segment embeddings, then LayerNorm.",
    "level": 2,
    "tags": ["embedding", "gather", "norm", "integer", "fused", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 5, "LENGTH": 251, "VOCABULARY": 1013, "DIM": 231}},
        {
            "name": "bf16",
            "constants": {
                "DTYPE": "bfloat16",
                "BATCH": 2,
                "LENGTH": 50,
                "VOCABULARY": 90,
                "DIM": 52,
            },
        },
        {"name": "small", "constants": {"BATCH": 3, "LENGTH": 41, "VOCABULARY": 97, "DIM": 43}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 32, "LENGTH": 512, "VOCABULARY": 30522, "DIM": 768},
        },
    ],
}

DTYPE = "float32"
BATCH = 8
LENGTH = 256
VOCABULARY = 8192
DIM = 384
SEGMENTS = 2


class Model(nn.Module):
    def __init__(self, vocabulary: int, length: int, segments: int, dim: int, dtype: str) -> None:
        super().__init__()
        kind = getattr(torch, dtype)
        self.token = nn.Embedding(vocabulary, dim, dtype=kind)
        self.position = nn.Parameter(torch.randn(length, dim, dtype=kind))
        self.segment = nn.Embedding(segments, dim, dtype=kind)
        self.norm = nn.LayerNorm(dim, dtype=kind)
        nn.init.normal_(self.norm.weight, mean=1.0, std=0.2)
        nn.init.normal_(self.norm.bias, std=0.2)

    def forward(self, tokens: torch.Tensor, segments: torch.Tensor) -> torch.Tensor:
        return self.norm(self.token(tokens) + self.position + self.segment(segments))


def get_inputs() -> list:
    tokens = torch.randint(0, VOCABULARY, (BATCH, LENGTH))
    return [tokens, torch.randint(0, SEGMENTS, (BATCH, LENGTH))]


def get_init_inputs() -> list:
    return [VOCABULARY, LENGTH, SEGMENTS, DIM, DTYPE]
