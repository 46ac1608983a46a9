"""The entry point of a shared object: runs every program of a grid, on as many threads as asked.

Programs are handed out in chunks by an atomic counter, so that uneven programs still keep
every thread busy. The threads belong to the OpenMP library the process has already loaded:
a launch shares PyTorch's pool, and never competes with it.

    i32 @"launch.NAME"(ptr arguments, i32 x, i32 y, i32 z, i32 threads, ptr scratch)

`arguments` has one slot of eight bytes per kernel parameter. `scratch` begins with `HEADER`
bytes for the program ids of a failed assertion; then follows each thread's own memory.
The result is 0, or 1 + the index of the assertion that failed first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kerneldojo.triton_cpu.llvm.builder import Block, Builder, Value
from kerneldojo.triton_cpu.llvm.module import EXTERNALS, Module
from kerneldojo.triton_cpu.lowering.elements import memory

HEADER = 64
CHUNKS_PER_THREAD = 8

_FIELDS = {
    "total": "i64",
    "chunk": "i64",
    "arguments": "ptr",
    "scratch": "ptr",
    "x": "i32",
    "y": "i32",
    "z": "i32",
    "tickets": "i32",
    "failure": "i32",
    "next": "i64",
}
_CONTEXT = f"{{ {', '.join(_FIELDS.values())} }}"
_GRID = ("x", "y", "z")


def symbol(name: str) -> str:
    """The exported symbol that launches kernel `name`."""
    return f"launch.{name}"


def worker_bytes(scratch_bytes: int) -> int:
    """What one thread's scratch memory takes: whole cache lines, so that threads share none."""
    return (scratch_bytes + 63) // 64 * 64


def emit_entry(module: Module, name: str, arguments: Sequence[str], scratch_bytes: int) -> None:
    """Adds the entry point of the kernel whose function `@program` is in `module`.

    Args:
        module: takes the new functions.
        name: the kernel's name.
        arguments: the element types of the kernel's parameters.
        scratch_bytes: the scratch memory one program needs.
    """
    module.functions.append(_worker(module, arguments, worker_bytes(scratch_bytes)))
    module.functions.append(_launch(module, name))


@dataclass(frozen=True, slots=True)
class _Context:
    """The fields of the launch that the workers share."""

    builder: Builder
    pointer: Value

    def field(self, name: str) -> Value:
        at = list(_FIELDS).index(name)
        return self.builder.emit(
            "ptr", f"getelementptr inbounds {_CONTEXT}, {self.pointer}, i32 0, i32 {at}"
        )

    def get(self, name: str) -> Value:
        return self.builder.load(_FIELDS[name], self.field(name), _align(name))

    def set(self, name: str, value: Value) -> None:
        self.builder.store(value, self.field(name), _align(name))

    def fetch_add(self, name: str, amount: Value) -> Value:
        kind = _FIELDS[name]
        return self.builder.emit(kind, f"atomicrmw add {self.field(name)}, {amount} monotonic")


def _align(field: str) -> int:
    return 4 if _FIELDS[field] == "i32" else 8


# -- the launch ------------------------------------------------------------------------------


def _launch(module: Module, name: str) -> str:
    quoted = symbol(name).replace("\\", "\\5C").replace('"', "\\22")
    parameters = "ptr %arguments, i32 %x, i32 %y, i32 %z, i32 %threads, ptr %scratch"
    builder = Builder(module, f'define i32 @"{quoted}"({parameters}) nounwind')
    run, team, alone, done, nothing = map(builder.open, ("run", "team", "alone", "done", "nothing"))
    sizes = [builder.cast("zext", Value("i32", f"%{axis}"), "i64") for axis in _GRID]
    total = builder.op("mul", builder.op("mul", sizes[0], sizes[1]), sizes[2])
    builder.branch_if(builder.icmp("eq", total, builder.const("i64", 0)), nothing, run)
    builder.move(nothing)
    builder.ret(builder.const("i32", 0))

    builder.move(run)
    workers = builder.call(
        "i64",
        "llvm.umin.i64",
        builder.cast("zext", Value("i32", "%threads"), "i64"),
        total,
    )
    context = _new_context(builder, total, workers)
    threads = _thread_library(builder)
    several = builder.icmp("ugt", workers, builder.const("i64", 1))
    available = builder.icmp("ne", threads, builder.const("ptr", 0))
    builder.branch_if(builder.op("and", several, available), team, alone)
    builder.move(team)
    arguments = (context.pointer, builder.cast("trunc", workers, "i32"), builder.const("i32", 0))
    builder.call_pointer("void", threads, Value("ptr", "@worker"), *arguments)
    builder.branch(done)
    builder.move(alone)
    builder.call("void", "worker", context.pointer)
    builder.branch(done)
    builder.move(done)
    builder.ret(context.get("failure"))
    return builder.finish()


def _new_context(builder: Builder, total: Value, workers: Value) -> _Context:
    context = _Context(builder, builder.emit("ptr", f"alloca {_CONTEXT}, align 64"))
    one, none = builder.const("i64", 1), builder.const("i32", 0)
    shares = builder.op("mul", workers, builder.const("i64", CHUNKS_PER_THREAD))
    shared = builder.call("i64", "llvm.umax.i64", builder.op("udiv", total, shares), one)
    alone = builder.icmp("ule", workers, one)
    context.set("total", total)
    context.set("chunk", builder.select(alone, total, shared))
    context.set("arguments", Value("ptr", "%arguments"))
    context.set("scratch", Value("ptr", "%scratch"))
    for axis in _GRID:
        context.set(axis, Value("i32", f"%{axis}"))
    for counter in ("tickets", "failure"):
        context.set(counter, none)
    context.set("next", builder.const("i64", 0))
    return context


