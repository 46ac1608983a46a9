"""A layer of experts: each token passes through the MLPs it was routed to."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": (
        "out[t] = sum over i of weights[t, i] * expert(experts[t, i])(x[t]), an expert being "
        "linear, GELU, linear without bias. Routing is given; each token's experts differ."
    ),
    "level": 3,
    "tags": ["network", "routing", "grouped", "matmul", "activation", "ragged", "parameters"],
    "workloads": [
        {"name": "base"},
        {
            "name": "odd",
            "constants": {"TOKENS": 1999, "EXPERTS": 5, "K": 2, "DIM": 133, "HIDDEN": 151},
        },
        {
            "name": "small",
            "constants": {"TOKENS": 101, "EXPERTS": 4, "K": 2, "DIM": 43, "HIDDEN": 51},
        },
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"TOKENS": 8192, "EXPERTS": 16, "K": 2, "DIM": 1024, "HIDDEN": 2048},
        },
    ],
}

TOKENS = 2048
EXPERTS = 8
K = 2
DIM = 128
HIDDEN = 256


class Model(nn.Module):
    def __init__(self, experts: int, dim: int, hidden: int) -> None:
        super().__init__()
        self.up = nn.Parameter(torch.randn(experts, dim, hidden) / dim**0.5)
        self.down = nn.Parameter(torch.randn(experts, hidden, dim) / hidden**0.5)

    def forward(
        self, x: torch.Tensor, experts: torch.Tensor, weights: torch.Tensor
    ) -> torch.Tensor:
        out = torch.zeros_like(x)
        for expert, (up, down) in enumerate(zip(self.up, self.down, strict=True)):
            token, place = torch.where(experts == expert)
            answer = F.gelu(x[token] @ up) @ down
            out.index_add_(0, token, answer * weights[token, place, None])
        return out


def get_inputs() -> list:
    experts = torch.rand(TOKENS, EXPERTS).topk(K, dim=-1).indices
    return [torch.randn(TOKENS, DIM), experts, torch.rand(TOKENS, K) + 0.1]


def get_init_inputs() -> list:
    return [EXPERTS, DIM, HIDDEN]
