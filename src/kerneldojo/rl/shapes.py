"""What every function of this package asks of its tensors.

A suffix names a tensor's axes: B trajectories (rows), T turns, L tokens, V words of the
vocabulary, P prompts; P in `_BP` stands for positions, which are turns or tokens.
"""

from __future__ import annotations

import torch
from torch import Tensor

from kerneldojo.errors import UsageError


def require_shape(name: str, tensor: Tensor, shape: tuple[int, ...]) -> None:
    """Refuse a tensor of another shape.

    Raises:
        UsageError: if the shapes differ.
    """
    if tuple(tensor.shape) != shape:
        raise UsageError(f"{name} has the shape {tuple(tensor.shape)}, but {shape} is needed.")


def require_mask(name: str, mask: Tensor, shape: tuple[int, ...]) -> None:
    """Refuse a mask that is not of type bool or of another shape.

    Raises:
        UsageError: if type or shape is wrong.
    """
    require_shape(name, mask, shape)
    if mask.dtype != torch.bool:
        raise UsageError(f"{name} is of type {mask.dtype}; masks are torch.bool.")


def require_floats(name: str, tensor: Tensor) -> None:
    """Refuse a tensor that does not hold floating-point numbers.

    Raises:
        UsageError: if its type is another.
    """
    if not tensor.is_floating_point():
        raise UsageError(f"{name} is of type {tensor.dtype}; floating-point numbers are needed.")


def require_finite(name: str, tensor: Tensor, where: Tensor) -> None:
    """Refuse NaN and infinity where a mask is true.

    Raises:
        UsageError: if there are any, with the first place.
    """
    bad = where & ~tensor.isfinite()
    if bad.any():
        place = tuple(int(axis[0]) for axis in bad.nonzero(as_tuple=True))
        raise UsageError(
            f"{name}{list(place)} is {tensor[place].item()}, and it counts. Mask it out or find "
            f"out where it comes from ({int(bad.sum())} such values in all)."
        )
