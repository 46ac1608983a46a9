"""What every check sees of a problem: one workload, its reference and cases with answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch

from kerneldojo.errors import InvalidProblem
from kerneldojo.evaluation import tree
from kerneldojo.evaluation.referee import compare
from kerneldojo.evaluation.referee.cases import Case, Leaf, copy_of
from kerneldojo.evaluation.referee.outputs import Output
from kerneldojo.evaluation.referee.reference import Reference, answer
from kerneldojo.records import Complaint, ComplaintKind, Gravity


class OutOfTime(Exception):
    """The deadline came while a check was at work."""


class Clock:
    """A deadline that is asked for rather than enforced."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        """Raise OutOfTime once the deadline has passed."""
        if time.monotonic() > self._end:
            raise OutOfTime


@dataclass
class Look:
    """One workload under examination."""

    reference: Reference
    usual: list[Case]
    """Cases of the default distribution under different seeds: two, more for few numbers."""
    unusual: Callable[[], Iterator[Case]]
    """Draws one case of each other distribution that applies."""
    clock: Clock
    complaints: list[Complaint] = field(default_factory=list)
    """What has been found at this workload so far."""

    def cases(self) -> Iterator[Case]:
        """Yield every case an answer must pass; the later ones are drawn on demand."""
        yield from self.usual
        yield from self.unusual()

    @property
    def first(self) -> Case:
        """The first case."""
        return self.usual[0]

    @property
    def second(self) -> Case:
        """The first case's twin under another seed."""
        return self.usual[1]

    @property
    def has_tensor_inputs(self) -> bool:
        """Whether anything that a seed can change comes in."""
        return any(isinstance(value, torch.Tensor) for _, value in tree.leaves(self.first.inputs))

    def found(self, *kinds: ComplaintKind) -> bool:
        """Whether a fatal complaint of these kinds was made."""
        return any(c.kind in kinds and c.severity is Gravity.FATAL for c in self.complaints)

    def complain(self, kind: ComplaintKind, severity: Gravity, evidence: str) -> Complaint:
        """Return a complaint about this workload."""
        name = self.reference.workload.name
        return Complaint(kind=kind, severity=severity, evidence=evidence, workload=name)

    def run(self, case: Case, inputs: list[Any] | None = None) -> Any:
        """Return the reference's answer to a case, or to other inputs in its place.

        Raises:
            OutOfTime: if the deadline has passed.
            InvalidProblem: if the reference fails.
        """
        self.clock.check()
        given = copy_of(case.inputs if inputs is None else inputs)
        return answer(self.reference, given, case.cotangents)

    def passes(self, attempt: Callable[[Case], Any]) -> bool:
        """Whether an attempt's outputs are admitted in every case, as a solution's would be.

        An attempt that fails in any way does not pass.
        """
        for case in self.cases():
            try:
                outputs = attempt(case)
            except (InvalidProblem, RuntimeError, ValueError, TypeError, IndexError):
                return False
            if not admits(case, outputs):
                return False
        return True


def admits(case: Case, outputs: Any) -> bool:
    """Whether the referee would accept outputs, form included."""
    found = list(tree.leaves(outputs))
    if len(found) != len(case.leaves):
        return False
    read = [
        Output(path, value.detach().contiguous() if isinstance(value, torch.Tensor) else value)
        for path, value in found
    ]
    pairs = zip(case.leaves, read, strict=True)
    return all(_same_form(leaf.value, output.value) for leaf, output in pairs) and (
        compare.is_right(case, read)
    )


def admits_leaf(leaf: Leaf, value: torch.Tensor) -> bool:
    """Whether the referee would accept one output tensor."""
    if not _same_form(leaf.value, value):
        return False
    if leaf.bounds is not None:
        return leaf.bounds.admits(value)
    return torch.equal(leaf.value, value)


def tensor_leaves(case: Case) -> Iterator[tuple[int, Leaf]]:
    """Yield the outputs that are tensors with at least one element, with their positions."""
    for position, leaf in enumerate(case.leaves):
        if isinstance(leaf.value, torch.Tensor) and leaf.value.numel():
            yield position, leaf


def input_tensors(case: Case) -> list[tuple[str, torch.Tensor]]:
    """Return the input tensors of a case with their paths."""
    return [
        (path, value)
        for path, value in tree.leaves(case.inputs, "input")
        if isinstance(value, torch.Tensor) and value.numel()
    ]


def with_tensors(inputs: list[Any], change: Callable[[str, torch.Tensor], torch.Tensor]) -> Any:
    """Return inputs with each tensor replaced by what `change` makes of its path and value."""

    def visit(value: Any, path: str) -> Any:
        if isinstance(value, torch.Tensor):
            return change(path, value) if value.numel() else value
        if isinstance(value, dict):
            return {key: visit(item, f"{path}[{key!r}]") for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            items = [visit(item, f"{path}[{index}]") for index, item in enumerate(value)]
            return items if isinstance(value, list) else tuple(items)
        return value

    return visit(inputs, "input")


def _same_form(expected: Any, value: Any) -> bool:
    if isinstance(expected, torch.Tensor) != isinstance(value, torch.Tensor):
        return False
    if not isinstance(expected, torch.Tensor):
        return True
    return bool(value.shape == expected.shape and value.dtype == expected.dtype)
