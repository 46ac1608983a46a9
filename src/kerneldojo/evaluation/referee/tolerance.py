"""How far an answer may be from the oracle, element by element.

With y the oracle (float64 where the operations allow), s the root mean square of y's finite
elements and e = max |pytorch - y| / (|y| + s) PyTorch's own error in the declared dtype:

    allowed = multiple * max(e, floor) * (|y| + s)
    floor   = eps(float32) * (8 + sqrt(K))    float32 and float64 (with its own eps), K <= 65,536
    floor   = eps(dtype) / 2                  16-bit and narrower: one rounding of the output

K is the longest reduction the sizes allow: PyTorch's own error can be exactly zero, or its
accumulation wider than the dtype says, and an honest kernel must not fail for that. Beyond 65,536
terms kernels sum in parts, whose errors grow no further; without an end to it, the mean of half of
many millions of numbers would pass for the mean of all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from kerneldojo.records import Tolerance

_SUSPICIOUS_ERROR = 2.0**-6
"""An error of PyTorch against float64 this large means that the two compute different things."""


_LONGEST_SUM = 1 << 16
"""Terms that an honest kernel may add up one after another."""


@dataclass(frozen=True)
class Bounds:
    """What one output leaf must lie between; `expected` in float64 (exact types: as is)."""

    expected: torch.Tensor
    low: torch.Tensor
    high: torch.Tensor
    nan: torch.Tensor | None
    own_error: float
    wide: bool
    """Whether the oracle is float64 rather than PyTorch's answer in the declared dtype."""

    def admits(self, actual: torch.Tensor) -> bool:
        """Whether every element lies within its bounds; NaN only where NaN is expected."""
        return bool(self._inside(actual).all())

    def wrong(self, actual: torch.Tensor) -> torch.Tensor:
        """Return which elements are outside their bounds."""
        return ~self._inside(actual)

    def allowed(self, step: int = 1) -> torch.Tensor:
        """Return the allowed absolute error of every `step`-th element, flat, in float64."""
        low, high = self.low.reshape(-1)[::step], self.high.reshape(-1)[::step]
        return (high.double() - low.double()) / 2

    def _inside(self, actual: torch.Tensor) -> torch.Tensor:
        if actual.element_size() == 1:
            actual = actual.float()  # PyTorch does not compare 8-bit floats
        inside = (actual >= self.low) & (actual <= self.high)
        if self.nan is not None:
            inside = torch.where(self.nan, torch.isnan(actual), inside)
        return inside


def is_exact(dtype: torch.dtype) -> bool:
    """Whether values of this dtype are compared for equality."""
    return not dtype.is_floating_point


def bounds_for(
    pytorch: torch.Tensor,
    wide: torch.Tensor | None,
    tolerance: Tolerance,
    reduction: int,
) -> Bounds:
    """Return the bounds of one floating output from PyTorch's answer and the float64 one."""
    own = pytorch.double()
    oracle = own if wide is None else wide.double()
    nan = torch.isnan(own)
    finite = torch.isfinite(own) & torch.isfinite(oracle)
    weight = oracle.abs() + _rms(oracle[finite])
    error = _largest((own - oracle).abs() / weight.clamp_min(1e-300), finite)
    if error > _SUSPICIOUS_ERROR:
        oracle, error, wide = own, 0.0, None
        weight = oracle.abs() + _rms(oracle[finite])
    allowed = _allowed(oracle, weight, error, pytorch.dtype, tolerance, reduction)
    # where PyTorch overflowed or the oracle is infinite, PyTorch's own answer is the law
    oracle = torch.where(finite, oracle, own)
    allowed = torch.where(finite, allowed, torch.zeros_like(allowed))
    low = _outward(oracle - allowed, pytorch.dtype, up=False)
    high = _outward(oracle + allowed, pytorch.dtype, up=True)
    return Bounds(oracle, low, high, nan if bool(nan.any()) else None, error, wide is not None)


def bounds_like(
    pytorch: torch.Tensor, like: Bounds, tolerance: Tolerance, reduction: int
) -> Bounds:
    """Return bounds around PyTorch's own answer, from an error calibrated on other inputs.

    The centre may itself be off by that error, so the allowance grows by it. Used for the
    many answers that are verified while timing, where float64 would cost too much.
    """
    values = pytorch.float()
    if pytorch.dtype is torch.float64 or not bool(torch.isfinite(values).all()):
        return bounds_for(pytorch, None, tolerance, reduction)
    error = max(like.own_error, floor(pytorch.dtype, reduction))
    weight = values.abs().add_(_rms(values))
    allowed = _allowed(values, weight, error, pytorch.dtype, tolerance, reduction)
    allowed = allowed + like.own_error * weight
    return Bounds(pytorch, values - allowed, values + allowed, None, like.own_error, False)


def floor(dtype: torch.dtype, reduction: int) -> float:
    """Return the least relative error any honest kernel of this dtype may show."""
    if dtype in (torch.float32, torch.float64):
        return torch.finfo(dtype).eps * (8 + math.sqrt(min(max(1, reduction), _LONGEST_SUM)))
    return torch.finfo(dtype).eps / 2


def _allowed(
    oracle: torch.Tensor,
    weight: torch.Tensor,
    error: float,
    dtype: torch.dtype,
    tolerance: Tolerance,
    reduction: int,
) -> torch.Tensor:
    if tolerance.policy == "kernelbench":
        rtol = 1e-2 if tolerance.rtol is None else tolerance.rtol
        atol = 1e-2 if tolerance.atol is None else tolerance.atol
        return atol + rtol * oracle.abs()
    relative = tolerance.multiple * max(error, floor(dtype, reduction))
    if tolerance.rtol is not None:
        relative = tolerance.rtol
    return relative * weight + (tolerance.atol or 0.0)


def _rms(values: torch.Tensor) -> float:
    """Return the root mean square, also where the squares leave the type's range."""
    if not values.numel():
        return 0.0
    if values.dtype is not torch.float64:
        norm = torch.linalg.vector_norm(values, dtype=torch.float64)
        return float(norm) / math.sqrt(values.numel())
    peak = float(values.abs().max())
    return peak * float((values / peak).square().mean().sqrt()) if peak else 0.0


def _largest(values: torch.Tensor, where: torch.Tensor) -> float:
    kept = values[where]
    return float(kept.max()) if kept.numel() else 0.0


def _outward(values: torch.Tensor, dtype: torch.dtype, *, up: bool) -> torch.Tensor:
    """Round to the comparison's dtype away from the oracle, so that rounding admits, not bars."""
    if dtype is torch.float64:
        return values
    narrow = values.float()
    step = torch.full_like(narrow, math.inf if up else -math.inf)
    short = narrow.double() < values if up else narrow.double() > values
    return torch.where(short, torch.nextafter(narrow, step), narrow)
