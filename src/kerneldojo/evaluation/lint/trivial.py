"""Answers that take no work: are they admitted?

An answer must be admitted in every case to be a way to a reward. If it passes under the
problem's own distribution alone, only the other distributions stand between it and one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from kerneldojo.evaluation.lint.look import Look, admits_leaf, input_tensors, tensor_leaves
from kerneldojo.evaluation.referee.cases import Case, Leaf
from kerneldojo.records import Complaint, ComplaintKind, Gravity

Make = Callable[[Case, Leaf, Leaf], torch.Tensor | None]
"""Makes an answer from a case, the output in it, and the same output of the first case."""


@dataclass(frozen=True)
class Candidate:
    """One lazy way to answer."""

    kind: ComplaintKind
    words: str
    make: Make
    draws: bool = False
    """Whether it says nothing about problems without a tensor to draw."""


def trivial_answers(look: Look) -> Iterator[Complaint]:
    """Complain of outputs that a lazy answer would pass for.

    Fatal if every output can be answered so in every case, a warning if only some can or only
    under the default distribution.
    """
    usual = {position: _usually(look, position) for position, _ in tensor_leaves(look.first)}
    passing = {
        position: [one for one in candidates if _always(look, one, position)]
        for position, candidates in usual.items()
    }
    if passing and all(passing.values()):
        for candidate in _distinct(passing):
            yield look.complain(candidate.kind, Gravity.FATAL, candidate.words)
        return
    for position, candidates in passing.items():
        path = look.first.leaves[position].path
        for candidate in candidates[:1]:
            words = f"{path}: {candidate.words}; the other outputs are not that easy"
            yield look.complain(candidate.kind, Gravity.WARNING, words)
    if usual and all(usual.values()):
        tempting = {position: usual[position] for position in usual if not passing[position]}
        for candidate in _distinct(tempting)[:1]:
            words = f"{candidate.words}; only under other value distributions it does not pass"
            yield look.complain(candidate.kind, Gravity.WARNING, words)


def _usually(look: Look, position: int) -> list[Candidate]:
    """Return the candidates that pass under the problem's own distribution."""
    found = []
    for candidate in _candidates(look):
        look.clock.check()
        if all(_admitted(look, candidate, case, position) for case in look.usual):
            found.append(candidate)
    return found


def _always(look: Look, candidate: Candidate, position: int) -> bool:
    return all(_admitted(look, candidate, case, position) for case in look.unusual())


def _admitted(look: Look, candidate: Candidate, case: Case, position: int) -> bool:
    leaf = case.leaves[position]
    answer = candidate.make(case, leaf, look.first.leaves[position])
    return answer is not None and admits_leaf(leaf, answer)


def _distinct(passing: dict[int, list[Candidate]]) -> list[Candidate]:
    """Return the first way of each kind."""
    first: dict[ComplaintKind, Candidate] = {}
    for found in passing.values():
        for candidate in found:
            first.setdefault(candidate.kind, candidate)
    return list(first.values())


def _candidates(look: Look) -> list[Candidate]:
    lazy = [
        Candidate(ComplaintKind.CONSTANT_OUTPUT, _stale_words(look), _stale, draws=True),
        Candidate(ComplaintKind.TRIVIAL_SOLUTION, "zeros are admitted", _filled(0.0)),
        Candidate(ComplaintKind.TRIVIAL_SOLUTION, "ones are admitted", _filled(1.0)),
        Candidate(
            ComplaintKind.TRIVIAL_SOLUTION,
            "the mean of an earlier answer is admitted everywhere",
            _mean,
            draws=True,
        ),
    ]
    for index, (path, _) in enumerate(input_tensors(look.first)):
        words = f"{path} is admitted as the answer"
        lazy.append(Candidate(ComplaintKind.IDENTITY, words, _input(index)))
    return [candidate for candidate in lazy if look.has_tensor_inputs or not candidate.draws]


def _stale_words(look: Look) -> str:
    pairs = zip(input_tensors(look.first), input_tensors(look.second), strict=True)
    if all(torch.equal(one, other) for (_, one), (_, other) in pairs):
        return "the inputs are the same under every seed, and so is the answer"
    return "the answer to other inputs is admitted: it does not depend on their values"


def _stale(case: Case, leaf: Leaf, first: Leaf) -> torch.Tensor | None:
    if leaf is not first:
        return first.value  # type: ignore[no-any-return]
    return leaf.value  # type: ignore[no-any-return]


def _filled(number: float) -> Make:
    def make(case: Case, leaf: Leaf, first: Leaf) -> torch.Tensor:
        return torch.full_like(leaf.value, number)

    return make


def _mean(case: Case, leaf: Leaf, first: Leaf) -> torch.Tensor | None:
    if not first.value.is_floating_point() or leaf.value.numel() < 2:
        return None
    return torch.full_like(leaf.value, float(first.value.double().mean()))


def _input(index: int) -> Make:
    def make(case: Case, leaf: Leaf, first: Leaf) -> torch.Tensor | None:
        tensors = input_tensors(case)
        value = tensors[index][1] if index < len(tensors) else None
        if value is None or value.dtype != leaf.value.dtype:
            return None
        if value.numel() != leaf.value.numel():
            return None
        return value.reshape(leaf.value.shape)

    return make
