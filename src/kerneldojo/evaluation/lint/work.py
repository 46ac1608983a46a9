"""Does every input and parameter matter, and all of each?"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Any

import torch

from kerneldojo.evaluation.lint.look import Look, input_tensors, with_tensors
from kerneldojo.evaluation.referee.cases import Case
from kerneldojo.evaluation.referee.reference import Reference
from kerneldojo.records import Complaint, ComplaintKind, Gravity


def inputs(look: Look) -> Iterator[Complaint]:
    """Complain of input tensors whose values can be changed without changing the answer."""
    for path, value in input_tensors(look.first):
        if _other(look, path, value) is None:
            continue
        if look.passes(partial(_with_other, look, path)):
            words = f"{path} {tuple(value.shape)}: other values give the same answer"
            yield look.complain(ComplaintKind.IGNORED_INPUT, Gravity.FATAL, words)


def parameters(look: Look) -> Iterator[Complaint]:
    """Complain of parameters whose values do not matter, and of those that hold one value."""
    ignored, neutral = [], []
    for name, tensor in _judged_state(look.reference):
        with _replaced(look.reference, name, tensor, _moved(tensor)):
            if look.passes(look.run):
                ignored.append(name)
                continue
        if tensor.numel() > 1 and bool((tensor == tensor.reshape(-1)[0]).all()):
            neutral.append(f"{name} = {float(tensor.reshape(-1)[0]):g}")
    if ignored:
        words = f"other values give the same answer: {_listing(ignored)}"
        yield look.complain(ComplaintKind.IGNORED_PARAMETER, Gravity.WARNING, words)
    if neutral:
        words = f"one value throughout, so that applying it can be skipped: {_listing(neutral)}"
        yield look.complain(ComplaintKind.NEUTRAL_PARAMETER, Gravity.WARNING, words)


def halves(look: Look) -> Iterator[Complaint]:
    """Complain if half of the inputs' values, seen twice, give the answer to all of them."""
    deepest = max((value.dim() for _, value in input_tensors(look.first)), default=0)
    for axis in range(deepest):
        if not any(_foldable(value, axis) for _, value in input_tensors(look.first)):
            continue
        if look.passes(partial(_with_half, look, axis)):
            words = f"the first half of the inputs along axis {axis}, seen twice, gives the answer"
            yield look.complain(ComplaintKind.PARTIAL_WORK, Gravity.FATAL, words)
            return


def _with_other(look: Look, path: str, case: Case) -> Any:
    """Run the reference with one input changed."""

    def change(where: str, value: torch.Tensor) -> torch.Tensor:
        changed = _other(look, path, value) if where == path else None
        return value if changed is None else changed

    return look.run(case, with_tensors(case.inputs, change))


def _with_half(look: Look, axis: int, case: Case) -> Any:
    """Run the reference with half of its inputs, twice over."""

    def change(path: str, value: torch.Tensor) -> torch.Tensor:
        return _folded(value, axis) if _foldable(value, axis) else value

    return look.run(case, with_tensors(case.inputs, change))


def _other(look: Look, path: str, value: torch.Tensor) -> torch.Tensor | None:
    """Return other values of the same kind: from another seed, or moved if all seeds agree."""
    for where, drawn in input_tensors(look.second):
        if where == path and drawn.shape == value.shape and not torch.equal(drawn, value):
            return drawn
    for where, drawn in input_tensors(look.first):
        if where == path and drawn.shape == value.shape and not torch.equal(drawn, value):
            return drawn
    if value.is_floating_point() and bool(torch.isfinite(value.float()).all()):
        return _moved(value)
    if value.dtype is torch.bool:
        return ~value
    return None


def _moved(value: torch.Tensor) -> torch.Tensor:
    """Return larger values, by amounts that differ: what must be positive stays so."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(value.shape, generator=generator).abs() + 0.1
    spread = float(value.detach().double().std()) if value.numel() > 1 else 0.0
    return (value.detach().double() + noise.double() * (spread or 1.0)).to(value.dtype)


def _judged_state(reference: Reference) -> list[tuple[str, torch.Tensor]]:
    """Return floating parameters, and buffers too unless training replaces them."""
    found: list[tuple[str, torch.Tensor]] = [*reference.model.named_parameters()]
    if not reference.training:
        found += list(reference.model.named_buffers())
    floating = [(name, value.detach()) for name, value in found if value.is_floating_point()]
    return [(name, value) for name, value in floating if value.numel()]


@contextlib.contextmanager
def _replaced(
    reference: Reference, name: str, tensor: torch.Tensor, other: torch.Tensor
) -> Iterator[None]:
    """Give a parameter other values for a while, also where training mode restores it from."""
    kept, saved = tensor.detach().clone(), reference.state[name]
    with torch.no_grad():
        tensor.copy_(other)
    reference.state[name] = other
    try:
        yield
    finally:
        with torch.no_grad():
            tensor.copy_(kept)
        reference.state[name] = saved


def _foldable(value: torch.Tensor, axis: int) -> bool:
    return value.dim() > axis and value.shape[axis] >= 2


def _folded(value: torch.Tensor, axis: int) -> torch.Tensor:
    half = value.shape[axis] // 2
    folded = value.clone()
    folded.narrow(axis, value.shape[axis] - half, half).copy_(value.narrow(axis, 0, half))
    return folded


def _listing(names: list[str]) -> str:
    shown = ", ".join(names[:6])
    return shown if len(names) <= 6 else f"{shown} and {len(names) - 6} more"
