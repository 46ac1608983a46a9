"""What kernels print, as it reaches the terminal."""

from __future__ import annotations

import pytest
import torch
import triton
import triton.language as tl

from tests.triton_cpu.language import on_the_cpu

__all__ = ["on_the_cpu"]


@triton.jit
def show(x, BLOCK: tl.constexpr, HEX: tl.constexpr):
    tl.device_print("x ", tl.load(x + tl.arange(0, BLOCK)), hex=HEX)


@triton.jit
def show_addresses(x, BLOCK: tl.constexpr):
    tl.device_print("at", x + tl.arange(0, BLOCK))


@triton.jit
def show_text_and_scalar():
    tl.device_print("no value")
    tl.device_print("pid", tl.program_id(0))


def lines(capfd: pytest.CaptureFixture[str]) -> list[str]:
    return capfd.readouterr().out.splitlines()


def test_indices_are_aligned(capfd: pytest.CaptureFixture[str]) -> None:
    show[(1,)](torch.arange(16, dtype=torch.int32), BLOCK=16, HEX=False)
    assert lines(capfd) == [f"pid (0, 0, 0) idx ({i:2}) x: {i}" for i in range(16)]


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_floats_in_hexadecimal(capfd: pytest.CaptureFixture[str], dtype: torch.dtype) -> None:
    values = [1.5, -0.375, 2.0, float("inf")]
    show[(1,)](torch.tensor(values, dtype=dtype), BLOCK=4, HEX=True)
    printed = [float.fromhex(line.rsplit(" ", 1)[1]) for line in lines(capfd)]
    assert printed == values


def test_integers_in_hexadecimal(capfd: pytest.CaptureFixture[str]) -> None:
    show[(1,)](torch.tensor([-1, 10], dtype=torch.int16), BLOCK=2, HEX=True)
    assert [line.rsplit(" ", 1)[1] for line in lines(capfd)] == ["0xffff", "0x000a"]


def test_pointers_are_addresses(capfd: pytest.CaptureFixture[str]) -> None:
    x = torch.zeros(4, dtype=torch.float64)
    show_addresses[(1,)](x, BLOCK=4)
    printed = [int(line.rsplit(" ", 1)[1], 16) for line in lines(capfd)]
    assert printed == [x.data_ptr() + 8 * i for i in range(4)]


def test_a_program_speaks_once(capfd: pytest.CaptureFixture[str]) -> None:
    show_text_and_scalar[(1,)]()
    text, scalar = lines(capfd)
    assert text.startswith("pid (0, 0, 0) no value")
    assert scalar == "pid (0, 0, 0) idx () pid: 0"
