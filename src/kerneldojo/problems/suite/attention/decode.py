"""One step of decoding: a single query per sequence against its cached keys and values."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": (
        "Attention of one query per sequence to the first lengths[b] cached positions, "
        "several query heads to a key-value head."
    ),
    "level": 2,
    "tags": ["attention", "decode", "kv-cache", "grouped-query", "ragged", "integer", "fused"],
    "workloads": [
        {"name": "base"},
        {
            "name": "odd",
            "constants": {"BATCH": 3, "HEADS": 6, "KV_HEADS": 2, "CAPACITY": 501, "DIM": 40},
        },
        {
            "name": "bf16",
            "constants": {
                "DTYPE": "bfloat16",
                "BATCH": 2,
                "HEADS": 4,
                "KV_HEADS": 2,
                "CAPACITY": 58,
                "DIM": 32,
            },
        },
        {
            "name": "small",
            "constants": {"BATCH": 2, "HEADS": 6, "KV_HEADS": 2, "CAPACITY": 61, "DIM": 24},
        },
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 16, "HEADS": 32, "KV_HEADS": 8, "CAPACITY": 4096, "DIM": 128},
        },
    ],
}

DTYPE = "float32"
BATCH = 4
HEADS = 16
KV_HEADS = 4
CAPACITY = 1024
DIM = 64


class Model(nn.Module):
    def forward(
        self, q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, lengths: torch.Tensor
    ) -> torch.Tensor:
        valid = torch.arange(keys.shape[2], device=q.device) < lengths[:, None]
        mask = valid[:, None, None, :]
        out = F.scaled_dot_product_attention(
            q[:, :, None], keys, values, attn_mask=mask, enable_gqa=True
        )
        return out[:, :, 0]


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    q = torch.randn(BATCH, HEADS, DIM, dtype=dtype)
    cache = [torch.randn(BATCH, KV_HEADS, CAPACITY, DIM, dtype=dtype) for _ in range(2)]
    return [q, *cache, torch.randint(CAPACITY // 4, CAPACITY + 1, (BATCH,))]


def get_init_inputs() -> list:
    return []
