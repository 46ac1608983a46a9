"""Turns the arguments of a launch into the slots that a kernel's entry point reads.

Everything that depends only on the signature is prepared once: a launch converts each value
with one call, and packs them all with one more.
"""

from __future__ import annotations

import ctypes
import math
import operator
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any, NoReturn

from triton.backends.driver import decompose_descriptor, expand_signature

Convert = Callable[[Any], Any]


class Arguments:
    """The parameters of one compiled kernel.

    Attributes:
        types: the Triton type of every slot, in order.
    """

    def __init__(self, kernel: str, signature: Mapping[str, Any]) -> None:
        """`signature` maps parameter names to types as Triton writes them, perhaps nested."""
        self._kernel = kernel
        self._signature = tuple(signature.values())
        self._slots = [slot for name, kind in signature.items() for slot in _slots(str(name), kind)]
        self._converters = [slot.convert for slot in self._slots]
        self._pack = struct.Struct("<" + "".join(slot.code for slot in self._slots)).pack
        self._selectors = [kind != "constexpr" for kind in self._signature]
        self._nested = any(
            isinstance(kind, tuple) or _is_descriptor(kind) for kind in self._signature
        )
        self.types = tuple(slot.kind for slot in self._slots)

    def pack(self, values: Sequence[Any]) -> bytes:
        """The slots for one launch.

        Args:
            values: one per parameter, constants included.

        Raises:
            TypeError, ValueError: naming the kernel and the argument that does not fit.
        """
        try:
            if self._nested:
                leaves = _leaves(self._signature, values)
            else:
                leaves = compress(values, self._selectors)
            converted = zip(self._converters, leaves, strict=True)
            return self._pack(*[convert(value) for convert, value in converted])
        except (TypeError, ValueError, AttributeError, OverflowError, struct.error) as error:
            self._explain(values, error)

    def _explain(self, values: Sequence[Any], error: Exception) -> NoReturn:
        """Finds the argument at fault and says so."""
        count = len(self._signature)
        if len(values) != count:
            raise TypeError(
                f"kernel {self._kernel!r} takes {count} arguments, constants included; "
                f"{len(values)} were given"
            ) from error
        for slot, value in zip(self._slots, _leaves(self._signature, values), strict=True):
            try:
                struct.pack(f"<{slot.code}", slot.convert(value))
            except _WrongDevice as wrong:
                raise ValueError(
                    f"kernel {self._kernel!r}: argument {slot.name!r} {wrong}"
                ) from None
            except Exception:
                raise TypeError(
                    f"kernel {self._kernel!r}: argument {slot.name!r} must be "
                    f"{_noun(slot.kind)}, not {value!r:.100}"
                ) from None
        raise error


class _WrongDevice(ValueError):
    """A tensor that is not in the CPU's memory."""


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str
    kind: str
    code: str
    convert: Convert


def _slots(name: str, kind: Any) -> Iterator[_Slot]:
    if isinstance(kind, tuple):
        for at, part in enumerate(kind):
            yield from _slots(f"{name}[{at}]", part)
    elif _is_descriptor(kind):
        for part in expand_signature([kind], None, ""):
            yield from _slots(name, part)
    elif kind != "constexpr":
        code, convert = ("Q", _pointer) if kind.startswith("*") else _SCALARS[kind]
        yield _Slot(name, kind, code, convert)


def _leaves(signature: Sequence[Any], values: Sequence[Any]) -> Iterator[Any]:
    for kind, value in zip(signature, values, strict=True):
        if isinstance(kind, tuple):
            yield from _leaves(kind, value)
        elif _is_descriptor(kind):
            yield from decompose_descriptor(value)
        elif kind != "constexpr":
            yield value


def _is_descriptor(kind: str) -> bool:
    return kind.startswith("tensordesc")


# -- one value -------------------------------------------------------------------------------


def _pointer(value: Any) -> int:
    if getattr(value, "is_cpu", False):
        return int(value.data_ptr())
    if value is None:
        return 0
    if isinstance(value, int):
        return value
    device = getattr(value, "device", None)
    if getattr(device, "type", "cpu") != "cpu":
        raise _WrongDevice(f"is on {device}; a kernel compiled for the CPU reads its memory only")
    return int(value.data_ptr())


def _single(value: Any) -> float:
    """Rounded to float32; beyond its range, infinite."""
    return ctypes.c_float(value).value


def _half_bits(value: Any) -> int:
    try:
        code = struct.pack("<e", value)
    except OverflowError:
        code = struct.pack("<e", math.copysign(math.inf, value))
    return int.from_bytes(code, "little")


def _bfloat_bits(value: Any) -> int:
    bits = int.from_bytes(struct.pack("<f", _single(value)), "little")
    if math.isnan(value):
        return bits >> 16 | 0x40
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16


_INTEGERS = {
    "i8": "b7x", "i16": "h6x", "i32": "i4x", "i64": "q",
    "u8": "B7x", "u16": "H6x", "u32": "I4x", "u64": "Q",
}  # fmt: skip

_SCALARS: dict[str, tuple[str, Convert]] = {
    **dict.fromkeys(("i1", "u1"), ("?7x", bool)),
    **{kind: (code, operator.index) for kind, code in _INTEGERS.items()},
    "fp16": ("H6x", _half_bits),
    "bf16": ("H6x", _bfloat_bits),
    **dict.fromkeys(("fp32", "f32"), ("f4x", _single)),
    **dict.fromkeys(("fp64", "f64"), ("d", float)),
}


def _noun(kind: str) -> str:
    if kind.startswith("*"):
        return "a tensor, an address or None"
    if kind in _INTEGERS:
        return f"an integer that fits {kind}"
    return f"a number ({kind})"
