"""Message passing on a graph: each node averages its neighbours, weighted by edge."""

import torch
from torch import nn

METADATA = {
    "description": (
        "out[n] = sum of weight[e] * x[source[e]] over the edges e with target[e] = n, "
        "divided by their number (by one where there is none)."
    ),
    "level": 2,
    "tags": ["graph", "gather", "scatter", "atomic", "reduction", "integer", "fused"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"NODES": 1499, "EDGES": 5003, "DIM": 67}},
        {"name": "small", "constants": {"NODES": 83, "EDGES": 307, "DIM": 29}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"NODES": 131072, "EDGES": 1048576, "DIM": 128},
        },
    ],
}

NODES = 4096
EDGES = 16384
DIM = 128


class Model(nn.Module):
    def forward(
        self,
        x: torch.Tensor,
        source: torch.Tensor,
        target: torch.Tensor,
        weight: torch.Tensor,
    ) -> torch.Tensor:
        total = torch.zeros_like(x).index_add(0, target, x[source] * weight[:, None])
        degree = torch.bincount(target, minlength=x.shape[0])
        return total / degree.clamp(min=1)[:, None]


def get_inputs() -> list:
    source, target = torch.randint(0, NODES, (2, EDGES)).unbind()
    return [torch.randn(NODES, DIM), source.clone(), target.clone(), torch.randn(EDGES)]


def get_init_inputs() -> list:
    return []
