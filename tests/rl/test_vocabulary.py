"""Pruning on both sides leaves ratios alone; on one side they carry the kept mass."""

from __future__ import annotations

import math

import pytest
import torch

from kerneldojo.errors import UsageError
from kerneldojo.rl.vocabulary import (
    SAFE_RATIO,
    kept_mass,
    prune_logits,
    pruned_logprobs,
    safe_vocabulary,
)

PROBABILITIES = torch.tensor([0.5, 0.3, 0.15, 0.04, 0.01], dtype=torch.float64)
LOGITS = PROBABILITIES.log() + 3


def test_the_safe_set_by_hand() -> None:
    assert safe_vocabulary(LOGITS, 0.2).tolist() == [True, True, True, False, False]
    assert safe_vocabulary(LOGITS, 1.0).tolist() == [True] + [False] * 4
    assert safe_vocabulary(LOGITS).all()
    assert pytest.approx(2.26e-6, rel=1e-3) == SAFE_RATIO
    edge = torch.tensor([0.0, math.log(SAFE_RATIO), -13.1], dtype=torch.float64)
    assert safe_vocabulary(edge).tolist() == [True, True, False]


def test_probabilities_are_renormalised() -> None:
    kept = prune_logits(LOGITS, 0.2).softmax(-1)
    torch.testing.assert_close(kept[:3], PROBABILITIES[:3] / 0.95)
    assert kept[3:].tolist() == [0, 0]
    assert kept_mass(LOGITS, 0.2).item() == pytest.approx(0.95)
    logprobs = pruned_logprobs(LOGITS.expand(5, 5), torch.arange(5), 0.2)
    torch.testing.assert_close(logprobs[:3].exp(), PROBABILITIES[:3] / 0.95)
    assert logprobs[3:].tolist() == [-math.inf, -math.inf]


def sampled(ratio: float) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(4, 50, 100, generator=generator, dtype=torch.float64)
    chances = prune_logits(logits, ratio).softmax(-1).flatten(0, 1)
    return logits, torch.multinomial(chances, 1, generator=generator).view(4, 50)


def test_identical_policies_have_ratio_one_if_both_sides_prune() -> None:
    logits, tokens = sampled(0.05)
    rollout = pruned_logprobs(logits, tokens, 0.05)
    train = pruned_logprobs(logits + 7.5, tokens, 0.05)
    torch.testing.assert_close(train, rollout)
    assert rollout.isfinite().all()


def test_if_one_side_prunes_the_ratio_carries_the_kept_mass() -> None:
    logits, tokens = sampled(0.05)
    rollout = pruned_logprobs(logits, tokens, 0.05)
    train = logits.log_softmax(-1).gather(-1, tokens.unsqueeze(-1)).squeeze(-1)
    torch.testing.assert_close((train - rollout).exp(), kept_mass(logits, 0.05))
    assert kept_mass(logits, 0.05).min() < 0.95


def test_a_set_handed_over_is_used_at_its_edges() -> None:
    logits, tokens = sampled(0.05)
    safe = safe_vocabulary(logits, 0.05)
    moved = logits + 0.05 * torch.randn(
        logits.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64
    )
    assert not safe.equal(safe_vocabulary(moved, 0.05))
    assert pruned_logprobs(moved, tokens, safe_V=safe).isfinite().all()
    assert prune_logits(moved, safe_V=safe).isfinite().equal(safe)


def test_gradients_are_those_of_the_pruned_distribution() -> None:
    logits, tokens = sampled(0.05)
    logits, tokens = logits[0, :3].clone().requires_grad_(), tokens[0, :3]
    assert torch.autograd.gradcheck(lambda z: pruned_logprobs(z, tokens, 0.05), logits)
    pruned_logprobs(logits, tokens, 0.05).sum().backward()
    safe = safe_vocabulary(logits, 0.05)
    assert logits.grad is not None
    assert (logits.grad[~safe] == 0).all()
    expected = torch.nn.functional.one_hot(tokens, 100) - prune_logits(logits, 0.05).softmax(-1)
    torch.testing.assert_close(logits.grad, expected.detach())


def test_tokens_that_fell_out_have_no_gradient_rather_than_nan() -> None:
    logits = LOGITS.clone().requires_grad_()
    logprob = pruned_logprobs(logits.unsqueeze(0), torch.tensor([4]), 0.2)
    assert logprob.item() == -math.inf
    logprob.clamp(min=-20).sum().backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_logits_that_are_no_distribution_are_refused(bad: float) -> None:
    logits = LOGITS.repeat(3, 1)
    logits[1, 2] = bad
    with pytest.raises(UsageError, match="1 of 3 distributions"):
        safe_vocabulary(logits)
    with pytest.raises(UsageError, match="1 of 1 distributions"):
        safe_vocabulary(torch.full((5,), -math.inf))


@pytest.mark.parametrize("ratio", [0.0, -1.0, 1.1, math.nan])
def test_impossible_ratios_are_refused(ratio: float) -> None:
    with pytest.raises(UsageError, match="ratio"):
        safe_vocabulary(LOGITS, ratio)
