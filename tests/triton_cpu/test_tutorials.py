"""The kernels everybody starts from, at sizes a CPU does at once, against PyTorch."""

from __future__ import annotations

import math

import pytest
import torch
import triton
import triton.language as tl

from tests.triton_cpu.language import on_the_cpu

__all__ = ["on_the_cpu"]


@triton.jit
def add(x, y, out, n, BLOCK: tl.constexpr):
    places = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = places < n
    total = tl.load(x + places, mask=inside) + tl.load(y + places, mask=inside)
    tl.store(out + places, total, mask=inside)


@pytest.mark.parametrize("n", [1, 1000, 4096])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.int32])
def test_vector_addition(n: int, dtype: torch.dtype) -> None:
    x, y = (20 * torch.randn(2, n)).to(dtype)
    out = torch.empty_like(x)
    add[(triton.cdiv(n, 1024),)](x, y, out, n, BLOCK=1024)
    assert torch.equal(out, x + y)


@triton.jit
def softmax(x, out, x_stride, out_stride, rows, columns, BLOCK: tl.constexpr):
    places = tl.arange(0, BLOCK)
    inside = places < columns
    for row in tl.range(tl.program_id(0), rows, tl.num_programs(0), num_stages=2):
        line = tl.load(x + row * x_stride + places, mask=inside, other=-float("inf"))
        powers = tl.exp(line - tl.max(line, axis=0))
        tl.store(out + row * out_stride + places, powers / tl.sum(powers, axis=0), mask=inside)


@pytest.mark.parametrize("shape", [(5, 781), (16, 64), (3, 1)])
def test_fused_softmax(shape: tuple[int, int]) -> None:
    x = torch.randn(shape[0], shape[1] + 3)[:, : shape[1]]
    out = torch.empty(shape)
    block = triton.next_power_of_2(shape[1])
    softmax[(2,)](x, out, x.stride(0), out.stride(0), *shape, BLOCK=block)
    torch.testing.assert_close(out, torch.softmax(x, 1))


@triton.jit
def leaky(x):
    return tl.where(x >= 0, x, 0.01 * x)


@triton.jit
def matmul(
    a, b, c, M, N, K, a_row, a_column, b_row, b_column, c_row,
    BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr, GROUP: tl.constexpr,
    ACTIVATION: tl.constexpr,
):  # fmt: skip
    program, tiles_m, tiles_n = tl.program_id(0), tl.cdiv(M, BM), tl.cdiv(N, BN)
    group = program // (GROUP * tiles_n)
    height = min(tiles_m - group * GROUP, GROUP)
    tile_m = group * GROUP + (program % (GROUP * tiles_n)) % height
    tile_n = (program % (GROUP * tiles_n)) // height
    rows, columns = tile_m * BM + tl.arange(0, BM), tile_n * BN + tl.arange(0, BN)
    inner = tl.arange(0, BK)
    left = a + (rows % M)[:, None] * a_row + inner[None, :] * a_column
    right = b + inner[:, None] * b_row + (columns % N)[None, :] * b_column
    total = tl.zeros((BM, BN), dtype=tl.float32)
    for step in range(tl.cdiv(K, BK)):
        rest = K - step * BK
        x = tl.load(left, mask=inner[None, :] < rest, other=0.0)
        y = tl.load(right, mask=inner[:, None] < rest, other=0.0)
        total = tl.dot(x, y, total)
        left += BK * a_column
        right += BK * b_row
    if ACTIVATION == "leaky":
        total = leaky(total)
    inside = (rows[:, None] < M) & (columns[None, :] < N)
    target = c + rows[:, None] * c_row + columns[None, :]
    tl.store(target, total.to(c.dtype.element_ty), mask=inside)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("activation", ["", "leaky"])
def test_matrix_multiplication(dtype: torch.dtype, transposed: bool, activation: str) -> None:
    m, n, k = 100, 90, 75
    a = torch.randn(m, k).to(dtype)
    b = torch.randn(n, k).to(dtype).T if transposed else torch.randn(k, n).to(dtype)
    c = torch.empty(m, n, dtype=dtype)
    grid = (triton.cdiv(m, 32) * triton.cdiv(n, 32),)
    strides = (*a.stride(), *b.stride(), c.stride(0))
    matmul[grid](a, b, c, m, n, k, *strides, BM=32, BN=32, BK=16, GROUP=4, ACTIVATION=activation)
    want = a.float() @ b.float()
    if activation:
        want = torch.nn.functional.leaky_relu(want, 0.01)
    tolerance = 1e-4 if dtype == torch.float32 else 2e-2
    torch.testing.assert_close(c.float(), want, atol=tolerance, rtol=tolerance)


