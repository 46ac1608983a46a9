"""Launches of `@triton.jit` kernels on the CPU: arguments, grids, hooks, caches, tuning."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
import time
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import triton
import triton.language as tl
from triton import knobs
from triton.tools.tensor_descriptor import TensorDescriptor

from kerneldojo.triton_cpu.driver import CPUDriver
from kerneldojo.triton_cpu.errors import TritonCpuError
from kerneldojo.triton_cpu.launcher import DeviceAssertionError

Pair = namedtuple("Pair", ["first", "second"])


@pytest.fixture(autouse=True)
def on_the_cpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path / "cache"))
    previous = triton.runtime.driver._active
    triton.runtime.driver.set_active(CPUDriver())
    yield
    triton.runtime.driver._active = previous


@triton.jit
def add_kernel(x, y, out, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < n
    tl.store(out + offsets, tl.load(x + offsets, mask) + tl.load(y + offsets, mask), mask)


@triton.jit
def store_kernel(out, value):
    tl.store(out, value)


@triton.jit
def ids_kernel(out):
    x, y, z = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    at = (z * tl.num_programs(1) + y) * tl.num_programs(0) + x
    tl.store(out + at, x + 100 * y + 10000 * z)


@pytest.mark.parametrize("n", [1, 127, 128, 100_003])
def test_vector_add(n: int) -> None:
    x, y = torch.randn(n), torch.randn(n)
    out = torch.zeros(n + 1)
    add_kernel[lambda meta: (triton.cdiv(n, meta["BLOCK"]),)](x, y, out, n, BLOCK=128)
    assert torch.equal(out[:n], x + y)
    assert out[n] == 0


@pytest.mark.parametrize("grid", [(5,), [3, 4], (2, 3, 4), (torch.tensor(6),)])
def test_every_program_knows_its_place(grid) -> None:
    x, y, z = ([int(size) for size in grid] + [1, 1])[:3]
    out = torch.full((z, y, x), -1, dtype=torch.int32)
    ids_kernel[grid](out)
    want = [[[i + 100 * j + 10000 * k for i in range(x)] for j in range(y)] for k in range(z)]
    assert out.tolist() == want


def test_an_empty_grid_runs_nothing() -> None:
    out = torch.full((4,), -1, dtype=torch.int32)
    for grid in ((0,), (4, 0), (4, 1, 0)):
        ids_kernel[grid](out)
    assert out.tolist() == [-1] * 4


@pytest.mark.parametrize(
    ("grid", "error", "words"),
    [
        ((1.5,), TypeError, "made of integers"),
        ((None,), TypeError, "made of integers"),
        ((-1,), ValueError, r"\(-1, 1, 1\) is out of range"),
        ((2**31,), ValueError, "out of range"),
        ((2**30, 2**30, 2**30), ValueError, "out of range"),
    ],
)
def test_impossible_grids_are_refused(grid, error: type[Exception], words: str) -> None:
    out = torch.zeros(4, dtype=torch.int32)
    with pytest.raises(error, match=rf"kernel 'ids_kernel': .*{words}"):
        ids_kernel[grid](out)


# -- arguments -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (3, torch.int32),
        (-(2**31), torch.int32),
        (2**40 + 1, torch.int64),
        (-(2**63), torch.int64),
        (True, torch.bool),
        (False, torch.bool),
        (2.5, torch.float32),
        (0.1, torch.float32),
        (math.inf, torch.float32),
        (1e300, torch.float32),
    ],
)
def test_scalars_arrive(value, dtype: torch.dtype) -> None:
    out = torch.zeros(1, dtype=dtype)
    store_kernel[(1,)](out, value)
    assert out.item() == torch.tensor(value, dtype=dtype).item()


def test_unsigned_scalars_arrive() -> None:
    out = torch.zeros(1, dtype=torch.uint64)
    store_kernel[(1,)](out, 2**64 - 5)
    assert out.item() == 2**64 - 5


@triton.jit
def narrow_kernel(out, half: tl.float16, bfloat: tl.bfloat16, double: tl.float64, byte: tl.uint8):
    tl.store(out, half.to(tl.float64))
    tl.store(out + 1, bfloat.to(tl.float64))
    tl.store(out + 2, double)
    tl.store(out + 3, byte.to(tl.float64))


@pytest.mark.parametrize("value", [0.1, -3.14159, 1e-7, 65520.0, math.inf])
def test_annotated_scalars_are_rounded_to_their_type(value: float) -> None:
    out = torch.zeros(4, dtype=torch.float64)
    narrow_kernel[(1,)](out, value, value, value, 200)
    rounded = [torch.tensor(value, dtype=kind).item() for kind in (torch.float16, torch.bfloat16)]
    assert out.tolist() == [*rounded, value, 200.0]


def test_nan_stays_nan() -> None:
    out = torch.zeros(4, dtype=torch.float64)
    narrow_kernel[(1,)](out, math.nan, math.nan, math.nan, 0)
    assert out[:3].isnan().all()


@triton.jit
def optional_kernel(out, bias, n, scale, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    value = offsets * scale
    if bias is not None:
        value += tl.load(bias + offsets)
    tl.store(out + offsets, value, offsets < n)


def test_none_and_one_become_constants() -> None:
    out = torch.zeros(16, dtype=torch.int32)
    optional_kernel[(1,)](out, None, 16, 1, BLOCK=16)
    assert out.tolist() == list(range(16))
    optional_kernel[(1,)](out, torch.ones(16, dtype=torch.int32), 16, 3, BLOCK=16)
    assert out.tolist() == [3 * at + 1 for at in range(16)]


@triton.jit
def tuple_kernel(pair, out, nested):
    value = tl.load(pair[0]) * pair[1] + nested[1][0]
    tl.store(out, value + tl.load(nested[0]))


def test_tuples_are_flattened() -> None:
    x, y = torch.tensor([5.0]), torch.tensor([100.0])
    out = torch.zeros(1)
    tuple_kernel[(1,)]((x, 3), out, (y, (2.5, None)))
    assert out.item() == 117.5
    tuple_kernel[(1,)](Pair(x, 4), out, (y, (2.5, 1)))
    assert out.item() == 122.5


@triton.jit
def descriptor_kernel(source, target, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    row, column = tl.program_id(0) * ROWS, tl.program_id(1) * COLUMNS
    target.store([row, column], source.load([row, column]) * 2)


def test_host_descriptors_are_taken_apart() -> None:
    x, out = torch.randn(30, 20), torch.zeros(30, 20)
    blocks = [TensorDescriptor.from_tensor(tensor, [16, 8]) for tensor in (x, out)]
    descriptor_kernel[(2, 3)](*blocks, ROWS=16, COLUMNS=8)
    assert torch.equal(out, 2 * x)


def test_a_tensor_elsewhere_is_refused() -> None:
    x = torch.zeros(4, device="meta")
    with pytest.raises(ValueError, match="'store_kernel': argument 'out' is on meta"):
        store_kernel[(1,)](x, 2)


def test_wrong_arguments_of_a_compiled_kernel_are_named() -> None:
    out = torch.zeros(1, dtype=torch.int32)
    kernel = store_kernel.warmup(torch.int32, 5, grid=(1,))
    kernel[(1, 1, 1)](out, 7)
    assert out.item() == 7
    launch = kernel[(1, 1, 1)]
    with pytest.raises(TypeError, match="argument 'value' must be an integer that fits i32"):
        launch(out, 2.5)
    with pytest.raises(TypeError, match="argument 'value' must be an integer that fits i32"):
        launch(out, 2**31)
    with pytest.raises(TypeError, match="argument 'out' must be a tensor"):
        launch("text", 2)
    with pytest.raises(TypeError, match="takes 2 arguments"):
        launch(out)
    assert out.item() == 7


def test_an_address_may_stand_for_a_tensor() -> None:
    out = torch.zeros(1, dtype=torch.int32)
    kernel = store_kernel.warmup(torch.int32, 5, grid=(1,))
    kernel[(1, 1, 1)](out.data_ptr(), 9)
    assert out.item() == 9


def test_reinterpreted_tensors_are_tensors() -> None:
    out = torch.zeros(1, dtype=torch.int8)
    store_kernel[(1,)](triton.reinterpret(out, tl.uint8), 200)
    assert out.view(torch.uint8).item() == 200


# -- options, assertions and hooks -----------------------------------------------------------


def test_hints_for_gpus_change_nothing() -> None:
    out = torch.zeros(1, dtype=torch.int32)
    hints = {"num_warps": 8, "num_stages": 2, "num_ctas": 2, "maxnreg": 64, "waves_per_eu": 2}
    store_kernel[(1,)](out, 5, **hints, launch_cooperative_grid=True, enable_fp_fusion=True)
    assert out.item() == 5


def test_unknown_options_are_refused_by_triton() -> None:
    with pytest.raises(KeyError, match="num_threads"):
        store_kernel[(1,)](torch.zeros(1), 5, num_threads=3)
    with pytest.raises(ValueError, match="power of 2"):
        store_kernel[(1,)](torch.zeros(1), 5, num_warps=3)


@triton.jit
def checked_kernel(x, limit):
    value = tl.load(x + tl.program_id(0))
    tl.device_assert(value < limit, "value beyond the limit")


def test_a_failed_assertion_is_an_error() -> None:
    x = torch.arange(100, dtype=torch.int32)
    checked_kernel[(100,)](x, 1000, debug=True)
    words = r"'checked_kernel'.*program \((42), 0, 0\): .*value beyond the limit"
    with pytest.raises(DeviceAssertionError, match=words):
        checked_kernel[(43,)](x, 42, debug=True)
    checked_kernel[(100,)](x, 1000, debug=True)


def test_assertions_are_left_out_without_debug() -> None:
    checked_kernel[(100,)](torch.arange(100, dtype=torch.int32), 42)


def test_hooks_surround_every_launch() -> None:
    seen: list[tuple[str, str]] = []

    def enter(metadata) -> None:
        seen.append(("enter", metadata.get()["name"]))

    def leave(metadata) -> None:
        seen.append(("leave", metadata.get()["name"]))

    knobs.runtime.launch_enter_hook.add(enter)
    knobs.runtime.launch_exit_hook.add(leave)
    try:
        store_kernel[(1,)](torch.zeros(1, dtype=torch.int32), 3)
        with pytest.raises(DeviceAssertionError):
            checked_kernel[(1,)](torch.full((1,), 5, dtype=torch.int32), 2, debug=True)
    finally:
        knobs.runtime.launch_enter_hook.remove(enter)
        knobs.runtime.launch_exit_hook.remove(leave)
    names = ("store_kernel", "checked_kernel")
    assert seen == [(when, name) for name in names for when in ("enter", "leave")]


# -- tuning and timing -----------------------------------------------------------------------


def test_the_autotuner_times_and_restores(monkeypatch: pytest.MonkeyPatch) -> None:
    small = torch.empty(1024)
    monkeypatch.setattr(CPUDriver, "get_empty_cache_for_benchmark", lambda self: small)
    configs = [triton.Config({"BLOCK": size}, num_warps=4) for size in (64, 256)]

    @triton.autotune(configs=configs, key=["n"], restore_value=["out"])
    @triton.jit
    def accumulate(x, out, n, BLOCK: tl.constexpr):
        offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
        mask = offsets < n
        tl.store(out + offsets, tl.load(out + offsets, mask) + tl.load(x + offsets, mask), mask)

    x, out = torch.randn(1000), torch.ones(1000)
    accumulate[lambda meta: (triton.cdiv(1000, meta["BLOCK"]),)](x, out, 1000)
    assert torch.equal(out, x + 1)
    assert accumulate.best_config.kwargs["BLOCK"] in (64, 256)
    assert all(0 < time < 100 for times in accumulate.configs_timings.values() for time in times)


def test_heuristics_choose_constants() -> None:
    @triton.heuristics({"BLOCK": lambda args: triton.next_power_of_2(args["n"])})
    @triton.jit
    def negate(x, n, BLOCK: tl.constexpr):
        offsets = tl.arange(0, BLOCK)
        tl.store(x + offsets, -tl.load(x + offsets, offsets < n), offsets < n)

    x = torch.arange(100, dtype=torch.float32)
    negate[(1,)](x, 100)
    assert torch.equal(x, -torch.arange(100, dtype=torch.float32))


def test_occupancy_arithmetic_works_as_in_the_tutorials() -> None:
    kernel = store_kernel.warmup(torch.int32, 5, grid=(1,))
    kernel._init_handles()
    properties = triton.runtime.driver.active.utils.get_device_properties(0)
    warps = kernel.n_regs * properties["warpSize"] * 1
    occupancy = min(properties["max_num_regs"] // warps, 10**9 // kernel.metadata.shared)
    assert occupancy >= 1
    assert kernel.n_spills == 0


# -- processes and threads -------------------------------------------------------------------


def test_a_launch_releases_the_interpreter() -> None:
    @triton.jit
    def spin(out, n):
        total = 0
        for i in range(n):
            total += i * i ^ total
        tl.store(out, total)

    out = torch.zeros(1, dtype=torch.int32)
    spin[(1,)](out, 10)
    n = 1000
    while True:
        start = time.perf_counter()
        spin[(1,)](out, n)
        if time.perf_counter() - start > 0.2:
            break
        n *= 4
    thread = threading.Thread(target=lambda: spin[(1,)](out, n))
    thread.start()
    ticks = 0
    while thread.is_alive():
        ticks += 1
        time.sleep(0.001)
    assert ticks > 20


def test_threads_launch_the_same_kernel_at_once() -> None:
    results: dict[int, bool] = {}

    def work(number: int) -> None:
        x = torch.full((5000,), float(number))
        out = torch.empty(5000)
        for _ in range(50):
            add_kernel[(40,)](x, x, out, 5000, BLOCK=128)
        results[number] = bool((out == 2 * number).all())

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert results == dict.fromkeys(range(4), True)


SCRIPT = """
import os, sys, torch, triton, triton.language as tl
from triton import knobs

