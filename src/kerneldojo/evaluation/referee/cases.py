"""Secret inputs and what the right answer to them is, computed once per problem."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass, field
from typing import Any

import torch

from kerneldojo.evaluation import tree
from kerneldojo.evaluation.referee import reference as reference_module
from kerneldojo.evaluation.referee.reference import Reference, cotangents_for
from kerneldojo.evaluation.referee.tolerance import Bounds, bounds_for, bounds_like, is_exact
from kerneldojo.records import Tolerance

DISTRIBUTIONS = ("scaled", "offset", "sparse", "extreme")


@dataclass(frozen=True)
class Leaf:
    """One expected output: its path, type, and bounds or exact value."""

    path: str
    value: Any
    bounds: Bounds | None


@dataclass(frozen=True)
class Case:
    """Inputs of one call with the expected outputs."""

    name: str
    workload: str
    inputs: list[Any]
    cotangents: list[torch.Tensor] | None
    structure: Any
    leaves: list[Leaf]
    aliases_input: bool
    mutates_input: bool
    largest: int = field(default=0)
    """Total bytes of the expected outputs."""

    def renamed(self, name: str) -> Case:
        """Return the same case under another name."""
        return dataclasses.replace(self, name=name)

    @property
    def size(self) -> int:
        """Bytes this case keeps in memory, roughly."""
        return sum(_bytes(value) for _, value in tree.leaves(self.inputs)) + 4 * self.largest


def derive_seed(master: str, *parts: object) -> int:
    """Return a secret 63-bit seed for a purpose, from a master seed."""
    text = "/".join([master, *map(str, parts)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def make_case(
    reference: Reference,
    distribution: str,
    seed: int,
    tolerance: Tolerance,
    label: str,
    like: Case | None = None,
) -> Case | None:
    """Draw inputs and compute their answer; None where the distribution does not apply.

    With `like`, PyTorch's error is taken from that case instead of computing in float64.

    Raises:
        InvalidProblem: if the reference fails under its own default distribution.
    """
    inputs = reference.inputs(seed)
    if distribution != "default":
        changed = _redistribute(inputs, distribution, seed)
        if changed is None:
            return None
        inputs = changed
    kept = [copy_of(value) for value in inputs]
    cotangents = None
    outputs = reference_module.answer(reference, inputs)
    pointwise = reference.is_pointwise(lambda: [copy_of(value) for value in kept])
    if reference.backward:
        cotangents = cotangents_for(outputs, seed ^ 1)
        outputs = reference_module.answer(reference, [copy_of(v) for v in kept], cotangents)
    wide = None
    if like is None:
        wide = reference.run_wide([copy_of(value) for value in kept], cotangents)
    drawn = _Drawn(inputs, kept, cotangents)
    case = _build(
        label, reference.workload.name, drawn, (outputs, wide), tolerance, like, pointwise
    )
    if distribution != "default" and not _usable(case):
        return None
    return case


@dataclass(frozen=True)
class _Drawn:
    """Inputs as the reference left them, as they were given, and cotangents."""

    used: list[Any]
    kept: list[Any]
    cotangents: list[torch.Tensor] | None


def _build(
    label: str,
    workload: str,
    drawn: _Drawn,
    answers: tuple[Any, Any],
    tolerance: Tolerance,
    like: Case | None,
    pointwise: bool,
) -> Case:
    outputs, wide = answers
    reduction = 1 if pointwise else _longest_reduction(drawn.kept, outputs)
    wide_leaves = dict(tree.leaves(wide)) if wide is not None else {}
    models = {leaf.path: leaf.bounds for leaf in like.leaves} if like is not None else {}
    leaves = []
    for path, value in tree.leaves(outputs):
        model = models.get(path)
        if model is not None:
            leaves.append(_leaf_like(path, value, model, tolerance, reduction))
        else:
            leaves.append(_leaf(path, value, wide_leaves.get(path), tolerance, reduction))
    return Case(
        name=label,
        workload=workload,
        inputs=drawn.kept,
        cotangents=drawn.cotangents,
        structure=tree.shape_of(outputs),
        leaves=leaves,
        aliases_input=_share_memory(outputs, drawn.used),
        mutates_input=not _same(drawn.used, drawn.kept),
        largest=sum(_bytes(value) for _, value in tree.leaves(outputs)),
    )


def _leaf_like(
    path: str, value: torch.Tensor, model: Bounds, tolerance: Tolerance, reduction: int
) -> Leaf:
    value = value.detach().contiguous()
    return Leaf(path, value, bounds_like(value, model, tolerance, reduction))


def _leaf(path: str, value: Any, wide: Any, tolerance: Tolerance, reduction: int) -> Leaf:
    if not isinstance(value, torch.Tensor):
        return Leaf(path, value, None)
    value = value.detach().contiguous()
    if is_exact(value.dtype):
        return Leaf(path, value, None)
    usable = isinstance(wide, torch.Tensor) and wide.shape == value.shape
    return Leaf(path, value, bounds_for(value, wide if usable else None, tolerance, reduction))


def _redistribute(inputs: list[Any], distribution: str, seed: int) -> list[Any] | None:
    """Return inputs with other values in their floating tensors, None if none may change."""
    generator = torch.Generator().manual_seed(seed ^ 2)
    changed = False

    def change(value: Any) -> Any:
        nonlocal changed
        if isinstance(value, list):
            return [change(item) for item in value]
        if not isinstance(value, torch.Tensor) or not _is_free(value):
            return value
        changed = True
        return _CHANGES[distribution](value, generator)

    result = [change(value) for value in inputs]
    return result if changed else None


def _is_free(value: torch.Tensor) -> bool:
    """Whether a tensor holds ordinary numbers rather than a mask or a constant."""
    if not value.is_floating_point() or value.numel() < 2:
        return False
    sample = value.detach().reshape(-1)[:4096].float()
    return bool(torch.isfinite(sample).all()) and sample.unique().numel() > 2


def _scaled(value: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return value * 8.0


def _offset(value: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return value + 64.0


def _sparse(value: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    keep = torch.rand(value.shape, generator=generator) < 0.1
    return value * keep.to(value.dtype)


def _extreme(value: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Return mostly ordinary values with a few large ones: unstable formulas overflow."""
    pick = torch.rand(value.shape, generator=generator)
    loud = torch.where(pick < 0.01, 100.0, 1.0) * torch.where(pick > 0.99, 1e-4, 1.0)
    return (value.float() * loud).to(value.dtype)


