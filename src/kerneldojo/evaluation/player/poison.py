"""Fresh memory that betrays whoever reads it before writing or writes beyond it.

`torch.empty` and its kin return memory filled with NaN (or a fixed byte pattern), inside a
larger buffer whose margins must still hold the poison after the call.
"""

from __future__ import annotations

from typing import Any

import torch

_MARGIN = 1024
_BYTE = 0x5A
_FRESH = ("aten.empty.memory_format", "aten.empty_like.default", "aten.new_empty.default")
_STRIDED = ("aten.empty_strided.default", "aten.new_empty_strided.default")


def is_fresh(name: str) -> bool:
    """Whether an operator returns memory whose content nobody promised."""
    return name in _FRESH or name in _STRIDED


class Poison:
    """Replaces fresh tensors during one call; afterwards tells whether margins were written."""

    def __init__(self) -> None:
        self._margins: list[torch.Tensor] = []

    def replace(self, fresh: torch.Tensor) -> torch.Tensor:
        """Return a poisoned tensor like `fresh`, with guarded margins where it is dense."""
        if fresh.device.type == "meta" or fresh.layout is not torch.strided:
            return fresh
        if not fresh.is_contiguous() or fresh.numel() == 0:
            _fill(fresh)
            return fresh
        whole = fresh.new_empty(fresh.numel() + 2 * _MARGIN)
        _fill(whole)
        self._margins += [whole[:_MARGIN], whole[-_MARGIN:]]
        return torch.as_strided(whole, fresh.shape, fresh.stride(), _MARGIN)

    def written_outside(self) -> bool:
        """Whether any margin no longer holds the poison."""
        return any(not _intact(margin) for margin in self._margins)


def overwrite(value: Any) -> None:
    """Poison every tensor of a nested value in place."""
    if isinstance(value, torch.Tensor):
        _fill(value)
    elif isinstance(value, (list, tuple)):
        for item in value:
            overwrite(item)


def _fill(tensor: torch.Tensor) -> None:
    with torch.no_grad():
        if tensor.is_floating_point() or tensor.is_complex():
            tensor.fill_(float("nan"))
        elif tensor.dtype is torch.bool:
            tensor.fill_(True)
        else:
            tensor.fill_(_BYTE)


def _intact(margin: torch.Tensor) -> bool:
    if margin.is_floating_point() or margin.is_complex():
        return bool(torch.isnan(margin).all())
    if margin.dtype is torch.bool:
        return bool(margin.all())
    return bool((margin == _BYTE).all())
