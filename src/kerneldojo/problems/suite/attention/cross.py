"""Cross-attention to a padded second sequence of another length."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": (
        "Attention of queries to another sequence's keys, of which lengths[b] are valid; "
        "(batch, length, heads, dim) layout in and out."
    ),
    "level": 2,
    "tags": ["attention", "cross-attention", "ragged", "integer", "softmax", "fused"],
    "workloads": [
        {"name": "base"},
        {
            "name": "odd",
            "constants": {"BATCH": 3, "HEADS": 3, "QUERIES": 203, "KEYS": 91, "DIM": 40},
        },
        {
            "name": "bf16",
            "constants": {
                "DTYPE": "bfloat16",
                "BATCH": 2,
                "HEADS": 2,
                "QUERIES": 38,
                "KEYS": 42,
                "DIM": 32,
            },
        },
        {
            "name": "small",
            "constants": {"BATCH": 2, "HEADS": 2, "QUERIES": 43, "KEYS": 29, "DIM": 24},
        },
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 8, "HEADS": 16, "QUERIES": 2048, "KEYS": 512, "DIM": 64},
        },
    ],
}

DTYPE = "float32"
BATCH = 2
HEADS = 8
QUERIES = 384
KEYS = 128
DIM = 64


class Model(nn.Module):
    def forward(
        self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, lengths: torch.Tensor
    ) -> torch.Tensor:
        q, k, v = (x.transpose(1, 2) for x in (q, k, v))
        valid = torch.arange(k.shape[2], device=k.device) < lengths[:, None]
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=valid[:, None, None, :])
        return out.transpose(1, 2).contiguous()


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    q = torch.randn(BATCH, QUERIES, HEADS, DIM, dtype=dtype)
    k, v = (torch.randn(BATCH, KEYS, HEADS, DIM, dtype=dtype) for _ in range(2))
    return [q, k, v, torch.randint(KEYS // 3, KEYS + 1, (BATCH,))]


def get_init_inputs() -> list:
    return []
