"""A physical floor for a problem's time, from automatic byte and operation counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from kerneldojo.evaluation import tree
from kerneldojo.evaluation.referee import machine
from kerneldojo.evaluation.referee.cases import Case
from kerneldojo.evaluation.referee.reference import Reference

_FORWARD_AND_BACKWARD = 3
"""A product's two gradients cost as much as itself each."""


@dataclass(frozen=True)
class Roofline:
    """Work a problem cannot avoid, and the times it takes at the machine's best."""

    bytes: int
    """Every input, parameter and output once."""
    output_bytes: int
    operations: int
    """Of the reference's matrix products and convolutions."""

    @property
    def floor_ms(self) -> float:
        """Time to move all bytes or do all arithmetic, whichever is longer."""
        moving = self.bytes / machine.bandwidth()
        computing = self.operations / machine.arithmetic()
        return max(moving, computing) * 1e3

    @property
    def hard_floor_ms(self) -> float:
        """Time merely to write the outputs: no algorithm, however clever, avoids that."""
        return self.output_bytes / machine.bandwidth() * 1e3


def roofline(reference: Reference, case: Case) -> Roofline:
    """Count a case's unavoidable work by running the reference once under a counter."""
    counter = _Operations()
    with counter:
        reference.run([_copy(value) for value in case.inputs])
    operations = counter.total
    if case.cotangents is not None:
        operations *= _FORWARD_AND_BACKWARD
    moved = sum(_bytes(value) for _, value in tree.leaves([case.inputs, reference.state]))
    return Roofline(moved + case.largest, case.largest, operations)


class _Operations(TorchDispatchMode):
    """Adds up the arithmetic of products and convolutions by PyTorch's own formulas."""

    supports_higher_order_operators = True

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Return False: PyTorch would load its compiler, for seconds, merely to skip it."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if not isinstance(func, torch._ops.OpOverload):
            return NotImplemented
        with self:  # an operator made of others counts by its parts
            result = func.decompose(*args, **kwargs)
        if result is not NotImplemented:
            return result
        result = func(*args, **kwargs)
        if formula := flop_registry.get(func.overloadpacket):
            self.total += int(formula(*args, **kwargs, out_val=result))
        return result


def _copy(value: object) -> object:
    return value.clone() if isinstance(value, torch.Tensor) else value


def _bytes(value: object) -> int:
    return value.numel() * value.element_size() if isinstance(value, torch.Tensor) else 0
