"""Compares what was read from a player with what the answer must be."""

from __future__ import annotations

import math
from typing import Any

import torch

from kerneldojo.evaluation.referee import fault
from kerneldojo.evaluation.referee.cases import Case, Leaf
from kerneldojo.evaluation.referee.outputs import Output
from kerneldojo.records import Mismatch, Status, Trial

_SCALAR_RTOL = 1e-5
_MOST_STATISTICS = 1 << 16
_ROUNDINGS = {"TF32 or float16": 2.0**-11, "bfloat16": 2.0**-8}
_ROUNDINGS_DEEP = 4.0
_OFTEN = 0.1


def require_form(case: Case, structure: Any, outputs: list[Output]) -> None:
    """Raise SolutionFault unless structure, shapes and dtypes are the reference's."""
    if structure != case.structure or len(outputs) != len(case.leaves):
        raise fault.failed(
            Status.WRONG_SHAPE,
            "WrongStructure",
            f"the output is {_sketch(structure)}, but the reference returns "
            f"{_sketch(case.structure)}",
        )
    for leaf, output in zip(case.leaves, outputs, strict=True):
        _require_leaf_form(leaf, output.value)


def _require_leaf_form(leaf: Leaf, value: Any) -> None:
    expected = leaf.value
    if isinstance(expected, torch.Tensor) != isinstance(value, torch.Tensor):
        raise fault.failed(
            Status.WRONG_SHAPE,
            "WrongKind",
            f"{leaf.path} is a {type(value).__name__}, but must be a {type(expected).__name__}",
        )
    if not isinstance(expected, torch.Tensor):
        return
    if value.shape != expected.shape:
        raise fault.failed(
            Status.WRONG_SHAPE,
            "WrongShape",
            f"{leaf.path} has shape {tuple(value.shape)}, but must have {tuple(expected.shape)}",
        )
    _require_dtype(leaf, value)


def _require_dtype(leaf: Leaf, value: torch.Tensor) -> None:
    expected = leaf.value
    if value.dtype != expected.dtype:
        raise fault.failed(
            Status.WRONG_DTYPE,
            "WrongDtype",
            f"{leaf.path} is {value.dtype}, but must be {expected.dtype}",
        )


def is_right(case: Case, outputs: list[Output]) -> bool:
    """Return quickly whether every output is within its bounds (forms already checked)."""
    return all(
        _leaf_is_right(leaf, output.value)
        for leaf, output in zip(case.leaves, outputs, strict=True)
    )


def judge(case: Case, outputs: list[Output]) -> tuple[Trial, Mismatch | None]:
    """Return the trial's record with error statistics, and the first wrong element."""
    ratio = largest = mean = 0.0
    mismatch = None
    for leaf, output in zip(case.leaves, outputs, strict=True):
        right = _leaf_is_right(leaf, output.value)
        if isinstance(output.value, torch.Tensor) and output.value.numel():
            leaf_ratio, leaf_max, leaf_mean = _statistics(leaf, output.value, sparse=right)
            largest, mean = max(largest, leaf_max), max(mean, leaf_mean)
            ratio = max(ratio, min(leaf_ratio, 1.0) if right else max(leaf_ratio, 1.0 + 1e-9))
            if not right and mismatch is None:
                mismatch = _first_wrong(leaf, output.value)
        elif not right:
            ratio = math.inf
            mismatch = mismatch or Mismatch(
                output=leaf.path,
                index=(),
                expected=_number(leaf.value),
                actual=_number(output.value),
                allowed=0.0,
                wrong_elements=1,
                total_elements=1,
            )
    passed = mismatch is None
    trial = Trial(
        name=case.name,
        passed=passed,
        error_ratio=ratio,
        max_abs_error=largest,
        mean_abs_error=mean,
    )
    return trial, mismatch


