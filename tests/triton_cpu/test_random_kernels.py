"""Random kernels against NumPy, bit for bit.

`KERNELDOJO_EXAMPLES=2000` runs longer, with kernels never seen before; pytest's
`--hypothesis-seed` repeats such a run.
"""

from __future__ import annotations

import ctypes
import importlib.util
import itertools
import os
import sys

import numpy as np
import pytest
import torch
import triton
from hypothesis import HealthCheck, given, settings

from kerneldojo.triton_cpu import threads
from kerneldojo.triton_cpu.driver import CPUDriver
from tests.triton_cpu.kernel_generator import kernels
from tests.triton_cpu.kernel_program import BF16

EXAMPLES = int(os.environ.get("KERNELDOJO_EXAMPLES", "0"))
GUARD = 64
CANARY = 0xA5
SCRATCH = 1 << 21

pytestmark = pytest.mark.timeout(300 + 30 * EXAMPLES)


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory):
    """Where kernels are written and compiled, with the CPU as Triton's device."""
    path = tmp_path_factory.mktemp("random_kernels")
    previous, count = triton.runtime.driver._active, torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRITON_CACHE_DIR", str(path / "cache"))
        triton.runtime.driver.set_active(CPUDriver())
        yield path
    triton.runtime.driver._active = previous
    torch.set_num_threads(count)


class Guarded:
    """An array between guard bands."""

    def __init__(self, array, values):
        self.dtype = array.dtype
        if self.dtype is BF16:
            values = (values.view(np.uint32) >> 16).astype(np.uint16)
        self.size = values.dtype.itemsize
        band = (GUARD + array.offset) * self.size
        raw = torch.full((band + values.nbytes + GUARD * self.size,), CANARY, dtype=torch.uint8)
        self.inside = slice(band, band + values.nbytes)
        raw[self.inside] = torch.from_numpy(values.copy().view(np.uint8))
        self.raw = raw
        self.kind = torch.bfloat16 if self.dtype is BF16 else torch.from_numpy(values[:0]).dtype

    @property
    def tensor(self):
        return self.raw[self.inside].view(self.kind)

    def values(self):
        """What is in the array now."""
        found = self.raw[self.inside].numpy()
        if self.dtype is BF16:
            return (found.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
        return found.view(self.dtype.numpy)

    def is_intact(self):
        """Whether nothing was written outside the array."""
        bands = self.raw.clone()
        bands[self.inside] = CANARY
        return bool((bands == CANARY).all())


_numbers = itertools.count()


def load(folder, source):
    """The kernel of a source text."""
    name = f"random_kernel_{next(_numbers)}"
    path = folder / f"{name}.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    del sys.modules[name]
    return module.kernel


def poison(byte):
    """Fills the memory that kernels keep temporaries in."""
    ctypes.memset(threads.scratch.reserve(SCRATCH), byte, SCRATCH)


def check(kernel, folder):
    """Runs a kernel on one thread and on two, over different leftovers in scratch memory."""
    start = kernel.data()
    expected = {array.name: start[array.name].copy() for array in kernel.arrays}
    twins = [array for array in kernel.arrays if array.twin]
    expected.update({array.name: expected[array.twin.name] for array in twins})
    kernel.run(expected)
    compiled = load(folder, kernel.source())
    for workers, leftover in ((1, 0xFF), (2, 0x00), (2, 0x3C)):
        torch.set_num_threads(workers)
        poison(leftover)
        arrays: dict[str, Guarded] = {}
        for array in kernel.arrays:
            twin = arrays.get(array.twin.name) if array.twin else None
            arrays[array.name] = twin or Guarded(array, start[array.name])
        tensors = [array.tensor for array in arrays.values()]
        compiled[kernel.grid](*tensors, *kernel.settings())
        for array in kernel.arrays:
            found = arrays[array.name]
            where = f"{array.name}, {workers} threads"
            np.testing.assert_array_equal(found.values(), expected[array.name], where)
            assert found.is_intact(), f"{where}: written outside"


@settings(
    max_examples=EXAMPLES or 60,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(kernel=kernels())
def test_random_kernels(folder, kernel):
    check(kernel, folder)
