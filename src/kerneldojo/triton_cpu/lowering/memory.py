"""Loads and stores of user memory, from scalars to gathers.

Consecutive addresses become vector loads and stores. Addresses that are only known at run time
are tested: neighbours in fact (a stride argument that is 1, indices reduced by a size that
does not wrap here) take the vector path too.
"""

from __future__ import annotations

from collections.abc import Callable

from kerneldojo.triton_cpu.llvm.builder import Builder, Value, mangled
from kerneldojo.triton_cpu.llvm.types import byte_size, lanes, vector
from kerneldojo.triton_cpu.lowering.buffers import gather
from kerneldojo.triton_cpu.lowering.elements import memory
from kerneldojo.triton_cpu.lowering.form import Form, as_vector, uniform


def load(
    b: Builder, element: str, pointer: Form, mask: Form | None, other: Form | None, width: int
) -> Form:
    """The elements `pointer` points at where `mask` is set, else `other` (0 if there is none)."""
    kind = memory(element)
    forms = [form for form in (pointer, mask, other) if form is not None]
    level = max(form.level for form in forms)
    if all(form.is_uniform for form in forms):
        scalar = _scalar_load(
            b,
            kind,
            pointer.base(),
            mask.base() if mask is not None else None,
            _raw(b, element, other),
        )
        return uniform(_cooked(b, element, scalar), level)
    type = vector(kind, width)
    chosen = None if mask is None else as_vector(b, mask, width)
    rest = (
        b.const(type, 0) if other is None else _memory_form(b, element, as_vector(b, other, width))
    )
    if pointer.is_consecutive:
        loaded = _vector_load(b, type, pointer.base(), chosen, rest)
    elif pointer.vector is None:
        addresses = as_vector(b, pointer, width, kind)
        loaded = gather(b, kind, addresses, chosen, rest)
    else:
        loaded = _tested_load(b, type, pointer.vector, chosen, rest)
    return Form(level, vector=_cooked(b, element, loaded))


def store(
    b: Builder, element: str, pointer: Form, value: Form, mask: Form | None, width: int
) -> None:
    """Writes `value` where `mask` is set; of lanes with one address the last one wins."""
    kind = memory(element)
    if pointer.is_uniform and value.is_uniform and (mask is None or mask.is_uniform):
        scalar_store(
            b,
            _memory_form(b, element, value.base()),
            pointer.base(),
            mask.base() if mask is not None else None,
        )
        return
    stored = _memory_form(b, element, as_vector(b, value, width))
    chosen = None if mask is None else as_vector(b, mask, width)
    if pointer.is_consecutive:
        _vector_store(b, stored, pointer.base(), chosen)
    elif pointer.vector is None:
        _scatter(b, stored, as_vector(b, pointer, width, kind), chosen)
    else:
        _tested_store(b, stored, pointer.vector, chosen)


def scalar_store(b: Builder, value: Value, pointer: Value, mask: Value | None) -> None:
    """Writes one element if `mask`."""
    align = byte_size(value.type)
    if mask is None or mask.constant is True:
        b.store(value, pointer, align)
        return
    when(b, mask, lambda: b.store(value, pointer, align))


def when(b: Builder, condition: Value, body: Callable[[], None]) -> None:
    """Runs what `body` emits only if the scalar condition holds."""
    yes, done = b.open("then"), b.open("endif")
    b.branch_if(condition, yes, done)
    b.move(yes)
    body()
    b.branch(done)
    b.move(done)


def _scalar_load(
    b: Builder, kind: str, pointer: Value, mask: Value | None, other: Value | None
) -> Value:
    align = byte_size(kind)
    if mask is None or mask.constant is True:
        return b.load(kind, pointer, align)
    before, yes, done = b.block, b.open("then"), b.open("endif")
    b.branch_if(mask, yes, done)
    b.move(yes)
    loaded = b.load(kind, pointer, align)
    b.branch(done)
    b.move(done)
    phi = b.phi(kind)
    phi.add(loaded, yes)
    phi.add(other or b.const(kind, 0), before)
    return phi.value


def _vector_load(b: Builder, type: str, pointer: Value, mask: Value | None, other: Value) -> Value:
    align = byte_size(type[1:-1].split(" x ")[1])
    if mask is None or mask.constant is True:
        return b.load(type, pointer, align)
    name = f"llvm.masked.load.{mangled(type)}.p0"
    return b.call(type, name, pointer, b.const("i32", align), mask, other)


def _vector_store(b: Builder, value: Value, pointer: Value, mask: Value | None) -> None:
    align = byte_size(value.type[1:-1].split(" x ")[1])
    if mask is None or mask.constant is True:
        b.store(value, pointer, align)
        return
    name = f"llvm.masked.store.{mangled(value.type)}.p0"
    b.call("void", name, value, pointer, b.const("i32", align), mask)


def _scatter(b: Builder, value: Value, addresses: Value, mask: Value | None) -> None:
    width = lanes(value.type)
    kind = value.type[1:-1].split(" x ")[1]
    mask = mask or b.const(vector("i1", width), True)
    name = f"llvm.masked.scatter.{mangled(value.type)}.v{width}p0"
    b.call("void", name, value, addresses, b.const("i32", byte_size(kind)), mask)


def _neighbours(b: Builder, addresses: Value, kind: str) -> tuple[Value, Value]:
    """Lane 0's address, and whether all lanes follow it one element apart."""
    width = lanes(addresses.type)
    first = b.extract(addresses, 0)
    expected = b.gep(kind, first, b.vector_const("i64", range(width)))
    equal = b.icmp("eq", b.cast("ptrtoint", addresses, "i64"), b.cast("ptrtoint", expected, "i64"))
    return first, b.intrinsic("vector.reduce.and", equal, type="i1")


def _tested_load(
    b: Builder, type: str, addresses: Value, mask: Value | None, other: Value
) -> Value:
    kind = type[1:-1].split(" x ")[1]
    first, together = _neighbours(b, addresses, kind)
    near, far, done = b.open("near"), b.open("far"), b.open("loaded")
    b.branch_if(together, near, far)
    b.move(near)
    quick = _vector_load(b, type, first, mask, other)
    b.branch(done)
    b.move(far)
    slow = gather(b, kind, addresses, mask, other)
    b.branch(done)
    b.move(done)
    phi = b.phi(type)
    phi.add(quick, near)
    phi.add(slow, far)
    return phi.value


def _tested_store(b: Builder, value: Value, addresses: Value, mask: Value | None) -> None:
    kind = value.type[1:-1].split(" x ")[1]
    first, together = _neighbours(b, addresses, kind)
    near, far, done = b.open("near"), b.open("far"), b.open("stored")
    b.branch_if(together, near, far)
    b.move(near)
    _vector_store(b, value, first, mask)
    b.branch(done)
    b.move(far)
    _scatter(b, value, addresses, mask)
    b.branch(done)
    b.move(done)


def _raw(b: Builder, element: str, form: Form | None) -> Value | None:
    return None if form is None else _memory_form(b, element, form.base())


def _memory_form(b: Builder, element: str, value: Value) -> Value:
    return b.cast("zext", value, "i8") if element == "i1" else value


def _cooked(b: Builder, element: str, value: Value) -> Value:
    return b.icmp("ne", value, b.const(value.type, 0)) if element == "i1" else value