def narrow_rounding(case: Case, outputs: list[Output]) -> str | None:
    """Return the narrower type whose rounding explains a wrong answer's errors, if one does.

    Many elements must be off, each by about one rounding of that type relative to its size.
    """
    for leaf, output in zip(case.leaves, outputs, strict=True):
        value = output.value
        if leaf.bounds is None or not isinstance(value, torch.Tensor) or not value.numel():
            continue
        if leaf.bounds.admits(value) or not bool(torch.isfinite(value.double()).all()):
            continue
        expected = leaf.bounds.expected.double()
        scale = float(expected.square().mean().sqrt())
        error = (value.double() - expected).abs() / (expected.abs() + scale).clamp_min(1e-300)
        often = float(leaf.bounds.wrong(value).double().mean())
        for name, rounding in _ROUNDINGS.items():
            if rounding < torch.finfo(value.dtype).eps or often < _OFTEN:
                continue
            if float(error.max()) <= _ROUNDINGS_DEEP * rounding:
                return name
        return None
    return None


def _leaf_is_right(leaf: Leaf, value: Any) -> bool:
    expected = leaf.value
    if isinstance(expected, torch.Tensor):
        if leaf.bounds is not None:
            return leaf.bounds.admits(value)
        return torch.equal(expected, value)
    if isinstance(expected, float) and isinstance(value, (int, float)):
        try:
            actual = float(value)
        except OverflowError:
            return False
        return math.isclose(expected, actual, rel_tol=_SCALAR_RTOL, abs_tol=_SCALAR_RTOL) or (
            math.isnan(expected) and math.isnan(actual)
        )
    return type(expected) is type(value) and bool(expected == value)


def _statistics(leaf: Leaf, value: torch.Tensor, *, sparse: bool) -> tuple[float, float, float]:
    """Return (error ÷ allowed, largest, mean error); of a right answer's every n-th element."""
    step = max(1, value.numel() // _MOST_STATISTICS) if sparse else 1
    if leaf.bounds is None:
        if leaf.value.is_complex():
            return 0.0, 0.0, 0.0
        error = (_every(leaf.value, step).double() - _every(value, step).double()).abs()
        return float(error.max() > 0) * 2.0, float(error.max()), float(error.mean())
    expected = _every(leaf.bounds.expected, step).double()
    error = (_every(value, step).double() - expected).abs()
    comparable = torch.isfinite(error) & torch.isfinite(expected)
    error = error[comparable]
    if error.numel() == 0:
        return 0.0, 0.0, 0.0
    allowed = leaf.bounds.allowed(step)[comparable].clamp_min(1e-300)
    return float((error / allowed).max()), float(error.max()), float(error.mean())


def _every(tensor: torch.Tensor, step: int) -> torch.Tensor:
    return tensor.reshape(-1)[::step]


def _first_wrong(leaf: Leaf, value: torch.Tensor) -> Mismatch:
    wrong = leaf.bounds.wrong(value) if leaf.bounds is not None else leaf.value != value
    place = tuple(int(i) for i in wrong.nonzero()[0]) if wrong.dim() else ()
    allowed = leaf.bounds.allowed().reshape(wrong.shape)[place] if leaf.bounds is not None else 0.0
    expected = leaf.bounds.expected if leaf.bounds is not None else leaf.value
    return Mismatch(
        output=leaf.path,
        index=place,
        expected=_number(expected[place]),
        actual=_number(value[place]),
        allowed=float(allowed),
        wrong_elements=int(wrong.sum()),
        total_elements=wrong.numel(),
    )


def _number(value: Any) -> float:
    try:
        return float(
            value.real if isinstance(value, torch.Tensor) and value.is_complex() else value
        )
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _sketch(structure: Any) -> str:
    if isinstance(structure, dict):
        return "a dict with " + (", ".join(repr(key) for key in list(structure)[:6]) or "nothing")
    if isinstance(structure, list):
        return f"a sequence of {len(structure)}"
    return "a single value"