_CHANGES = {"scaled": _scaled, "offset": _offset, "sparse": _sparse, "extreme": _extreme}


def _usable(case: Case) -> bool:
    """Whether a changed distribution still gives finite answers that float64 confirms."""
    floating = [leaf for leaf in case.leaves if leaf.bounds is not None]
    return all(
        leaf.bounds is not None and leaf.bounds.wide and bool(torch.isfinite(leaf.value).all())
        for leaf in floating
    )


def _longest_reduction(inputs: list[Any], outputs: Any) -> int:
    """Return how many terms one output element may sum, from sizes alone."""
    tensors = [value for _, value in tree.leaves(inputs) if isinstance(value, torch.Tensor)]
    results = [value for _, value in tree.leaves(outputs) if isinstance(value, torch.Tensor)]
    longest = max((size for tensor in tensors for size in tensor.shape), default=1)
    total = max((tensor.numel() for tensor in tensors), default=1)
    least = min((max(1, result.numel()) for result in results), default=1)
    return max(longest, total // least)


def copy_of(value: Any) -> Any:
    """Return a nested value with its tensors cloned."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, dict):
        return {key: copy_of(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [copy_of(item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    return value


def _bytes(value: Any) -> int:
    return value.numel() * value.element_size() if isinstance(value, torch.Tensor) else 8


def _same(left: list[Any], right: list[Any]) -> bool:
    pairs = zip(tree.leaves(left), tree.leaves(right), strict=True)
    return all(
        not isinstance(a, torch.Tensor)
        or torch.equal(a.detach(), b)
        or torch.equal(torch.nan_to_num(a.detach()), torch.nan_to_num(b))
        for (_, a), (_, b) in pairs
    )


def _share_memory(outputs: Any, inputs: list[Any]) -> bool:
    homes = {
        value.untyped_storage().data_ptr()
        for _, value in tree.leaves(inputs)
        if isinstance(value, torch.Tensor) and value.numel()
    }
    return any(
        isinstance(value, torch.Tensor)
        and value.numel()
        and value.untyped_storage().data_ptr() in homes
        for _, value in tree.leaves(outputs)
    )
