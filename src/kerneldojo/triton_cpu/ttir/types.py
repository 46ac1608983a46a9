"""Types in Triton IR's text, and which result types each operation's type list means."""

from __future__ import annotations

from kerneldojo.triton_cpu.ttir.ir import Type


def split_top(text: str, separator: str = ",") -> list[str]:
    """Splits at separators outside every bracket; empty text has no parts."""
    parts, depth, start, previous, quoted = [], 0, 0, "", False
    for at, character in enumerate(text):
        if character == '"' and previous != "\\":
            quoted = not quoted
        elif quoted:
            pass
        elif character in "([{<":
            depth += 1
        elif character in ")]}" or (character == ">" and previous != "-"):
            depth -= 1
        elif character == separator and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
        previous = character
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def parse_type(text: str) -> Type:
    """`tensor<64x32x!tt.ptr<f16>>` and everything simpler."""
    text = text.strip()
    if not text.startswith("tensor<"):
        return _scalar(text)
    inner = text[len("tensor<") : -1]
    shape = []
    while True:
        head, found, tail = inner.partition("x")
        if not (found and head.isdigit()):
            break
        shape.append(int(head))
        inner = tail
    scalar = _scalar(inner)
    return scalar.with_shape(tuple(shape))


def _scalar(text: str) -> Type:
    text = text.strip()
    if text.startswith("!tt.ptr<"):
        inner = split_top(text[len("!tt.ptr<") : -1])[0]
        return Type("ptr", None, inner)
    if text.startswith("!tt.tensordesc"):
        return Type("tensordesc", None, text)
    return Type("i64" if text == "index" else text)


def result_types(name: str, text: str, operands: list[Type]) -> list[Type]:
    """The result types of an operation from what stands after its ` : `.

    MLIR prints as few types as it can; which ones depends on the operation.
    """
    text = text.strip()
    if name in _NO_RESULT:
        return []
    if not text:
        return [Type("i1")] if name == "arith.constant" else []
    if name in ("arith.cmpi", "arith.cmpf"):
        return [Type("i1", parse_type(text).shape)]
    if name == "arith.select":
        return [parse_type(split_top(text)[-1])]
    if name == "tt.load":
        pointer = parse_type(text)
        return [parse_type(pointer.pointee).with_shape(pointer.shape)]
    if name == "tt.addptr":
        return [parse_type(split_top(text)[0])]
    if name == "tt.unsplat":
        return [parse_type(text).with_shape(None)]
    if name == "tt.split":
        (result,) = [parse_type(part) for part in _after(text)]
        return [result, result]
    if " -> " in text or " to " in text:
        return [parse_type(part) for part in _after(text)]
    return [parse_type(split_top(text)[0])]


def _after(text: str) -> list[str]:
    arrow = " -> " if " -> " in text else " to "
    results = text.rsplit(arrow, 1)[1].strip()
    return split_top(results[1:-1] if results.startswith("(") else results)


_NO_RESULT = frozenset(
    "tt.store tt.print tt.assert tt.return scf.yield tt.reduce.return tt.scan.return "
    "tt.map_elementwise.return llvm.intr.assume ttg.barrier gpu.barrier tt.descriptor_store "
    "tt.descriptor_scatter tt.descriptor_reduce".split()
)
