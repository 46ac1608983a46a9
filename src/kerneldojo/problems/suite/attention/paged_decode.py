"""One step of decoding from a paged cache: each sequence's positions lie in scattered blocks."""

import torch
from torch import nn

METADATA = {
    "description": (
        "Attention of one query per sequence to its first lengths[b] positions. Position t of "
        "sequence b is place t % block of cache block table[b, t // block]."
    ),
    "level": 2,
    "tags": ["attention", "decode", "kv-cache", "paged", "gather", "ragged", "integer", "fused"],
    "workloads": [
        {"name": "base"},
        {
            "name": "odd",
            "constants": {"BATCH": 3, "HEADS": 5, "BLOCKS": 37, "BLOCK": 12, "DIM": 40},
        },
        {
            "name": "small",
            "constants": {"BATCH": 2, "HEADS": 3, "BLOCKS": 9, "BLOCK": 8, "DIM": 24},
        },
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 16, "HEADS": 16, "BLOCKS": 2048, "BLOCK": 16, "DIM": 128},
        },
    ],
}

BATCH = 4
HEADS = 8
BLOCKS = 160
BLOCK = 16
DIM = 64


class Model(nn.Module):
    def forward(
        self,
        q: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        table: torch.Tensor,
        lengths: torch.Tensor,
    ) -> torch.Tensor:
        k, v = keys[table].flatten(1, 2), values[table].flatten(1, 2)
        scores = torch.einsum("bhd,bthd->bht", q, k) / q.shape[-1] ** 0.5
        past = torch.arange(k.shape[1], device=q.device) >= lengths[:, None]
        scores = scores.masked_fill(past[:, None, :], float("-inf"))
        return torch.einsum("bht,bthd->bhd", torch.softmax(scores, dim=-1), v)


def get_inputs() -> list:
    cache = [torch.randn(BLOCKS, BLOCK, HEADS, DIM) for _ in range(2)]
    owned = BLOCKS // BATCH
    table = torch.randperm(BLOCKS)[: BATCH * owned].view(BATCH, owned)
    lengths = torch.randint(BLOCK, owned * BLOCK + 1, (BATCH,))
    return [torch.randn(BATCH, HEADS, DIM), *cache, table, lengths]


def get_init_inputs() -> list:
    return []
