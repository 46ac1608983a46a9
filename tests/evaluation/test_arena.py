"""Shared memory for inputs: where tensors lie, and whether anybody wrote to them."""

from __future__ import annotations

import mmap
import os
import random
from collections.abc import Iterator

import pytest
import torch

from kerneldojo.evaluation import arena as arena_module
from kerneldojo.evaluation.arena import GUARD, Arena, Placement, random_start
from kerneldojo.evaluation.player.memory import ArenaView

INPUTS = [
    torch.arange(7, dtype=torch.float32),
    {"b": torch.ones(3, 5, dtype=torch.bool), "e": torch.empty(0, 4)},
    torch.tensor(2.5, dtype=torch.float64),
    3,
]


@pytest.fixture
def arena() -> Iterator[Arena]:
    arena = Arena()
    yield arena
    arena.close()


def placed(arena: Arena, start: int = 0) -> Placement:
    placement = arena.place(INPUTS, start)
    arena.reserve(placement.end)
    arena.write(placement)
    return placement


def poke(arena: Arena, place: int, value: int = 1) -> None:
    with mmap.mmap(arena.fd, arena.size) as view:
        view[place] ^= value


def test_tensors_lie_apart_and_aligned(arena: Arena) -> None:
    placement = placed(arena, 4096)
    ends = 4096
    for offset, raw in placement.tensors:
        assert offset % 64 == 0
        assert offset - ends >= GUARD
        ends = offset + raw.numel()
    assert placement.end >= ends + GUARD


def test_a_player_sees_the_bytes(arena: Arena) -> None:
    placement = placed(arena)
    view = ArenaView(os.dup(arena.fd))
    nodes = placement.node["v"]
    first = view.tensor(nodes[0], arena.size)
    assert torch.equal(first, INPUTS[0])
    mask = view.tensor(nodes[1]["v"][0][1], arena.size)
    assert mask.dtype is torch.bool and bool(mask.all())
    nothing = view.tensor(nodes[1]["v"][1][1], arena.size)
    assert nothing.shape == (0, 4)
    assert view.tensor(nodes[2], arena.size).item() == 2.5
    assert nodes[3] == {"k": "value", "v": 3}


def test_a_non_contiguous_input_arrives_contiguous(arena: Arena) -> None:
    value = torch.arange(6.0).reshape(2, 3).t()
    placement = arena.place([value], 0)
    arena.write(placement)
    seen = ArenaView(os.dup(arena.fd)).tensor(placement.node["v"][0], arena.size)
    assert seen.is_contiguous()
    assert torch.equal(seen, value)


def test_gradients_are_asked_of_floating_tensors_only(arena: Arena) -> None:
    nodes = arena.place(INPUTS, 0, grad=True).node["v"]
    assert nodes[0]["grad"] is True
    assert nodes[1]["v"][0][1]["grad"] is False


@pytest.mark.parametrize("byte", [0, 7, 8, 23, 24, 27])
@pytest.mark.parametrize("skipped", [0, 1, 2])
def test_every_byte_of_an_input_is_compared(arena: Arena, byte: int, skipped: int) -> None:
    value = torch.arange(7 + skipped, dtype=torch.float32)[skipped:]
    placement = arena.place([value], 0)
    arena.write(placement)
    assert arena.disturbed(placement) == (False, False)
    poke(arena, placement.tensors[0][0] + byte)
    assert arena.disturbed(placement) == (True, False)


def test_untouched_memory_is_undisturbed(arena: Arena) -> None:
    assert arena.disturbed(placed(arena)) == (False, False)


def test_every_single_byte_of_an_input_is_watched(arena: Arena) -> None:
    placement = placed(arena)
    for offset, raw in placement.tensors:
        for place in {offset, offset + raw.numel() - 1} if raw.numel() else ():
            poke(arena, place)
            assert arena.disturbed(placement) == (True, False)
            poke(arena, place)
    assert arena.disturbed(placement) == (False, False)


def test_bytes_around_an_input_are_watched(arena: Arena) -> None:
    placement = placed(arena)
    for offset, raw in placement.tensors:
        for place in (offset - 1, offset - GUARD // 2, offset + raw.numel()):
            poke(arena, place)
            assert arena.disturbed(placement) == (False, True), place - offset
            poke(arena, place)


def test_the_last_byte_before_alignment_is_watched(arena: Arena) -> None:
    placement = placed(arena)
    offset, raw = placement.tensors[0]
    poke(arena, offset + raw.numel() + 3)
    assert arena.disturbed(placement) == (False, True)


def test_writing_again_mends_everything(arena: Arena) -> None:
    placement = placed(arena)
    offset, _ = placement.tensors[0]
    poke(arena, offset)
    poke(arena, offset - 1)
    arena.write(placement)
    assert arena.disturbed(placement) == (False, False)


def test_growing_keeps_what_is_there(arena: Arena) -> None:
    placement = placed(arena)
    before = arena.size
    arena.reserve(8 * before)
    assert arena.size >= 8 * before
    assert arena.size % mmap.PAGESIZE == 0
    assert arena.disturbed(placement) == (False, False)
    arena.reserve(1)
    assert arena.size >= 8 * before


def test_the_referee_s_own_copy_is_apart(arena: Arena) -> None:
    placement = placed(arena)
    with mmap.mmap(arena.fd, arena.size) as view:
        offset, raw = placement.tensors[0]
        view[offset : offset + raw.numel()] = bytes(raw.numel())
    assert INPUTS[0][1] == 1.0  # type: ignore[index]


def test_starts_are_page_aligned_and_differ() -> None:
    rng = random.Random(1)
    starts = {random_start(1 << 20, rng) for _ in range(50)}
    assert len(starts) > 10
    assert all(start % arena_module._PAGE == 0 for start in starts)
    assert random_start(0, rng) >= 0
