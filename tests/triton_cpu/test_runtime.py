"""The entry point, the tool chain and the loader, around kernels written in LLVM's language."""

from __future__ import annotations

import ctypes
import os
import struct
import threading
from collections import Counter
from pathlib import Path

import pytest

from kerneldojo.triton_cpu import binary, externals, threads, toolchain
from kerneldojo.triton_cpu.entry import HEADER, emit_entry, worker_bytes
from kerneldojo.triton_cpu.errors import CompilerFault, TritonCpuError
from kerneldojo.triton_cpu.host import detect
from kerneldojo.triton_cpu.llvm.module import Module
from kerneldojo.triton_cpu.lowering.elements import memory, register

GRID = "i32 %px, i32 %py, i32 %pz, i32 %gx, i32 %gy, i32 %gz, ptr noalias %scratch, ptr %context"
LINEAR = """
  %rows = mul i32 %pz, %gy
  %row = add i32 %rows, %py
  %cells = mul i32 %row, %gx
  %cell = add i32 %cells, %px
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path / "cache"))


def compiled(
    body: str, arguments: tuple[str, ...], *, name: str = "kernel", scratch_bytes: int = 0,
    extra: tuple[str, ...] = (),
) -> bytes:  # fmt: skip
    module = Module()
    for symbol in extra:
        module.external(symbol)
    own = [f"{register(kind)} %a{at}" for at, kind in enumerate(arguments)]
    parameters = ", ".join([*own, GRID])
    module.functions.append(f"define internal i32 @program({parameters}) {{\n{body}\n}}")
    emit_entry(module, name, arguments, scratch_bytes)
    text = module.text(detect().triple) + binary.names_global(tuple(module.externals))
    return toolchain.build(text, detect(), name)


def launch(function, slots, grid, *, workers=1, scratch_bytes=0) -> int:
    packed = b"".join(slots)
    memory = threads.scratch.reserve(HEADER + workers * worker_bytes(scratch_bytes))
    return function.launch(packed, *grid, workers, memory)


def pointer(buffer: ctypes.Array) -> bytes:
    return struct.pack("<Q", ctypes.addressof(buffer))


COUNT = f"""{LINEAR}
  %where = getelementptr i32, ptr %a0, i32 %cell
  %before = atomicrmw add ptr %where, i32 1 monotonic
  ret i32 0
"""


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("grid", [(1, 1, 1), (97, 1, 1), (3, 1, 5), (1, 130, 1), (7, 5, 3)])
def test_every_program_runs_once(workers: int, grid: tuple[int, int, int]) -> None:
    function = binary.load("kernel", compiled(COUNT, ("ptr",)))
    total = grid[0] * grid[1] * grid[2]
    counts = (ctypes.c_int32 * (total + 1))()
    assert launch(function, [pointer(counts)], grid, workers=workers) == 0
    assert list(counts) == [1] * total + [0]


@pytest.mark.parametrize("grid", [(0, 1, 1), (4, 0, 1), (4, 4, 0)])
def test_an_empty_grid_runs_nothing(grid: tuple[int, int, int]) -> None:
    function = binary.load("kernel", compiled(COUNT, ("ptr",)))
    counts = (ctypes.c_int32 * 16)()
    assert launch(function, [pointer(counts)], grid, workers=2) == 0
    assert not any(counts)


def test_more_programs_than_32_bits_count() -> None:
    body = """
  %odd = icmp eq i32 %px, 65535
  %result = zext i1 %odd to i32
  ret i32 %result
"""
    function = binary.load("kernel", compiled(body, ()))
    assert launch(function, [], (65536, 65536, 2)) == 1
    assert threads.scratch.failed_program() == (65535, 0, 0)


def test_a_failure_names_its_program_and_stops_the_rest() -> None:
    body = f"""{LINEAR}
  %where = getelementptr i32, ptr %a0, i32 %cell
  store i32 1, ptr %where
  %bad = icmp eq i32 %cell, 30
  %result = select i1 %bad, i32 3, i32 0
  ret i32 %result
