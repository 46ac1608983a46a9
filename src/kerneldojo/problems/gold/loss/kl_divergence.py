"""Two softmaxes and their divergence from one read of each pair of rows."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def log_softmax(x, row, col, classes):
    value = tl.load(x + row * classes + col, mask=col < classes, other=-float("inf"))
    shifted = value - tl.max(value, axis=0)
    return shifted - tl.log(tl.sum(tl.exp(shifted), axis=0))


@triton.jit
def kl_kernel(teacher, student, out, classes, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    col = tl.arange(0, BLOCK)
    p = log_softmax(teacher, row, col, classes)
    q = log_softmax(student, row, col, classes)
    # Behind the last class both are -inf, and their difference is no number.
    terms = tl.where(col < classes, tl.exp(p) * (p - q), 0.0)
    tl.store(out + row, tl.sum(terms, axis=0))


class ModelNew(nn.Module):
    def forward(self, teacher: torch.Tensor, student: torch.Tensor) -> torch.Tensor:
        teacher, student = teacher.contiguous(), student.contiguous()
        rows, classes = teacher.shape
        out = torch.empty(rows, dtype=teacher.dtype, device=teacher.device)
        block = triton.next_power_of_2(classes)
        kl_kernel[(rows,)](teacher, student, out, classes, BLOCK=block, num_warps=16)
        return out
