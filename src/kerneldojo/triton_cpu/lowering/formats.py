"""How f16, bf16 and the 8-bit floats lay out their bits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SmallFloat:
    """A floating format of 8 or 16 bits.

    `largest`, `infinity` and `nan` are codes without the sign; a format without infinities or
    NaN has None there. With `negative_zero_is_nan` the code of minus zero is the only NaN.
    """

    bits: int
    mantissa: int
    bias: int
    largest: int
    infinity: int | None
    nan: int | None
    negative_zero_is_nan: bool = False


SMALL_FLOATS = {
    "f16": SmallFloat(16, 10, 15, 0x7BFF, 0x7C00, 0x7E00),
    "bf16": SmallFloat(16, 7, 127, 0x7F7F, 0x7F80, 0x7FC0),
    "f8E5M2": SmallFloat(8, 2, 15, 0x7B, 0x7C, 0x7E),
    "f8E4M3FN": SmallFloat(8, 3, 7, 0x7E, None, 0x7F),
    "f8E5M2FNUZ": SmallFloat(8, 2, 16, 0x7F, None, 0x80, True),
    "f8E4M3FNUZ": SmallFloat(8, 3, 8, 0x7F, None, 0x80, True),
    # Triton's fp8e4b15: MLIR's name notwithstanding it has a bias of 15, a minus zero and no
    # NaN; its largest code is never produced, and what is no number becomes the one below.
    "f8E4M3B11FNUZ": SmallFloat(8, 3, 15, 0x7E, None, None),
}
