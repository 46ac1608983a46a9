"""Looks at a problem alone: is its reference sound enough to judge by?"""

from __future__ import annotations

import secrets

import torch

from kerneldojo.errors import InvalidProblem
from kerneldojo.evaluation import tree
from kerneldojo.evaluation.referee.cases import Case
from kerneldojo.evaluation.referee.reference import Reference, answer
from kerneldojo.evaluation.referee.session import Session
from kerneldojo.records import Problem
from kerneldojo.settings import EvaluationSettings


def validate(problem: Problem, settings: EvaluationSettings) -> list[str]:
    """Return complaints about a problem; an empty list means that none was found."""
    session = Session(problem, settings, "cpu", "cpu")
    complaints: list[str] = []
    for workload in session.workloads():
        try:
            first = session.case(workload, "default", 0)
            second = session.fresh_case(workload, "default", secrets.token_hex(8), 1)
        except InvalidProblem as error:
            return [*complaints, str(error)]
        assert first is not None and second is not None  # the default always applies
        complaints += [f"{workload.name}: {text}" for text in _complaints(session, first, second)]
    session.close()
    return complaints


def _complaints(session: Session, first: Case, second: Case) -> list[str]:
    found = []
    if not first.leaves:
        found.append("the reference returns nothing")
    if not any(isinstance(value, torch.Tensor) for value in first.inputs):
        if not all(
            _equal(a.value, b.value) for a, b in zip(first.leaves, second.leaves, strict=True)
        ):
            found.append("without tensor inputs, the answer still differs between seeds")
        return found
    if all(_equal(a.value, b.value) for a, b in zip(first.leaves, second.leaves, strict=True)):
        found.append("the answer does not depend on the inputs' values")
    for leaf in first.leaves:
        if isinstance(leaf.value, torch.Tensor) and _nearly_constant(leaf.value):
            found.append(f"{leaf.path} is nearly constant")
        if leaf.bounds is not None and not leaf.bounds.wide:
            found.append(
                f"{leaf.path} cannot be confirmed in float64; PyTorch's answer is the oracle"
            )
        if leaf.bounds is not None and not bool(torch.isfinite(leaf.value).all()):
            found.append(f"{leaf.path} is not finite everywhere")
    again = session.reference(session.workloads()[0])
    if first.workload == again.workload.name and not _repeatable(again, first):
        found.append("the reference gives different answers to equal inputs")
    return found


def _repeatable(reference: Reference, case: Case) -> bool:
    inputs = [value.clone() if isinstance(value, torch.Tensor) else value for value in case.inputs]
    outputs = answer(reference, inputs, case.cotangents)
    return all(
        leaf.bounds.admits(value)
        if leaf.bounds is not None and isinstance(value, torch.Tensor)
        else _equal(leaf.value, value)
        for leaf, (_, value) in zip(case.leaves, tree.leaves(outputs), strict=True)
    )


def _nearly_constant(value: torch.Tensor) -> bool:
    if not value.is_floating_point() or value.numel() < 2:
        return False
    spread = float(value.double().std())
    return spread <= 1e-6 * max(float(value.double().abs().mean()), 1e-12)


def _equal(left: object, right: object) -> bool:
    if isinstance(left, torch.Tensor) and isinstance(right, torch.Tensor):
        return left.shape == right.shape and torch.equal(left, right)
    return left == right
