"""Ordinary Triton kernels to measure the CPU back end with, and the functions that launch them.

Each is written as one would for any device: a program per row, or per block of 1024 elements;
matrix products and attention are tuned over a few block sizes. Nothing in them knows of a CPU.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

_BLOCK = 1024
_LOG2_E = 1.4426950408889634


def _grid(x: Tensor) -> tuple[int]:
    return (triton.cdiv(x.numel(), _BLOCK),)


@triton.jit
def empty_kernel():
    pass


@triton.jit
def empty_kernel_of_arguments(x, y, out, n, scale):
    pass


# -- elementwise -----------------------------------------------------------------------------


@triton.jit
def add_kernel(x, y, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < n
    tl.store(out + at, tl.load(x + at, mask=inside) + tl.load(y + at, mask=inside), mask=inside)


@triton.jit
def copy_kernel(x, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + at, tl.load(x + at, mask=at < n), mask=at < n)


@triton.jit
def scale_kernel(x, out, factor, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + at, tl.load(x + at, mask=at < n) * factor, mask=at < n)


@triton.jit
def bias_gelu_kernel(x, bias, out, columns, BLOCK: tl.constexpr):
    row, at = tl.program_id(0), tl.arange(0, BLOCK)
    inside = at < columns
    value = tl.load(x + row * columns + at, mask=inside).to(tl.float32)
    value += tl.load(bias + at, mask=inside).to(tl.float32)
    value = 0.5 * value * (1 + tl.erf(value * 0.7071067811865476))
    tl.store(out + row * columns + at, value, mask=inside)


@triton.jit
def bias_tanh_gelu_kernel(x, bias, out, n, columns, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < n
    value = tl.load(x + at, mask=inside) + tl.load(bias + at % columns, mask=inside)
    inner = 0.7978845608028654 * (value + 0.044715 * value * value * value)
    tanh = 2 * tl.sigmoid(2 * inner) - 1
    tl.store(out + at, 0.5 * value * (1 + tanh), mask=inside)


@triton.jit
def silu_mul_kernel(gate, up, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < n
    value = tl.load(gate + at, mask=inside).to(tl.float32)
    value = value * tl.sigmoid(value) * tl.load(up + at, mask=inside).to(tl.float32)
    tl.store(out + at, value, mask=inside)


@triton.jit
def dropout_kernel(x, out, n, p, seed, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < n
    kept = tl.rand(seed, at) > p
    value = tl.load(x + at, mask=inside)
    tl.store(out + at, tl.where(kept, value / (1 - p), 0.0), mask=inside)


@triton.jit
def residual_scale_kernel(x, residual, out, scale, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < n
    value = tl.load(residual + at, mask=inside) + scale * tl.load(x + at, mask=inside)
    tl.store(out + at, value, mask=inside)


@triton.jit
def gated_residual_kernel(x, gate, residual, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < n
    opened = tl.load(x + at, mask=inside) * tl.sigmoid(tl.load(gate + at, mask=inside))
    tl.store(out + at, opened + tl.load(residual + at, mask=inside), mask=inside)


def add(x: Tensor, y: Tensor) -> Tensor:
    out = torch.empty_like(x)
    add_kernel[_grid(x)](x, y, out, x.numel(), _BLOCK)
    return out


def copy(x: Tensor, out: Tensor) -> Tensor:
    copy_kernel[_grid(x)](x, out, x.numel(), _BLOCK)
    return out


def scale(x: Tensor, factor: float, out: Tensor) -> Tensor:
    scale_kernel[_grid(x)](x, out, factor, x.numel(), _BLOCK)
    return out


def bias_gelu(x: Tensor, bias: Tensor) -> Tensor:
    out, (rows, columns) = torch.empty_like(x), x.shape
    bias_gelu_kernel[(rows,)](x, bias, out, columns, triton.next_power_of_2(columns))
    return out


def bias_tanh_gelu(x: Tensor, bias: Tensor) -> Tensor:
    out = torch.empty_like(x)
    bias_tanh_gelu_kernel[_grid(x)](x, bias, out, x.numel(), x.shape[1], _BLOCK)
    return out


def silu_mul(gate: Tensor, up: Tensor) -> Tensor:
    out = torch.empty_like(gate)
    silu_mul_kernel[_grid(gate)](gate, up, out, gate.numel(), _BLOCK)
    return out


def dropout(x: Tensor, p: float, seed: int) -> Tensor:
    out = torch.empty_like(x)
    dropout_kernel[_grid(x)](x, out, x.numel(), p, seed, _BLOCK)
    return out


def residual_scale(x: Tensor, residual: Tensor, factor: float) -> Tensor:
    out = torch.empty_like(x)
    residual_scale_kernel[_grid(x)](x, residual, out, factor, x.numel(), _BLOCK)
    return out


def gated_residual(x: Tensor, gate: Tensor, residual: Tensor) -> Tensor:
    out = torch.empty_like(x)
    gated_residual_kernel[_grid(x)](x, gate, residual, out, x.numel(), _BLOCK)
    return out


# -- a row per program -----------------------------------------------------------------------


@triton.jit
def softmax_kernel(x, out, columns, BLOCK: tl.constexpr):
    row, at = tl.program_id(0), tl.arange(0, BLOCK)
    inside = at < columns
    value = tl.load(x + row * columns + at, mask=inside, other=-float("inf")).to(tl.float32)
    grown = tl.exp(value - tl.max(value, 0))
    tl.store(out + row * columns + at, grown / tl.sum(grown, 0), mask=inside)


@triton.jit
def layernorm_kernel(x, weight, bias, out, columns, epsilon, BLOCK: tl.constexpr):
    row, at = tl.program_id(0), tl.arange(0, BLOCK)
    inside = at < columns
    value = tl.load(x + row * columns + at, mask=inside, other=0.0).to(tl.float32)
    mean = tl.sum(value, 0) / columns
    centred = tl.where(inside, value - mean, 0.0)
    variance = tl.sum(centred * centred, 0) / columns
    normal = centred * tl.rsqrt(variance + epsilon)
    result = normal * tl.load(weight + at, mask=inside) + tl.load(bias + at, mask=inside)
    tl.store(out + row * columns + at, result, mask=inside)


@triton.jit
def rmsnorm_kernel(x, weight, out, columns, epsilon, BLOCK: tl.constexpr):
    row, at = tl.program_id(0), tl.arange(0, BLOCK)
    inside = at < columns
    value = tl.load(x + row * columns + at, mask=inside, other=0.0).to(tl.float32)
    normal = value * tl.rsqrt(tl.sum(value * value, 0) / columns + epsilon)
    result = normal * tl.load(weight + at, mask=inside).to(tl.float32)
    tl.store(out + row * columns + at, result, mask=inside)


@triton.jit
def row_sum_kernel(x, out, columns, BLOCK: tl.constexpr):
    row, at = tl.program_id(0), tl.arange(0, BLOCK)
    value = tl.load(x + row * columns + at, mask=at < columns, other=0.0)
    tl.store(out + row, tl.sum(value, 0))


@triton.jit
def row_max_kernel(x, out, columns, BLOCK: tl.constexpr):
    row, at = tl.program_id(0), tl.arange(0, BLOCK)
    value = tl.load(x + row * columns + at, mask=at < columns, other=-float("inf"))
    tl.store(out + row, tl.max(value, 0))


@triton.jit
def partial_sum_kernel(x, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + tl.program_id(0), tl.sum(tl.load(x + at, mask=at < n, other=0.0), 0))


@triton.jit
def cross_entropy_kernel(logits, target, out, columns, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    logits += row * columns
    largest, total = -float("inf"), 0.0
    for start in range(0, columns, BLOCK):
        at = start + tl.arange(0, BLOCK)
        value = tl.load(logits + at, mask=at < columns, other=-float("inf"))
        above = tl.maximum(largest, tl.max(value, 0))
        total = total * tl.exp(largest - above) + tl.sum(tl.exp(value - above), 0)
        largest = above
    chosen = tl.load(logits + tl.load(target + row))
    tl.store(out + row, tl.log(total) + largest - chosen)


def softmax(x: Tensor) -> Tensor:
    out, (rows, columns) = torch.empty_like(x), x.shape
    softmax_kernel[(rows,)](x, out, columns, triton.next_power_of_2(columns))
    return out


def layernorm(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    out, (rows, columns) = torch.empty_like(x), x.shape
    layernorm_kernel[(rows,)](x, weight, bias, out, columns, 1e-5, triton.next_power_of_2(columns))
    return out


def rmsnorm(x: Tensor, weight: Tensor) -> Tensor:
    out, (rows, columns) = torch.empty_like(x), x.shape
    rmsnorm_kernel[(rows,)](x, weight, out, columns, 1e-5, triton.next_power_of_2(columns))
    return out


def row_sum(x: Tensor) -> Tensor:
    out, (rows, columns) = x.new_empty(x.shape[0]), x.shape
    row_sum_kernel[(rows,)](x, out, columns, triton.next_power_of_2(columns))
    return out


def row_max(x: Tensor) -> Tensor:
    out, (rows, columns) = x.new_empty(x.shape[0]), x.shape
    row_max_kernel[(rows,)](x, out, columns, triton.next_power_of_2(columns))
    return out


def full_sum(x: Tensor) -> Tensor:
    count = triton.cdiv(x.numel(), _BLOCK)
    parts, out = x.new_empty(count), x.new_empty(())
    partial_sum_kernel[(count,)](x, parts, x.numel(), _BLOCK)
    partial_sum_kernel[(1,)](parts, out, count, triton.next_power_of_2(count))
    return out


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    out, (rows, columns) = logits.new_empty(logits.shape[0]), logits.shape
    cross_entropy_kernel[(rows,)](logits, target, out, columns, 4 * _BLOCK)
    return out


# -- products of matrices --------------------------------------------------------------------


def _tiles(names: tuple[str, ...], *sizes: tuple[int, ...]) -> list[triton.Config]:
    return [triton.Config(dict(zip(names, size, strict=True))) for size in sizes]


@triton.jit
def matmul_kernel(
    a, b, out, M, N, K, TM: tl.constexpr, TN: tl.constexpr, TK: tl.constexpr, GROUP: tl.constexpr
):
    rows, columns = tl.cdiv(M, TM), tl.cdiv(N, TN)
    group = tl.program_id(0) // (GROUP * columns)
    height = min(rows - group * GROUP, GROUP)
    place = tl.program_id(0) % (GROUP * columns)
    row, column = group * GROUP + place % height, place // height
    at_m = row * TM + tl.arange(0, TM)
    at_n = column * TN + tl.arange(0, TN)
    at_k = tl.arange(0, TK)
    left = a + (at_m % M)[:, None] * K + at_k[None, :]
    right = b + at_k[:, None] * N + (at_n % N)[None, :]
    total = tl.zeros((TM, TN), dtype=tl.float32)
    for step in range(tl.cdiv(K, TK)):
        x = tl.load(left, mask=at_k[None, :] < K - step * TK, other=0.0)
        y = tl.load(right, mask=at_k[:, None] < K - step * TK, other=0.0)
        total = tl.dot(x, y, total)
        left += TK
        right += TK * N
    inside = (at_m[:, None] < M) & (at_n[None, :] < N)
    tl.store(out + at_m[:, None] * N + at_n[None, :], total, mask=inside)


@triton.jit
def attention_kernel(
    q, k, v, out, length, scale,
    DIM: tl.constexpr, TQ: tl.constexpr, TK: tl.constexpr, CAUSAL: tl.constexpr,
):  # fmt: skip
    first, head = tl.program_id(0) * TQ, tl.program_id(1) * length * DIM
    at_q, at_k, at_d = first + tl.arange(0, TQ), tl.arange(0, TK), tl.arange(0, DIM)
    mine = head + at_q[:, None] * DIM + at_d[None, :]
    query = tl.load(q + mine, mask=at_q[:, None] < length, other=0.0)
    largest = tl.full((TQ,), -float("inf"), tl.float32)
    total = tl.zeros((TQ,), tl.float32)
    mixed = tl.zeros((TQ, DIM), tl.float32)
    end = tl.minimum(first + TQ, length) if CAUSAL else length
    for start in range(0, end, TK):
        key_at = start + at_k
        theirs = head + key_at[:, None] * DIM + at_d[None, :]
        key = tl.load(k + theirs, mask=key_at[:, None] < length, other=0.0)
        score = tl.dot(query, tl.trans(key)) * scale
        seen = key_at[None, :] < length
        if CAUSAL:
            seen = seen & (at_q[:, None] >= key_at[None, :])
        score = tl.where(seen, score, -float("inf"))
        above = tl.maximum(largest, tl.max(score, 1))
        weight = tl.exp2(score - above[:, None])
        shrink = tl.exp2(largest - above)
        total = total * shrink + tl.sum(weight, 1)
        value = tl.load(v + theirs, mask=key_at[:, None] < length, other=0.0)
        mixed = tl.dot(weight.to(value.dtype), value, mixed * shrink[:, None])
        largest = above
    tl.store(out + mine, mixed / total[:, None], mask=at_q[:, None] < length)


matmul_tuned = triton.autotune(
    _tiles(("TM", "TN", "TK", "GROUP"), (64, 64, 32, 8), (64, 128, 64, 8), (128, 128, 64, 8)),
    key=["M", "N", "K"],
)(matmul_kernel)
attention_tuned = triton.autotune(
    _tiles(("TQ", "TK"), (64, 64), (64, 128), (128, 64)), key=["length", "CAUSAL"]
)(attention_kernel)


def matmul_of_tiles(a: Tensor, b: Tensor, tiles: tuple[int, int, int]) -> Tensor:
    """The product with fixed block sizes."""
    (m, k), n = a.shape, b.shape[1]
    out = a.new_empty(m, n)
    grid = (triton.cdiv(m, tiles[0]) * triton.cdiv(n, tiles[1]),)
    matmul_kernel[grid](a, b, out, m, n, k, *tiles, 8)
    return out


def matmul(a: Tensor, b: Tensor) -> Tensor:
    (m, k), n = a.shape, b.shape[1]
    out = a.new_empty(m, n)
    matmul_tuned[lambda size: (triton.cdiv(m, size["TM"]) * triton.cdiv(n, size["TN"]),)](
        a, b, out, m, n, k
    )
    return out


def attention(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
    out, (batch, heads, length, dim) = torch.empty_like(q), q.shape
    attention_tuned[lambda size: (triton.cdiv(length, size["TQ"]), batch * heads)](
        q, k, v, out, length, dim**-0.5 * _LOG2_E, dim, CAUSAL=causal
    )
    return out
