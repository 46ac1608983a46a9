"""`tt.print` and `tt.assert`: what a kernel says, and how it says that something is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.llvm.module import EXTERNALS
from kerneldojo.triton_cpu.lowering import casts
from kerneldojo.triton_cpu.lowering.elements import is_float
from kerneldojo.triton_cpu.lowering.evaluate import Evaluator
from kerneldojo.triton_cpu.lowering.form import as_vector
from kerneldojo.triton_cpu.lowering.frame import Frame
from kerneldojo.triton_cpu.ttir.ir import Op

_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def text_of(op: Op) -> str:
    """The string literal of an operation, unescaped."""
    match = _STRING.search(op.attributes["text"])
    raw = match[1] if match else ""
    return (
        re.sub(r"\\([0-9A-Fa-f]{2})", lambda m: chr(int(m[1], 16)), raw)
        .replace('\\"', '"')
        .replace("\\\\", "\\")
    )


def write_assert(e: Evaluator, op: Op) -> None:
    """Ends the program if any element is false."""
    found = e.at_index(op.operands[0], e.writer.index)
    if found.is_uniform:
        check(e.frame, op, found.base())
    else:
        check(e.frame, op, e.b.intrinsic("vector.reduce.and", e.vector(found), type="i1"))


def check(frame: Frame, op: Op, holds: Value) -> None:
    """Leaves the kernel with the number of this assertion unless `holds`."""
    place = f" ({op.location})" if op.location else ""
    frame.messages.append(f"{text_of(op)}{place}")
    b = frame.b
    fine, failed = b.open("holds"), b.open("failed")
    b.branch_if(holds, fine, failed)
    b.move(failed)
    frame.leave(b.const("i32", len(frame.messages)))
    b.move(fine)


def write_print(e: Evaluator, op: Op) -> None:
    """Prints the elements of this vector, one line each operand and element."""
    b, width = e.b, e.width
    index = [as_vector(b, form, width) for form in e.writer.index]
    values = [e.vector(e.data(operand, e.writer.index)) for operand in op.operands]
    digits = [len(str(extent - 1)) for extent in e.writer.layout.shape]
    with b.loop(
        b.const("i64", 0), b.const("i64", width), b.const("i64", 1), count_is_positive=True
    ) as lane:
        place = [b.extract(form, lane) for form in index]
        which = ", ".join(f"%{count}lld" for count in digits)
        lanes = [b.extract(value, lane) for value in values]
        print_line(e.frame, op, lanes, which, place)


def print_line(
    frame: Frame, op: Op, values: Sequence[Value], which: str = "", index: Sequence[Value] = ()
) -> None:
    """`pid (0, 0, 0) idx (3) prefix: 1.5`, as Triton prints on a GPU.

    Args:
        frame: the kernel.
        op: the `tt.print`.
        values: what its operands are here.
        which: how the index is written.
        index: the index of the values, if they are elements of tensors.
    """
    b = frame.b
    place = f" idx ({which})" if values else ""
    head = f"pid (%d, %d, %d){place}" + text_of(op).replace("%", "%%")
    signs = [
        int(part)
        for part in re.findall(r"-?\d+", op.attributes.get("isSigned", "").partition(":")[2])
    ]
    hexadecimal = op.attributes.get("hex") == "true"
    if not values:
        _printf(frame, head + "\n", frame.program.pid)
    for number, (operand, value) in enumerate(zip(op.operands, values, strict=True)):
        signed = bool(signs[number]) if number < len(signs) else True
        form, argument = _formatted(
            b, operand.type.element, value, signed=signed, hexadecimal=hexadecimal
        )
        which = f"(operand {number}) " if len(values) > 1 else ""
        _printf(frame, f"{head}{which}{form}\n", [*frame.program.pid, *index, argument])


def _formatted(
    b: Builder, element: str, value: Value, *, signed: bool, hexadecimal: bool
) -> tuple[str, Value]:
    if element == "ptr":
        return "%p", value
    if is_float(element):
        return "%a" if hexadecimal else "%f", casts.convert(b, value, element, "f64")
    digits = max(1, int(element[1:]) // 4)
    wide = b.cast("zext" if hexadecimal or not signed or element == "i1" else "sext", value, "i64")
    if hexadecimal:
        return f"0x%0{digits}llx", wide
    return ("%lld" if signed else "%llu"), wide


def _printf(frame: Frame, form: str, arguments: Sequence[Value]) -> None:
    b = frame.b
    place = b.const("i64", frame.module.external("printf"))
    slot = b.gep("ptr", Value("ptr", f"@{EXTERNALS}"), place)
    function = b.load("ptr", slot, 8)
    string = Value("ptr", frame.module.string(form))
    b.call_variadic("i32 (ptr, ...)", function, string, *arguments)