"""
    function = binary.load("kernel", compiled(body, ("ptr",)))
    done = (ctypes.c_int32 * 105)()
    assert launch(function, [pointer(done)], (7, 5, 3)) == 3
    assert threads.scratch.failed_program() == (2, 4, 0)
    assert list(done) == [1] * 31 + [0] * 74


def test_the_first_of_many_failures_is_kept() -> None:
    function = binary.load("kernel", compiled("ret i32 2", ()))
    for _ in range(20):
        assert launch(function, [], (1000, 1, 1), workers=4) == 2
    assert threads.scratch.failed_program()[0] in range(1000)


def test_arguments_arrive_as_they_were_packed() -> None:
    kinds = ("ptr", "i1", "i8", "i16", "i32", "i64", "f16", "bf16", "f32", "f64", "f8E5M2")
    stores = []
    for at, kind in enumerate(kinds[1:], 1):
        value, type = f"%a{at}", register(kind)
        if kind == "i1":
            stores.append(f"%wide = zext i1 {value} to i8")
            value, type = "%wide", "i8"
        stores.append(f"%p{at} = getelementptr i64, ptr %a0, i64 {at}")
        stores.append(f"store {type} {value}, ptr %p{at}")
        assert memory(kind) == type
    function = binary.load("kernel", compiled("\n".join([*stores, "ret i32 0"]), kinds))
    out = (ctypes.c_uint64 * len(kinds))()
    slots = [pointer(out), *(bytes([at, 2, 3, 4, 5, 6, 7, 8]) for at in range(1, len(kinds)))]
    launch(function, slots, (1, 1, 1))
    widths = {"i1": 1, "i8": 1, "f8E5M2": 1, "i16": 2, "f16": 2, "bf16": 2, "i32": 4, "f32": 4}
    for at, kind in enumerate(kinds[1:], 1):
        width = widths.get(kind, 8)
        assert out[at].to_bytes(8, "little") == slots[at][:width] + bytes(8 - width), kind


def test_each_worker_has_scratch_of_its_own() -> None:
    """Programs that run at the same time see different, aligned memory."""
    body = f"""{LINEAR}
  %seen = getelementptr i64, ptr %a0, i32 %cell
  %address = ptrtoint ptr %scratch to i64
  store i64 %address, ptr %seen
  %end = getelementptr i8, ptr %scratch, i64 99
  store i8 1, ptr %end
  ret i32 0
"""
    function = binary.load("kernel", compiled(body, ("ptr",), scratch_bytes=100))
    seen = (ctypes.c_uint64 * 4000)()
    assert launch(function, [pointer(seen)], (4000, 1, 1), workers=4, scratch_bytes=100) == 0
    base = threads.scratch.reserve(0)
    assert set(seen) <= {base + HEADER + at * 128 for at in range(4)}


def test_outside_functions_are_reached_through_the_table() -> None:
    body = """
  %slot = getelementptr ptr, ptr @kd_externals, i64 1
  %function = load ptr, ptr %slot
  %result = call double %function(double %a1)
  store double %result, ptr %a0
  ret i32 0
"""
    function = binary.load("kernel", compiled(body, ("ptr", "f64"), extra=("sin", "cos")))
    out = ctypes.c_double()
    slots = [struct.pack("<Q", ctypes.addressof(out)), struct.pack("<d", 0.0)]
    launch(function, slots, (1, 1, 1))
    assert out.value == 1.0


def test_without_a_thread_library_one_thread_does_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(externals, "address", lambda name: 0)
    function = binary.load("alone", compiled(COUNT, ("ptr",), name="alone"))
    counts = (ctypes.c_int32 * 100)()
    launch(function, [pointer(counts)], (100, 1, 1), workers=4)
    assert list(counts) == [1] * 100


def test_an_unknown_outside_function_is_named() -> None:
    code = compiled("ret i32 0", (), extra=("no_such_function",))
    with pytest.raises(TritonCpuError, match="no_such_function"):
        binary.load("kernel", code)


def test_invalid_code_names_the_kernel() -> None:
    with pytest.raises(CompilerFault, match=r"'broken'(.|\n)*expected value"):
        compiled("ret i32 wrong", (), name="broken")
    with pytest.raises(CompilerFault, match=r"'broken'(.|\n)*does not dominate"):
        compiled("%x = add i32 %y, 1\n%y = add i32 %px, 1\nret i32 %x", (), name="broken")


def test_an_object_that_needs_more_does_not_load() -> None:
    host = detect()
    text = f"""target triple = "{host.triple}"
