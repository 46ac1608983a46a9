"""Image preprocessing: bytes with channels last to normalised floats with channels first."""

import torch
from torch import nn

METADATA = {
    "description": "uint8 images (N, H, W, 3) to (x / 255 - mean) / std as (N, 3, H, W).",
    "level": 2,
    "tags": ["elementwise", "image", "integer", "layout", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 5, "HEIGHT": 211, "WIDTH": 173}},
        {"name": "small", "constants": {"BATCH": 2, "HEIGHT": 19, "WIDTH": 31}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 32, "HEIGHT": 1024, "WIDTH": 1024},
        },
    ],
}

BATCH = 4
HEIGHT = 256
WIDTH = 256
MEAN = [0.485, 0.456, 0.406]
STD = [0.229, 0.224, 0.225]


class Model(nn.Module):
    def __init__(self, mean: list[float], std: list[float]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        scaled = image.to(self.mean.dtype) / 255.0
        return ((scaled - self.mean) / self.std).permute(0, 3, 1, 2).contiguous()


def get_inputs() -> list:
    return [torch.randint(0, 256, (BATCH, HEIGHT, WIDTH, 3), dtype=torch.uint8)]


def get_init_inputs() -> list:
    return [MEAN, STD]
