"""What the answer looks like: there at all, finite, varied."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from kerneldojo.evaluation.lint.look import Look, admits_leaf, tensor_leaves
from kerneldojo.evaluation.referee.cases import Leaf
from kerneldojo.records import Complaint, ComplaintKind, Gravity

_MOST_SAMPLED = 1 << 16
_DOMINANT = 0.85
_HIDDEN = 0.2
"""Answers that differ as they should agree within the tolerance once in many thousands."""


def presence(look: Look) -> Iterator[Complaint]:
    """Complain if there is nothing to compare."""
    if not any(leaf.value is not None for leaf in look.first.leaves):
        yield look.complain(ComplaintKind.NO_OUTPUT, Gravity.FATAL, "the reference returns nothing")


def finiteness(look: Look) -> Iterator[Complaint]:
    """Complain of NaN and infinity: a note where infinities may be a mask's."""
    for _, leaf in tensor_leaves(look.first):
        if not leaf.value.is_floating_point():
            continue
        value = leaf.value.float()
        nan, infinite = float(value.isnan().float().mean()), float(value.isinf().float().mean())
        if not nan + infinite:
            continue
        words = f"{leaf.path}: {nan:.1%} NaN, {infinite:.1%} infinite"
        gravity = Gravity.WARNING if nan else Gravity.NOTE
        if nan + infinite > 0.5:
            gravity = Gravity.FATAL
        yield look.complain(ComplaintKind.NON_FINITE, gravity, words)


def uniformity(look: Look) -> Iterator[Complaint]:
    """Complain of outputs that repeat one number, or repeat themselves along an axis."""
    for position, leaf in tensor_leaves(look.first):
        value = leaf.value
        if value.numel() < 2:
            continue
        both = (leaf, look.second.leaves[position])
        if all(_is_uniform(one) for one in both):
            words = f"{leaf.path}: all elements are equal, within the tolerance"
            yield look.complain(ComplaintKind.UNIFORM_OUTPUT, Gravity.WARNING, words)
            continue
        for axis, size in enumerate(value.shape):
            look.clock.check()
            if size > 1 and all(_repeats(one, axis) for one in both):
                words = f"{leaf.path}: the same all along axis {axis} of {tuple(value.shape)}"
                yield look.complain(ComplaintKind.UNIFORM_AXIS, Gravity.WARNING, words)


def dominance(look: Look) -> Iterator[Complaint]:
    """Complain of outputs that have one value nearly everywhere, such as zero after a clamp."""
    for position, leaf in tensor_leaves(look.first):
        if leaf.value.numel() < 2 or leaf.value.is_complex():
            continue
        both = (leaf, look.second.leaves[position])
        found = [_dominant(one.value) for one in both]
        share = min(share for _, share in found)
        if share >= _DOMINANT and not all(_is_uniform(one) for one in both):
            words = f"{leaf.path}: {share:.1%} of the elements are {found[0][0]:g}"
            yield look.complain(ComplaintKind.DOMINANT_VALUE, Gravity.WARNING, words)


def hidden(look: Look) -> Iterator[Complaint]:
    """Complain if answers to other inputs, though they differ, are often within the tolerance."""
    if not look.has_tensor_inputs:
        return
    for position, leaf in tensor_leaves(look.first):
        if leaf.bounds is None:
            continue
        near = differing = 0
        for other in look.usual[1:]:
            value = other.leaves[position].value
            if value.shape == leaf.value.shape:
                differs = value != leaf.value
                differing += int(differs.sum())
                near += int((differs & ~leaf.bounds.wrong(value)).sum())
        if _HIDDEN * differing <= near < differing:
            words = (
                f"{leaf.path}: {near / differing:.0%} of what differs between the answers to "
                "different inputs is within the tolerance"
            )
            yield look.complain(ComplaintKind.HIDDEN_IN_TOLERANCE, Gravity.WARNING, words)


def _is_uniform(leaf: Leaf) -> bool:
    value = leaf.value
    if not value.is_floating_point():
        return bool((value == value.reshape(-1)[0]).all())
    mean = value.double()[torch.isfinite(value)].mean()
    return admits_leaf(leaf, torch.full_like(value, float(mean)))


def _repeats(leaf: Leaf, axis: int) -> bool:
    one = leaf.value.narrow(axis, 0, 1)
    return admits_leaf(leaf, one.expand_as(leaf.value).contiguous())


def _dominant(value: torch.Tensor) -> tuple[float, float]:
    """Return the most frequent value of a sample, and its share."""
    flat = value.reshape(-1)
    sample = flat[:: max(1, flat.numel() // _MOST_SAMPLED)].double()
    values, counts = sample.unique(return_counts=True)
    place = int(counts.argmax())
    return float(values[place]), float(counts[place]) / sample.numel()
