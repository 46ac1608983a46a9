"""Full updates at high entropy, attenuated ones elsewhere."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from kerneldojo.errors import UsageError
from kerneldojo.rl.gating import EntropyGate, entropy_gate
from kerneldojo.rl.losses import ppo_loss

ENTROPIES = torch.tensor([[0.1, 0.2, 0.3, 0.4, 0.5], [0.6, 0.7, 0.8, 0.9, 9.9]])
MASK = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 1, 0]], dtype=torch.bool)
OLD = torch.full((2, 5), math.log(0.25))


@pytest.mark.parametrize(
    ("share", "full"), [(1.0, 9), (2 / 3, 6), (1 / 3, 3), (1 / 9, 1), (1e-6, 1)]
)
def test_the_share_of_highest_entropy_gets_full_updates(share: float, full: int) -> None:
    factors = entropy_gate(ENTROPIES, OLD, MASK, EntropyGate(share=share, attenuation=0.1))
    expected = [0.1] * (9 - full) + [1] * full + [0]
    assert factors.flatten().tolist() == pytest.approx(expected)


def test_a_threshold_in_nats_takes_the_shares_place() -> None:
    factors = entropy_gate(ENTROPIES, OLD, MASK, EntropyGate(threshold=0.8, attenuation=0.0))
    assert factors.tolist() == [[0] * 5, [0, 0, 1, 1, 0]]


def test_by_default_the_others_keep_p_times_one_minus_p() -> None:
    factors = entropy_gate(ENTROPIES, OLD, MASK)
    assert factors[0].tolist() == pytest.approx([0.25 * 0.75] * 5)
    assert factors[1].tolist() == [pytest.approx(0.1875)] * 2 + [1, 1, 0]


def test_both_kinds_of_token_keep_their_advantage() -> None:
    """A confident mistake is unlearned, more slowly: the gradient is −A × the factor."""
    advantages = torch.tensor([-2.0, 1.0])
    factors = entropy_gate(ENTROPIES, OLD, MASK, EntropyGate(share=0.5, attenuation=0.25))
    logprobs = OLD.clone().requires_grad_()
    ppo_loss(logprobs, OLD, advantages, MASK, weights_BL=factors).loss.backward()
    assert logprobs.grad is not None
    expected = -advantages.unsqueeze(-1) * factors / 2 / 1000
    torch.testing.assert_close(logprobs.grad, expected)
    assert logprobs.grad[0, 0] == pytest.approx(2 * 0.25 / 2000)


def test_ties_are_full_and_nothing_is_nothing() -> None:
    same = torch.ones(2, 5)
    assert entropy_gate(same, OLD, MASK).equal(MASK.float())
    assert entropy_gate(same, OLD, MASK & False).sum() == 0


def test_what_is_masked_does_not_count_and_what_is_not_must_be_a_number() -> None:
    entropies, old = ENTROPIES.clone(), OLD.clone()
    entropies[1, 4] = old[1, 4] = math.nan
    assert entropy_gate(entropies, old, MASK).equal(entropy_gate(ENTROPIES, OLD, MASK))
    entropies[0, 2] = math.nan
    with pytest.raises(UsageError, match="entropies is NaN at unmasked positions of row 0"):
        entropy_gate(entropies, old, MASK)
    old[1, 0] = math.nan
    with pytest.raises(UsageError, match="old_logprobs is NaN at unmasked positions of row 1"):
        entropy_gate(ENTROPIES, old, MASK)


@pytest.mark.parametrize(
    "settings", [{"share": 0}, {"share": 1.1}, {"attenuation": -0.1}, {"attenuation": 2}]
)
def test_impossible_gates_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(settings))):
        EntropyGate(**settings)
