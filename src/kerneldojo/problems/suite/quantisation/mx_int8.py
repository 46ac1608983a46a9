"""Microscaling to int8: each block of 32 numbers shares a power of two."""

import torch
from torch import nn

METADATA = {
    "description": "Per 32 numbers: e = floor(log2(max|x|)) - 6, and x / 2**e as int8.",
    "level": 3,
    "tags": ["quantisation", "reduction", "integer", "multi-output"],
    "distributions": ["default", "scaled", "offset", "extreme"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 701, "BLOCKS": 31}},
        {"name": "small", "constants": {"ROWS": 27, "BLOCKS": 9}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "BLOCKS": 256}},
    ],
}

ROWS = 1024
BLOCKS = 64


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        blocks = x.unflatten(-1, (-1, 32))
        _, exponent = torch.frexp(blocks.abs().amax(dim=-1, keepdim=True))
        exponent = exponent - 7
        q = torch.round(torch.ldexp(blocks, -exponent)).clamp(-128, 127)
        return q.to(torch.int8).flatten(-2), exponent.squeeze(-1).to(torch.int8)


def get_inputs() -> list:
    return [torch.randn(ROWS, 32 * BLOCKS) * torch.exp(torch.randn(ROWS, 1))]


def get_init_inputs() -> list:
    return []