@triton.jit
def dropout(x, out, n, p, seed, BLOCK: tl.constexpr):
    places = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = places < n
    value = tl.load(x + places, mask=inside)
    kept = tl.rand(seed, places) > p
    tl.store(out + places, tl.where(kept, value / (1 - p), 0.0), mask=inside)


def test_dropout_from_a_seed() -> None:
    n, p = 5000, 0.3
    x = torch.rand(n) + 1
    once, again, other = torch.empty(3, n)
    for out, seed in ((once, 123), (again, 123), (other, 512)):
        dropout[(triton.cdiv(n, 1024),)](x, out, n, p, seed, BLOCK=1024)
    assert torch.equal(once, again)
    assert not torch.equal(once, other)
    kept = once != 0
    torch.testing.assert_close(once[kept], (x / (1 - p))[kept])
    assert abs(kept.float().mean().item() - (1 - p)) < 0.03


@triton.jit
def layer_norm(x, out, weight, bias, means, scales, columns, eps, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    x += row * columns
    out += row * columns
    total = tl.zeros([BLOCK], dtype=tl.float32)
    for start in range(0, columns, BLOCK):
        places = start + tl.arange(0, BLOCK)
        total += tl.load(x + places, mask=places < columns, other=0.0)
    mean = tl.sum(total, axis=0) / columns
    squares = tl.zeros([BLOCK], dtype=tl.float32)
    for start in range(0, columns, BLOCK):
        places = start + tl.arange(0, BLOCK)
        away = tl.where(places < columns, tl.load(x + places, mask=places < columns) - mean, 0.0)
        squares += away * away
    scale = 1 / tl.sqrt(tl.sum(squares, axis=0) / columns + eps)
    tl.store(means + row, mean)
    tl.store(scales + row, scale)
    for start in range(0, columns, BLOCK):
        places = start + tl.arange(0, BLOCK)
        inside = places < columns
        normal = (tl.load(x + places, mask=inside) - mean) * scale
        w, b = tl.load(weight + places, mask=inside), tl.load(bias + places, mask=inside)
        tl.store(out + places, normal * w + b, mask=inside)


@triton.jit
def layer_norm_backward(
    x, dy, dx, dw, db, weight, means, scales, locks, columns,
    GROUPS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    row = tl.program_id(0)
    places = tl.arange(0, BLOCK)
    inside = places < columns
    value = tl.load(x + row * columns + places, mask=inside, other=0.0)
    slope = tl.load(dy + row * columns + places, mask=inside, other=0.0)
    w = tl.load(weight + places, mask=inside, other=0.0)
    mean, scale = tl.load(means + row), tl.load(scales + row)
    normal = tl.where(inside, (value - mean) * scale, 0.0)
    weighted = w * slope
    along = tl.sum(normal * weighted, axis=0) / columns
    level = tl.sum(weighted, axis=0) / columns
    tl.store(dx + row * columns + places, (weighted - normal * along - level) * scale, mask=inside)
    group = row % GROUPS
    lock, count = locks + group, locks + GROUPS + group
    mine_w, mine_b = dw + group * columns + places, db + group * columns + places
    part_w, part_b = slope * normal, slope
    while tl.atomic_cas(lock, 0, 1) == 1:
        pass
    if tl.load(count) == 0:
        tl.atomic_xchg(count, 1)
    else:
        part_w += tl.load(mine_w, mask=inside)
        part_b += tl.load(mine_b, mask=inside)
    tl.store(mine_w, part_w, mask=inside)
    tl.store(mine_b, part_b, mask=inside)
    tl.debug_barrier()
    tl.atomic_xchg(lock, 0)


def test_layer_norm_forward_and_backward() -> None:
    rows, columns, groups = 37, 150, 4
    x, dy = torch.randn(2, rows, columns)
    x.requires_grad_()
    weight, bias = torch.rand(2, columns)
    weight.requires_grad_()
    bias.requires_grad_()
    want = torch.nn.functional.layer_norm(x, (columns,), weight, bias, 1e-5)
    want.backward(dy)
    out, dx = torch.empty(2, rows, columns)
    means, scales = torch.empty(2, rows)
    w = weight.detach()
    layer_norm[(rows,)](x.detach(), out, w, bias.detach(), means, scales, columns, 1e-5, BLOCK=64)
    torch.testing.assert_close(out, want.detach(), atol=1e-5, rtol=1e-5)
    dw, db = torch.empty(2, groups, columns)
    locks = torch.zeros(2 * groups, dtype=torch.int32)
    layer_norm_backward[(rows,)](
        x.detach(), dy, dx, dw, db, w, means, scales, locks, columns, GROUPS=groups, BLOCK=256
    )
    torch.testing.assert_close(dx, x.grad, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(dw.sum(0), weight.grad, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(db.sum(0), bias.grad, atol=1e-4, rtol=1e-4)


@triton.jit
def attend(
    total, norm, top, query, keys, values, row0, first, last, scale,
    DIM: tl.constexpr, BN: tl.constexpr, BM: tl.constexpr, DIAGONAL: tl.constexpr,
):  # fmt: skip
    dims = tl.arange(0, DIM)
    for start in range(first, last, BN):
        columns = start + tl.arange(0, BN)
        key = tl.load(keys + dims[:, None] + columns[None, :] * DIM)
        scores = tl.dot(query, key) * scale
        if DIAGONAL:
            rows = row0 + tl.arange(0, BM)
            scores = tl.where(rows[:, None] >= columns[None, :], scores, -1.0e6)
        higher = tl.maximum(top, tl.max(scores, 1))
        powers = tl.math.exp2(scores - higher[:, None])
        shrink = tl.math.exp2(top - higher)
        norm = norm * shrink + tl.sum(powers, 1)
        value = tl.load(values + columns[:, None] * DIM + dims[None, :])
        total = tl.dot(powers.to(value.dtype), value, total * shrink[:, None])
        top = higher
    return total, norm, top


@triton.jit
def attention(
    q, k, v, out, scale, length,
    DIM: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr, CAUSAL: tl.constexpr,
):  # fmt: skip
    head = tl.program_id(1) * length * DIM
    row0 = tl.program_id(0) * BM
    rows, dims = row0 + tl.arange(0, BM), tl.arange(0, DIM)
    places = head + rows[:, None] * DIM + dims[None, :]
    query = tl.load(q + places)
    total = tl.zeros([BM, DIM], dtype=tl.float32)
    norm, top = tl.zeros([BM], dtype=tl.float32), tl.zeros([BM], dtype=tl.float32) - float("inf")
    scale *= 1.44269504
    if CAUSAL:
        total, norm, top = attend(
            total, norm, top, query, k + head, v + head, row0, 0, row0, scale, DIM, BN, BM, False
        )
        total, norm, top = attend(
            total, norm, top, query, k + head, v + head, row0, row0, row0 + BM, scale,
            DIM, BN, BM, True,
        )  # fmt: skip
    else:
        total, norm, top = attend(
            total, norm, top, query, k + head, v + head, row0, 0, length, scale, DIM, BN, BM, False
        )
    tl.store(out + places, (total / norm[:, None]).to(out.dtype.element_ty))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
@pytest.mark.parametrize("causal", [False, True])
def test_fused_attention(dtype: torch.dtype, causal: bool) -> None:
    heads, length, dim = 3, 128, 32
    q, k, v = torch.randn(3, heads, length, dim).to(dtype)
    out = torch.empty_like(q)
    scale = 1 / math.sqrt(dim)
    grid = (length // 32, heads)
    attention[grid](q, k, v, out, scale, length, DIM=dim, BM=32, BN=16, CAUSAL=causal)
    want = torch.nn.functional.scaled_dot_product_attention(
        q.float(), k.float(), v.float(), is_causal=causal, scale=scale
    )
    tolerance = 1e-4 if dtype == torch.float32 else 1e-2
    torch.testing.assert_close(out.float(), want, atol=tolerance, rtol=tolerance)


@triton.jit
def grouped_matmul(
    lefts, rights, results, sizes, groups,
    PROGRAMS: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr,
):  # fmt: skip
    tile = tl.program_id(0)
    ended = 0
    for group in range(groups):
        M, N = tl.load(sizes + group * 3), tl.load(sizes + group * 3 + 1)
        K = tl.load(sizes + group * 3 + 2)
        wide = tl.cdiv(N, BN)
        tiles = tl.cdiv(M, BM) * wide
        while tile >= ended and tile < ended + tiles:
            left = tl.load(lefts + group).to(tl.pointer_type(tl.float32))
            right = tl.load(rights + group).to(tl.pointer_type(tl.float32))
            result = tl.load(results + group).to(tl.pointer_type(tl.float32))
            rows = (tile - ended) // wide * BM + tl.arange(0, BM)
            columns = (tile - ended) % wide * BN + tl.arange(0, BN)
            total = tl.zeros((BM, BN), dtype=tl.float32)
            for start in range(0, K, BK):
                inner = start + tl.arange(0, BK)
                x_in = (rows[:, None] < M) & (inner[None, :] < K)
                y_in = (inner[:, None] < K) & (columns[None, :] < N)
                x = tl.load(left + rows[:, None] * K + inner[None, :], mask=x_in, other=0.0)
                y = tl.load(right + inner[:, None] * N + columns[None, :], mask=y_in, other=0.0)
                total += tl.dot(x, y)
            inside = (rows[:, None] < M) & (columns[None, :] < N)
            tl.store(result + rows[:, None] * N + columns[None, :], total, mask=inside)
            tile += PROGRAMS
        ended += tiles


def test_grouped_matrix_multiplication() -> None:
    sizes = [(64, 32, 48), (17, 70, 33), (1, 1, 1), (100, 20, 16)]
    lefts = [torch.randn(m, k) for m, n, k in sizes]
    rights = [torch.randn(k, n) for m, n, k in sizes]
    results = [torch.full((m, n), torch.nan) for m, n, k in sizes]
    tables = [torch.tensor([t.data_ptr() for t in group]) for group in (lefts, rights, results)]
    table = torch.tensor(sizes, dtype=torch.int32)
    grouped_matmul[(3,)](*tables, table, len(sizes), PROGRAMS=3, BM=32, BN=32, BK=16)
    for left, right, result in zip(lefts, rights, results, strict=True):
        torch.testing.assert_close(result, left @ right, atol=1e-4, rtol=1e-4)


@triton.jit
def scaled_matmul(
    a, a_scale, b, b_scale, c, K, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr
):
    rows, columns = tl.arange(0, BM), tl.arange(0, BN)
    total = tl.zeros((BM, BN), dtype=tl.float32)
    for start in range(0, K, BK):
        packed = start // 2 + tl.arange(0, BK // 2)
        inner = start + tl.arange(0, BK)
        groups = start // 32 + tl.arange(0, BK // 32)
        x = tl.load(a + rows[:, None] * (K // 2) + packed[None, :])
        y = tl.load(b + inner[:, None] * BN + columns[None, :])
        x_scale = tl.load(a_scale + rows[:, None] * (K // 32) + groups[None, :])
        y_scale = tl.load(b_scale + columns[:, None] * (K // 32) + groups[None, :])
        total = tl.dot_scaled(x, x_scale, "e2m1", y, y_scale, "e4m3", total)
    tl.store(c + rows[:, None] * BN + columns[None, :], total)


def test_block_scaled_matrix_multiplication() -> None:
    m, n, k = 32, 64, 128
    four_bits = torch.tensor([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0])
    values = torch.cat([four_bits, -four_bits])
    codes = torch.randint(0, 16, (m, k), dtype=torch.uint8)
    packed = codes[:, ::2] | codes[:, 1::2] << 4
    b = torch.randn(k, n).to(torch.float8_e4m3fn)
    a_scale = torch.randint(120, 134, (m, k // 32), dtype=torch.uint8)
    b_scale = torch.randint(120, 134, (n, k // 32), dtype=torch.uint8)
    c = torch.empty(m, n)
    scaled_matmul[(1,)](packed, a_scale, b.view(torch.uint8), b_scale, c, k, BM=m, BN=n, BK=64)
    left = values[codes.long()] * torch.exp2(a_scale.float() - 127).repeat_interleave(32, 1)
    right = b.float() * torch.exp2(b_scale.float() - 127).repeat_interleave(32, 1).T
    torch.testing.assert_close(c, left @ right, atol=1e-3, rtol=1e-4)
