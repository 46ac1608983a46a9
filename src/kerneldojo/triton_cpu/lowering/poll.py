"""`tt.atomic_poll`: waits until memory holds an expected value, or time is up."""

from __future__ import annotations

from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.llvm.module import EXTERNALS
from kerneldojo.triton_cpu.llvm.types import byte_size, lanes
from kerneldojo.triton_cpu.ttir.ir import Op

_MONOTONIC_CLOCK = 1
_NANOSECONDS = 10**9


def emit(b: Builder, op: Op, operands: list[Value]) -> Value:
    """Polls one address, or lane after lane; returns where the value was seen.

    The program that changes the memory may need this thread's processor: every vain look
    gives it up. The lanes share one budget of time, and each is looked at once at least.
    """
    pointer, expected, *timeout = operands
    budget = (_now(b), _scalar(b, timeout[0])) if timeout else None
    acquires = op.attributes["text"].split(",")[0].strip() == "acquire"
    count = lanes(expected.type)
    if not count:
        seen = _wait(b, pointer, expected, budget)
    else:
        slot = b.entry_slot(f"<{count} x i8>")
        bounds = (b.const("i64", number) for number in (0, count, 1))
        with b.loop(*bounds, count_is_positive=True) as lane:
            one = _wait(b, b.extract(pointer, lane), b.extract(expected, lane), budget)
            place = b.gep("i8", slot, lane, inbounds=True)
            b.store(b.cast("zext", one, "i8"), place, 1)
        seen = b.cast("trunc", b.load(f"<{count} x i8>", slot, 64), "i1")
    if acquires:
        b.line("fence acquire")
    return seen


def _scalar(b: Builder, value: Value) -> Value:
    return b.extract(value, 0) if lanes(value.type) else value


def _wait(b: Builder, pointer: Value, expected: Value, budget: tuple[Value, Value] | None) -> Value:
    look, vain, done = b.open("look"), b.open("vain"), b.open("seen")
    b.branch(look)
    b.move(look)
    align = byte_size(expected.type)
    found = b.emit(
        expected.type, f"load atomic {expected.type}, {pointer} monotonic, align {align}"
    )
    equal = b.icmp("eq", found, expected)
    b.branch_if(equal, done, vain)
    b.move(vain)
    b.call_pointer("i32", _outside(b, "sched_yield"))
    if budget is None:
        b.branch(look)
    else:
        start, nanoseconds = budget
        over = b.icmp("uge", b.op("sub", _now(b), start), nanoseconds)
        b.branch_if(over, done, look)
    b.move(done)
    seen = b.phi("i1")
    seen.add(b.const("i1", True), look)
    if budget is not None:
        seen.add(b.const("i1", False), vain)
    return seen.value


def _now(b: Builder) -> Value:
    """Nanoseconds of a clock that never goes back."""
    slot = b.entry_slot("[2 x i64]")
    b.call_pointer("i32", _outside(b, "clock_gettime"), b.const("i32", _MONOTONIC_CLOCK), slot)
    seconds = b.load("i64", slot, 8)
    rest = b.load("i64", b.gep("i64", slot, b.const("i64", 1)), 8)
    return b.op("add", b.op("mul", seconds, b.const("i64", _NANOSECONDS)), rest)


def _outside(b: Builder, name: str) -> Value:
    place = b.const("i64", b.module.external(name))
    return b.load("ptr", b.gep("ptr", Value("ptr", f"@{EXTERNALS}"), place), 8)