declare i32 @nowhere_to_be_found()
@kd_external_names = constant [1 x i8] zeroinitializer
define i32 @"launch.lost"() {{
  %x = call i32 @nowhere_to_be_found()
  ret i32 %x
}}
"""
    with pytest.raises(CompilerFault, match=r"'lost'.*nowhere_to_be_found"):
        binary.load("lost", toolchain.build(text, host, "lost"))


def test_an_object_is_mapped_from_a_file_that_stays() -> None:
    code = compiled(COUNT, ("ptr",), name="mapped")
    function = binary.load("mapped", code)
    assert Path(function.path).read_bytes() == code
    assert function.path.startswith(os.environ["TRITON_CACHE_DIR"])
    mapped = [line for line in Path("/proc/self/maps").read_text().splitlines() if "r-xp" in line]
    (line,) = [line for line in mapped if line.endswith(function.path)]
    low, high = (int(part, 16) for part in line.split()[0].split("-"))
    assert low <= function.address < high
    assert binary.load("mapped", code) is function


def test_names_need_not_be_identifiers() -> None:
    name = 'a "quoted\\ name", <f32>'
    function = binary.load(name, compiled("ret i32 0", (), name=name))
    assert launch(function, [], (2, 1, 1)) == 0


def test_two_contents_never_share_a_path() -> None:
    """The dynamic loader would answer the second with the first."""
    key = "ab" * 32
    one, two = compiled("ret i32 1", ()), compiled("ret i32 2", ())
    from triton.runtime.cache import get_cache_manager

    path = get_cache_manager(key).put(one, "kernel.so")
    binary.note_stored(key, "kernel")
    first = binary.load("kernel", one)
    get_cache_manager(key).put(two, "kernel.so")
    binary.note_stored(key, "kernel")
    second = binary.load("kernel", two)
    assert first.path == path != second.path
    assert [launch(function, [], (1, 1, 1)) for function in (first, second)] == [1, 2]


def test_threads_of_python_compile_and_launch_at_once() -> None:
    results: Counter[int] = Counter()

    def work(status: int) -> None:
        code = compiled(f"ret i32 {status}", (), name=f"kernel{status}")
        function = binary.load(f"kernel{status}", code)
        results[launch(function, [], (1, 1, 1))] += 1

    workers = [threading.Thread(target=work, args=(status,)) for status in (11, 12, 13, 14)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert results == {11: 1, 12: 1, 13: 1, 14: 1}


def test_a_missing_linker_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "_lld", lambda: None)
    monkeypatch.setattr(toolchain.shutil, "which", lambda name: None)
    with pytest.raises(TritonCpuError, match="Install binutils or lld"):
        compiled("ret i32 0", ())


def test_the_system_linker_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "_lld", lambda: None)
    function = binary.load("linked", compiled("ret i32 7", (), name="linked"))
    assert launch(function, [], (1, 1, 1)) == 7


def test_scratch_memory_is_kept_and_grows() -> None:
    memory = threads.Scratch()
    small = memory.reserve(100)
    assert memory.reserve(50) == small
    assert memory.reserve(10_000_000) % 64 == 0
    other: list[int] = []
    thread = threading.Thread(target=lambda: other.append(memory.reserve(100)))
    thread.start()
    thread.join()
    assert other[0] != memory.reserve(100)
