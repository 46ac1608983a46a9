"""Three look-ups, their sum and its normalisation in one program per token."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def token_position_norm_kernel(
    tokens,
    segments,
    token,
    position,
    segment,
    weight,
    bias,
    out,
    length,
    dim,
    eps,
    DIM: tl.constexpr,
):
    place = tl.program_id(0)
    column = tl.arange(0, DIM)
    inside = column < dim
    word = tl.load(tokens + place)
    part = tl.load(segments + place)
    total = tl.load(token + word * dim + column, mask=inside, other=0.0).to(tl.float32)
    total += tl.load(position + place % length * dim + column, mask=inside, other=0.0)
    total += tl.load(segment + part * dim + column, mask=inside, other=0.0)
    mean = tl.sum(total, axis=0) / dim
    centred = tl.where(inside, total - mean, 0.0)
    variance = tl.sum(centred * centred, axis=0) / dim
    normal = centred / tl.sqrt(variance + eps)
    scale = tl.load(weight + column, mask=inside, other=0.0)
    shift = tl.load(bias + column, mask=inside, other=0.0)
    tl.store(out + place.to(tl.int64) * dim + column, normal * scale + shift, mask=inside)


class ModelNew(nn.Module):
    def __init__(self, vocabulary: int, length: int, segments: int, dim: int, dtype: str) -> None:
        super().__init__()
        kind = getattr(torch, dtype)
        # These hold the parameters; they are never called.
        self.token = nn.Embedding(vocabulary, dim, dtype=kind)
        self.position = nn.Parameter(torch.randn(length, dim, dtype=kind))
        self.segment = nn.Embedding(segments, dim, dtype=kind)
        self.norm = nn.LayerNorm(dim, dtype=kind)
        nn.init.normal_(self.norm.weight, mean=1.0, std=0.2)
        nn.init.normal_(self.norm.bias, std=0.2)

    def forward(self, tokens: torch.Tensor, segments: torch.Tensor) -> torch.Tensor:
        tokens, segments = tokens.contiguous(), segments.contiguous()
        (batch, length), (_, dim) = tokens.shape, self.token.weight.shape
        kind = self.token.weight.dtype
        out = torch.empty((batch, length, dim), dtype=kind, device=tokens.device)
        token_position_norm_kernel[(batch * length,)](
            tokens,
            segments,
            self.token.weight,
            self.position,
            self.segment.weight,
            self.norm.weight,
            self.norm.bias,
            out,
            length,
            dim,
            self.norm.eps,
            DIM=triton.next_power_of_2(dim),
        )
        return out
