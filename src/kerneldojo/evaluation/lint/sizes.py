"""Sizes that make a problem easy to pass or impossible to time."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import torch

from kerneldojo.evaluation.lint.look import Look, tensor_leaves
from kerneldojo.records import Complaint, ComplaintKind, Gravity

_BRIEF_S = 20e-6
"""A call through the harness costs a few microseconds: below this it cannot be told apart."""
_CALLS = 5
_ENOUGH_S = 0.5


def fastest_call(look: Look) -> float:
    """Return the shortest of a few calls of the reference, in seconds."""
    shortest, spent = math.inf, 0.0
    for _ in range(_CALLS):
        if spent > _ENOUGH_S:
            break
        look.clock.check()
        inputs = list(look.first.inputs)
        start = time.perf_counter()
        look.reference.run(inputs, look.first.cotangents)
        took = time.perf_counter() - start
        shortest, spent = min(shortest, took), spent + took
    return shortest


def brevity(look: Look, seconds: float) -> Iterator[Complaint]:
    """Complain if a call is too short to be timed."""
    if seconds < _BRIEF_S:
        words = f"the reference takes {seconds * 1e6:.0f} µs; below {_BRIEF_S * 1e6:.0f} µs "
        words += "overhead is all there is to measure"
        yield look.complain(ComplaintKind.TOO_BRIEF, Gravity.WARNING, words)


def single_element(look: Look) -> Iterator[Complaint]:
    """Note that only one number is compared."""
    total = sum(leaf.value.numel() for _, leaf in tensor_leaves(look.first))
    others = any(not isinstance(leaf.value, torch.Tensor) for leaf in look.first.leaves)
    if total == 1 and not others:
        words = "all there is to compare is one number"
        yield look.complain(ComplaintKind.SINGLE_ELEMENT, Gravity.NOTE, words)
