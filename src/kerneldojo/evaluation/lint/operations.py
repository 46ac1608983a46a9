"""Does every operator matter? Each is left out once, or answered with zeros."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from kerneldojo.evaluation import tree
from kerneldojo.evaluation.lint.look import Look
from kerneldojo.evaluation.referee.cases import Case
from kerneldojo.records import Complaint, ComplaintKind, Gravity

_BOOKKEEPING = frozenset(
    "clone _to_copy copy_ detach lift_fresh alias _unsafe_view contiguous "
    "empty_like zeros_like ones_like full_like new_empty new_zeros new_ones new_full".split()
)
_LARGE = 0.1
"""Share of the largest tensor's size from which on an operator is worth leaving out."""
_REDUCTIONS = frozenset("sum mean max min amax amin logsumexp prod".split())
"""Reductions that can be left out reduce single elements, which is a mistake at any size."""
_MOST_TRIED = 40
"""Of more operators, as a loop over time steps calls, evenly spread ones are tried."""
_ZEROS = -1
_GUARDS = frozenset({"add", "clamp", "clamp_min"})
_EPSILON = 1e-3


@dataclass(frozen=True)
class Step:
    """One operator call of the reference's."""

    name: str
    size: int
    """Elements of its first result; 0 where that cannot be replaced."""
    stand_ins: tuple[int, ...] = ()
    """Positions of tensor arguments that could stand in for the result."""
    guard: bool = False
    """Whether it only keeps values off zero, as the epsilon under a root does."""


def redundancy(look: Look) -> Iterator[Complaint]:
    """Complain of operators that can be left out without changing the answer."""
    if look.found(ComplaintKind.CONSTANT_OUTPUT, ComplaintKind.TRIVIAL_SOLUTION):
        return
    watcher = _Steps(look.reference.backward)
    with watcher:
        look.run(look.first)
    largest = max((step.size for step in watcher.steps), default=0)
    found: dict[Gravity, list[str]] = {Gravity.WARNING: [], Gravity.NOTE: []}
    stride = math.ceil(len(watcher.steps) / _MOST_TRIED)
    for number, step in list(enumerate(watcher.steps))[:: max(1, stride)]:
        for stand_in in (*step.stand_ins, _ZEROS) if step.size else ():
            if _spared(look, number, stand_in):
                zeros = "; zeros do as well" if stand_in == _ZEROS else ""
                words = f"{step.name} (operator {number + 1} of {len(watcher.steps)}{zeros})"
                found[_gravity(step, stand_in, largest)].append(words)
                break
    for severity, steps in found.items():
        if steps:
            words = f"the answer is the same without {', '.join(steps[:6])}"
            yield look.complain(ComplaintKind.REDUNDANT_OPERATION, severity, words)


def _gravity(step: Step, stand_in: int, largest: int) -> Gravity:
    """Tell what is worth leaving out from what costs nothing."""
    of_single_elements = step.name in _REDUCTIONS and stand_in != _ZEROS
    large = step.size >= _LARGE * largest or of_single_elements
    return Gravity.WARNING if large and not step.guard else Gravity.NOTE


def _spared(look: Look, number: int, stand_in: int) -> bool:
    def attempt(case: Case) -> Any:
        with _Without(look.reference.backward, number, stand_in):
            return look.run(case)

    return look.passes(attempt)


class _Counting(TorchDispatchMode):
    """Sees operator calls that do work: no views, copies or makers of new tensors.

    Where gradients are taken, it sees the forward's calls alone: those of the backward are
    PyTorch's choice, not the problem's.
    """

    def __init__(self, backward: bool) -> None:
        super().__init__()
        self._backward = backward
        self._seen = -1

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        name = str(func.overloadpacket.__name__)
        tensors = [value for value in args if isinstance(value, torch.Tensor)]
        writes_elsewhere = func._schema.is_mutable and not name.endswith("_")
        chosen = torch.is_grad_enabled() or not self._backward
        if func.is_view or not tensors or name in _BOOKKEEPING or writes_elsewhere or not chosen:
            return func(*args, **kwargs)
        self._seen += 1
        return self._work(name, func, args, kwargs)

    def _work(self, name: str, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        raise NotImplementedError


class _Steps(_Counting):
    """Notes the calls, and what could stand in for each."""

    def __init__(self, backward: bool) -> None:
        super().__init__(backward)
        self.steps: list[Step] = []

    def _work(self, name: str, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        result = func(*args, **kwargs)
        first = _first(result)
        if first is None:
            self.steps.append(Step(name, 0))
            return result
        stand_ins = tuple(
            position
            for position, value in enumerate(args)
            if isinstance(value, torch.Tensor)
            and value.numel() == first.numel()
            and value.dtype == first.dtype
            and (not func._schema.is_mutable or position == 0)
        )
        self.steps.append(Step(name, first.numel(), stand_ins, _is_guard(name, args)))
        return result


class _Without(_Counting):
    """Leaves one call out: an argument of it, or zeros, become its result."""

    def __init__(self, backward: bool, number: int, stand_in: int) -> None:
        super().__init__(backward)
        self._number, self._stand_in = number, stand_in

    def _work(self, name: str, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        if self._seen != self._number:
            return func(*args, **kwargs)
        if func._schema.is_mutable:
            return args[0] if self._stand_in != _ZEROS else args[0].zero_()
        result = func(*args, **kwargs)
        first = _first(result)
        if first is None:
            return result
        instead = torch.zeros_like(first)
        if self._stand_in != _ZEROS:
            instead.copy_(args[self._stand_in].reshape(first.shape))
        return instead if isinstance(result, torch.Tensor) else (instead, *result[1:])


def _is_guard(name: str, args: Any) -> bool:
    number = args[1] if len(args) > 1 else None
    return name.strip("_") in _GUARDS and isinstance(number, float) and 0 < number <= _EPSILON


def _first(result: Any) -> torch.Tensor | None:
    """Return a result's first tensor if it holds ordinary numbers, rather than indices."""
    for _, value in tree.leaves(result):
        usable = isinstance(value, torch.Tensor) and value.numel() and value.is_floating_point()
        return value if usable else None
    return None
