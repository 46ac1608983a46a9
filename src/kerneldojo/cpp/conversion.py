"""Turn Python arguments into C ones: one small closure per parameter, made once."""

from __future__ import annotations

import ctypes
import operator
from collections.abc import Callable
from typing import Any

from kerneldojo.cpp.declarations import Parameter

Converter = Callable[[Any], Any]

C_TYPES: dict[str, Any] = {
    "bool": ctypes.c_bool,
    "float32": ctypes.c_float,
    "float64": ctypes.c_double,
    "int8": ctypes.c_int8,
    "int16": ctypes.c_int16,
    "int32": ctypes.c_int32,
    "int64": ctypes.c_int64,
    "uint8": ctypes.c_uint8,
    "uint16": ctypes.c_uint16,
    "uint32": ctypes.c_uint32,
    "uint64": ctypes.c_uint64,
}
# Several tensor types may share one C type: uint16_t carries the bits of the 16-bit floats.
_DTYPES = {
    "uint16": ("bfloat16", "float16", "int16", "uint16"),
    "int8": ("int8",),
    "uint8": ("uint8", "bool"),
    "uint32": ("uint32",),
    "uint64": ("uint64",),
}


def converter(function: str, parameter: Parameter) -> Converter:
    """Return the function that checks and converts one argument of `function`.

    The converter raises TypeError (wrong kind, dtype, layout or device) or OverflowError (an
    integer that does not fit), naming function, argument, what was expected and what came.
    """
    where = f"{function}: argument `{parameter.name}`"
    if parameter.pointer:
        return _tensor_converter(where, parameter)
    if parameter.type == "bool":
        return _bool_converter(where)
    if parameter.type.startswith("float"):
        return _float_converter(where)
    return _integer_converter(where, parameter)


def _tensor_converter(where: str, parameter: Parameter) -> Converter:
    import torch

    names = _DTYPES.get(parameter.type, (parameter.type,))
    allowed: frozenset[torch.dtype] | None = None
    if parameter.type != "any":
        allowed = frozenset(getattr(torch, name) for name in names if hasattr(torch, name))
    tensor_type = torch.Tensor
    declared = parameter.declared

    def explain(value: Any) -> TypeError:
        if not isinstance(value, tensor_type):
            return TypeError(f"{where} (`{declared}`) wants a tensor, got {_kind(value)}")
        if allowed is not None and value.dtype not in allowed:
            wanted = " or ".join(f"torch.{name}" for name in names)
            return TypeError(f"{where} (`{declared}`) wants {wanted}, got {value.dtype}")
        if not value.is_cpu:
            return TypeError(f"{where} wants a tensor on the CPU, got one on {value.device}")
        if value.layout is not torch.strided:
            return TypeError(f"{where} wants a dense tensor, got layout {value.layout}")
        return TypeError(
            f"{where} wants a contiguous tensor, got shape {tuple(value.shape)} with strides "
            f"{value.stride()}; call .contiguous() first"
        )

    def convert(value: Any) -> int | None:
        if value is None:
            return None
        if (
            isinstance(value, tensor_type)
            and (allowed is None or value.dtype in allowed)
            and value.is_cpu
            and value.layout is torch.strided
            and value.is_contiguous()
        ):
            return value.data_ptr()
        raise explain(value)

    return convert


def _integer_converter(where: str, parameter: Parameter) -> Converter:
    bits = int(parameter.type.lstrip("uint"))
    unsigned = parameter.type.startswith("u")
    low, high = (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    declared = parameter.declared

    def convert(value: Any) -> int:
        try:
            number = operator.index(value)
        except TypeError:
            raise TypeError(f"{where} (`{declared}`) wants an int, got {_kind(value)}") from None
        if low <= number <= high:
            return number
        raise OverflowError(f"{where} (`{declared}`) holds {low} to {high}, got {number}")

    return convert


def _float_converter(where: str) -> Converter:
    def convert(value: Any) -> float:
        if type(value) is float or type(value) is int:
            return value
        # numpy scalars know __float__; tensors too, but a tensor here is nearly always a mistake
        if hasattr(value, "__float__") and not hasattr(value, "data_ptr"):
            return float(value)
        raise TypeError(f"{where} wants a float, got {_kind(value)}")

    return convert


def _bool_converter(where: str) -> Converter:
    def convert(value: Any) -> bool:
        if value is True or value is False:
            return value
        try:
            number = operator.index(value)
        except TypeError:
            raise TypeError(f"{where} wants a bool, got {_kind(value)}") from None
        return bool(number)

    return convert


def _kind(value: Any) -> str:
    if hasattr(value, "data_ptr") and hasattr(value, "shape"):
        return f"a tensor of shape {tuple(value.shape)} (use .item() for its value)"
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"
