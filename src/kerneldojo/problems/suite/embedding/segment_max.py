"""Maximum over consecutive segments of rows that differ in length."""

import torch
from torch import nn

METADATA = {
    "description": (
        "out[s] = elementwise maximum of the rows offsets[s] up to offsets[s + 1]; "
        "zeros for an empty segment."
    ),
    "level": 1,
    "tags": ["segment", "scatter", "reduction", "ragged", "integer"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 4999, "SEGMENTS": 251, "DIM": 67}},
        {"name": "small", "constants": {"ROWS": 181, "SEGMENTS": 23, "DIM": 43}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"ROWS": 262144, "SEGMENTS": 8192, "DIM": 128},
        },
    ],
}

ROWS = 8192
SEGMENTS = 512
DIM = 128


class Model(nn.Module):
    def forward(self, x: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        count = offsets.shape[0] - 1
        segment = torch.repeat_interleave(offsets.diff())
        zeros = torch.zeros(count, x.shape[1], dtype=x.dtype, device=x.device)
        return zeros.scatter_reduce(0, segment[:, None].expand_as(x), x, "amax", include_self=False)


def get_inputs() -> list:
    cuts = torch.randint(0, ROWS + 1, (SEGMENTS - 1,)).sort().values
    offsets = torch.cat([torch.tensor([0]), cuts, torch.tensor([ROWS])])
    return [torch.randn(ROWS, DIM), offsets]


def get_init_inputs() -> list:
    return []
