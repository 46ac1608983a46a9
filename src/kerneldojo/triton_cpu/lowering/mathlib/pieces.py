"""A vector cut into pieces of the widths a routine comes in, and put together again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.llvm.types import lanes


def in_pieces(
    b: Builder,
    arguments: Sequence[Value],
    widths: Sequence[int],
    compute: Callable[[Sequence[Value]], Value],
) -> Value:
    """`compute` on pieces of `arguments`, vectors of one length, joined again.

    Args:
        b: Where to write.
        arguments: The vectors.
        widths: The lane counts `compute` takes, widest first. What is left below the narrowest
            is filled up with copies of the last lane, so that no lane holds a surprise.
        compute: The result of pieces of one of these widths.
    """
    count, start = lanes(arguments[0].type), 0
    results: list[Value] = []
    while start < count:
        width = next((width for width in widths if width <= count - start), widths[-1])
        kept = min(width, count - start)
        picks = [min(start + lane, count - 1) for lane in range(width)]
        whole = compute([_picked(b, argument, picks) for argument in arguments])
        results.append(_picked(b, whole, range(kept)))
        start += kept
    return joined(b, results)


def joined(b: Builder, parts: Sequence[Value]) -> Value:
    """The lanes of all parts, in order; halves are joined first, as registers are."""
    if len(parts) == 1:
        return parts[0]
    middle = (len(parts) + 1) // 2
    left, right = joined(b, parts[:middle]), joined(b, parts[middle:])
    first, second = lanes(left.type), lanes(right.type)
    wide = max(first, second)
    left, right = _padded(b, left, wide), _padded(b, right, wide)
    return b.shuffle(left, right, [*range(first), *range(wide, wide + second)])


def _padded(b: Builder, value: Value, width: int) -> Value:
    count = lanes(value.type)
    return _picked(b, value, [lane if lane < count else -1 for lane in range(width)])


def _picked(b: Builder, value: Value, picks: Sequence[int]) -> Value:
    if list(picks) == list(range(lanes(value.type))):
        return value
    return b.shuffle(value, None, picks)