@triton.jit
def double(x, N: tl.constexpr):
    offsets = tl.arange(0, N)
    tl.store(x + offsets, tl.load(x + offsets) * 2)

knobs.compilation.listener = lambda **known: print("hit" if known["cache_hit"] else "miss")
x = torch.ones(64)
kernel = double.warmup(x, N=64, grid=(1,))
if "fork" in sys.argv:
    child = os.fork()
    if child:
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    x = torch.ones(64)
double[(1,)](x, N=64)
assert torch.equal(x, torch.full((64,), 2.0))
kernel._init_handles()
print(kernel.function.path)
"""


def run(script: Path, *arguments: str, **environment: str) -> list[str]:
    known = {**os.environ, "TRITON_DEFAULT_BACKEND": "cpu", **environment}
    result = subprocess.run(
        [sys.executable, str(script), *arguments],
        env=known, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return result.stdout.split()


def test_a_second_process_loads_what_the_first_stored(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    missed, first = run(script)
    hit, second = run(script)
    assert (missed, hit) == ("miss", "hit")
    assert first == second
    assert first.startswith(os.environ["TRITON_CACHE_DIR"])
    assert Path(first).name == "double.so"


def test_a_fork_launches_what_its_parent_compiled(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    assert run(script, "fork")[-1].endswith("double.so")


def test_the_code_outlives_the_kernel() -> None:
    @triton.jit
    def brief(x):
        tl.store(x, 1)

    kernel = brief[(1,)](torch.zeros(1))
    path = kernel.function.path
    brief.device_caches.clear()
    del kernel
    assert path in Path("/proc/self/maps").read_text()


def test_binaries_for_gpus_only_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRITON_STORE_BINARY_ONLY", "1")

    @triton.jit
    def unstored(x):
        tl.store(x, 2)

    with pytest.raises(ValueError, match="TRITON_STORE_BINARY_ONLY"):
        unstored[(1,)](torch.zeros(1))


def test_names_of_the_c_library_do_no_harm() -> None:
    @triton.jit
    def memset(x, N: tl.constexpr):
        tl.store(x + tl.arange(0, N), tl.zeros((N,), tl.float32))

    x = torch.ones(4096)
    memset[(1,)](x, N=4096)
    assert not x.any()


def test_errors_of_this_back_end_have_a_common_base() -> None:
    assert issubclass(DeviceAssertionError, TritonCpuError)
