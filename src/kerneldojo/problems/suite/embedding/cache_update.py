"""Write new keys and values into the slots of a cache, out of place."""

import torch
from torch import nn

METADATA = {
    "description": (
        "A copy of the cache (slots, heads, dim) in which row slots[i] is new[i]; "
        "no slot occurs twice."
    ),
    "level": 1,
    "tags": ["scatter", "copy", "kv-cache", "integer"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"SLOTS": 1201, "HEADS": 5, "DIM": 67, "COUNT": 499}},
        {
            "name": "bf16",
            "constants": {
                "DTYPE": "bfloat16",
                "SLOTS": 50,
                "HEADS": 4,
                "DIM": 40,
                "COUNT": 21,
            },
        },
        {"name": "small", "constants": {"SLOTS": 61, "HEADS": 3, "DIM": 37, "COUNT": 29}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"SLOTS": 32768, "HEADS": 8, "DIM": 128, "COUNT": 8192},
        },
    ],
}

DTYPE = "float32"
SLOTS = 4096
HEADS = 8
DIM = 64
COUNT = 1024


class Model(nn.Module):
    def forward(self, cache: torch.Tensor, new: torch.Tensor, slots: torch.Tensor) -> torch.Tensor:
        return cache.index_copy(0, slots, new)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    new = torch.randn(COUNT, HEADS, DIM, dtype=dtype)
    return [torch.randn(SLOTS, HEADS, DIM, dtype=dtype), new, torch.randperm(SLOTS)[:COUNT]]


def get_init_inputs() -> list:
    return []
