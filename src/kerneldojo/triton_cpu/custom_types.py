"""Conversions of fp8e4b15, a type that Triton keeps as raw bytes and asks back ends to convert.

Its values are float16's with three bits of mantissa and one bit less of exponent, and the
conversions are those of Triton's NVIDIA back end bit by bit, written as arithmetic on integers.
"""

from __future__ import annotations

from typing import Any

from triton.language import core

_LARGEST = 0x3F00  # 1.75, above which float16 values saturate
_HALF_ULP = 0x80


@core.builtin  # type: ignore[untyped-decorator]
def convert_fp8e4b15(
    value: Any, target: Any, fp_downcast_rounding: Any = None, _semantic: Any = None
) -> Any:
    """Converts between fp8e4b15 and another floating-point type.

    Args:
        value: a scalar or tensor; one side of the conversion is fp8e4b15.
        target: the type to convert to.
        fp_downcast_rounding: ignored, as on a GPU: downcasts round half away from zero.
    """
    if value.type.scalar.is_fp8e4b15():
        return _to_half(value, _semantic).to(target.scalar, _semantic=_semantic)
    if not value.type.scalar.is_fp16():
        single = value.to(core.float32, _semantic=_semantic)
        value = single.to(core.float16, fp_downcast_rounding="rtz", _semantic=_semantic)
    return _from_half(value, _semantic)


def _to_half(value: Any, semantic: Any) -> Any:
    byte = value.to(core.uint8, bitcast=True, _semantic=semantic)
    bits = byte.to(core.uint16, _semantic=semantic)
    sign = _masked_shift(bits, 0x80, "shl", 8, semantic)
    rest = _masked_shift(bits, 0x7F, "shl", 7, semantic)
    return semantic.or_(sign, rest).to(core.float16, bitcast=True, _semantic=semantic)


def _from_half(value: Any, semantic: Any) -> Any:
    bits = value.to(core.uint16, bitcast=True, _semantic=semantic)
    magnitude = semantic.and_(bits, _constant(0x7FFF, semantic))
    largest = _constant(_LARGEST, semantic)
    magnitude = semantic.where(semantic.less_than(magnitude, largest), magnitude, largest)
    doubled = semantic.shl(magnitude, _constant(1, semantic))
    rounded = semantic.add(doubled, _constant(_HALF_ULP, semantic), sanitize_overflow=False)
    rest = semantic.lshr(rounded, _constant(8, semantic))
    sign = _masked_shift(bits, 0x8000, "lshr", 8, semantic)
    byte = semantic.or_(sign, rest).to(core.uint8, _semantic=semantic)
    return byte.to(core.float8e4b15, bitcast=True, _semantic=semantic)


def _masked_shift(bits: Any, mask: int, shift: str, by: int, semantic: Any) -> Any:
    kept = semantic.and_(bits, _constant(mask, semantic))
    return getattr(semantic, shift)(kept, _constant(by, semantic))


def _constant(value: int, semantic: Any) -> Any:
    return semantic.scalar_constant(value, core.uint16)