def _thread_library(builder: Builder) -> Value:
    """The function that runs a worker on a team of threads; null where there is none."""
    place = builder.module.external("GOMP_parallel")
    slot = builder.emit("ptr", f"getelementptr inbounds ptr, ptr @{EXTERNALS}, i64 {place}")
    return builder.load("ptr", slot, 8)


# -- one worker ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Kernel:
    """What every call of `@program` is given beside its place in the grid."""

    context: _Context
    arguments: list[Value]
    grid: list[Value]
    scratch: Value

    def call(self, builder: Builder, place: Sequence[Value]) -> Value:
        trailing = (*place, *self.grid, self.scratch, self.context.pointer)
        return builder.call("i32", "program", *self.arguments, *trailing)


def _worker(module: Module, arguments: Sequence[str], scratch_bytes: int) -> str:
    builder = Builder(module, "define internal void @worker(ptr %context) noinline nounwind")
    context = _Context(builder, Value("ptr", "%context"))
    claim, begin, done = map(builder.open, ("claim", "begin", "done"))
    grid = [context.get(axis) for axis in _GRID]
    total, chunk = context.get("total"), context.get("chunk")
    values = _arguments(builder, context.get("arguments"), arguments)
    kernel = _Kernel(context, values, grid, _own_scratch(context, scratch_bytes))
    builder.branch(claim)

    builder.move(claim)
    start = context.fetch_add("next", chunk)
    failure = builder.emit("i32", f"load atomic i32, {context.field('failure')} monotonic, align 4")
    healthy = builder.icmp("eq", failure, builder.const("i32", 0))
    left = builder.icmp("ult", start, total)
    builder.branch_if(builder.op("and", left, healthy), begin, done)
    builder.move(done)
    builder.ret()

    builder.move(begin)
    stop = builder.call("i64", "llvm.umin.i64", builder.op("add", start, chunk), total)
    _run_chunk(builder, kernel, (start, stop), (claim, done))
    return builder.finish()


def _arguments(builder: Builder, slots: Value, elements: Sequence[str]) -> list[Value]:
    values = []
    for index, element in enumerate(elements):
        slot = builder.gep("i64", slots, builder.const("i64", index), inbounds=True)
        value = builder.load(memory(element), slot, 8)
        values.append(builder.cast("trunc", value, "i1") if element == "i1" else value)
    return values


def _own_scratch(context: _Context, scratch_bytes: int) -> Value:
    builder = context.builder
    ticket = builder.cast("zext", context.fetch_add("tickets", builder.const("i32", 1)), "i64")
    offset = builder.op("mul", ticket, builder.const("i64", scratch_bytes))
    offset = builder.op("add", offset, builder.const("i64", HEADER))
    return builder.gep("i8", context.get("scratch"), offset, inbounds=True)


def _run_chunk(
    builder: Builder, kernel: _Kernel, span: tuple[Value, Value], blocks: tuple[Block, Block]
) -> None:
    """Runs the programs from `span[0]` to `span[1]`, then branches to claim more, or ends."""
    (start, stop), (claim, done), before = span, blocks, builder.block
    wide = [builder.cast("zext", size, "i64") for size in kernel.grid]
    row, first_x = builder.op("udiv", start, wide[0]), builder.op("urem", start, wide[0])
    first_z, first_y = builder.op("udiv", row, wide[1]), builder.op("urem", row, wide[1])
    first = [builder.cast("trunc", at, "i32") for at in (first_x, first_y, first_z)]
    program, following, failed = map(builder.open, ("program", "following", "failed"))
    builder.branch(program)

    builder.move(program)
    index, *place = [builder.phi(value.type) for value in (start, *first)]
    for phi, value in zip((index, *place), (start, *first), strict=True):
        phi.add(value, before)
    here = [phi.value for phi in place]
    status = kernel.call(builder, here)
    passed = builder.icmp("eq", status, builder.const("i32", 0))
    builder.branch_if(passed, following, failed)

    builder.move(following)
    after = builder.op("add nuw nsw", index.value, builder.const("i64", 1))
    there = _step(builder, here, kernel.grid)
    for phi, value in zip((index, *place), (after, *there), strict=True):
        phi.add(value, following)
    builder.branch_if(builder.icmp("ult", after, stop), program, claim)

    builder.move(failed)
    _record(kernel.context, status, here)
    builder.branch(done)


def _step(builder: Builder, place: Sequence[Value], grid: Sequence[Value]) -> list[Value]:
    """The next program's ids; x runs fastest, as on a GPU."""
    one, zero = builder.const("i32", 1), builder.const("i32", 0)
    following, carry = [], one
    for at, size in zip(place[:2], grid[:2], strict=True):
        moved = builder.op("add", at, carry)
        wraps = builder.icmp("eq", moved, size)
        following.append(builder.select(wraps, zero, moved))
        carry = builder.cast("zext", wraps, "i32")
    return [*following, builder.op("add", place[2], carry)]


def _record(context: _Context, status: Value, place: Sequence[Value]) -> None:
    """Remembers the failed assertion and its program, unless another failed before."""
    builder = context.builder
    first, known = builder.open("first"), builder.open("known")
    before = builder.emit(
        "{ i32, i1 }", f"cmpxchg {context.field('failure')}, i32 0, {status} monotonic monotonic"
    )
    builder.branch_if(builder.emit("i1", f"extractvalue {before}, 1"), first, known)
    builder.move(first)
    ids = context.get("scratch")
    for axis, at in enumerate(place):
        builder.store(at, builder.gep("i32", ids, builder.const("i64", axis)), 4)
    builder.branch(known)
    builder.move(known)
