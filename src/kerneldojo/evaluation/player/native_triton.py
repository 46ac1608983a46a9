"""Triton on the CPU: made ready before players are forked, and tried out.

A confined player cannot read our package: whatever the back end will ever import must be
there, and what it computes once from its own files must have been computed.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pkgutil
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import torch
import triton
import triton.language as tl
from triton import knobs
from triton.runtime.driver import driver

from kerneldojo import triton_cpu
from kerneldojo.triton_cpu import externals
from kerneldojo.triton_cpu.driver import CPUDriver


@triton.jit  # type: ignore[untyped-decorator]
def _sample(x, out, n, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    values = tl.load(x + at, mask=at < n, other=0.0)
    tl.store(out + at, tl.exp(values) / tl.sum(values, axis=0), mask=at < n)


def warm_up() -> None:
    """Import the whole back end and compile one kernel, on one thread and without a device.

    What goes wrong here is printed and no more: solutions in other languages do not need it.
    """
    try:
        for module in pkgutil.walk_packages(triton_cpu.__path__, f"{triton_cpu.__name__}."):
            importlib.import_module(module.name)
        with _on_the_cpu():
            _sample.warmup(torch.float32, torch.float32, 8, BLOCK=16, grid=(1,))
    except Exception:
        traceback.print_exc()


def try_out() -> float:
    """Compile and run one kernel; returns how long that took, in seconds.

    Raises:
        RuntimeError: if its answer is wrong.
    """
    given = torch.linspace(0.1, 1.0, 8)
    found = torch.empty_like(given)
    with _on_the_cpu():
        started = time.perf_counter()
        _sample[(1,)](given, found, 8, BLOCK=16)
        seconds = time.perf_counter() - started
    if not torch.allclose(found, given.exp() / given.sum()):
        raise RuntimeError(f"a kernel computed {found.tolist()} from {given.tolist()}")
    return seconds


def thread_library() -> str:
    """Return the file whose threads kernels run on; empty if they have none."""
    place = externals.address("GOMP_parallel")
    with open("/proc/self/maps") as maps:
        for line in maps:
            low, high = (int(end, 16) for end in line.split(maxsplit=1)[0].split("-"))
            if low <= place < high:
                return Path(line.split(maxsplit=5)[-1].strip()).name
    return ""


@contextlib.contextmanager
def _on_the_cpu() -> Iterator[None]:
    """Have kernels compiled for the CPU whatever else is there, into a cache of their own."""
    before = driver._active
    with tempfile.TemporaryDirectory() as folder, knobs.cache.scope():
        knobs.cache.dir = folder
        driver.set_active(CPUDriver())
        try:
            yield
        finally:
            driver._active = before


def choose(device: str, *, interpret: bool) -> None:
    """Let kernels run where this player's tensors are, whatever a solution's environment says."""
    if not device.startswith("cuda"):
        driver.set_active(CPUDriver())
    knobs.runtime.interpret = interpret
    if not interpret:
        os.environ.pop("TRITON_INTERPRET", None)
