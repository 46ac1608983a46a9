"""Which estimators are unbiased, by enumeration of every outcome: exact, with nothing drawn."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
import torch
from torch import Tensor

from kerneldojo.rl import dr_grpo, reinforce, rloo, trloo, turn_grpo

Compute = Callable[[Tensor, Tensor, Tensor], Tensor]
"""From rewards, validity and groups to advantages."""

# One turn: a bandit.

PUBLISHED = {2: 0.4995, 3: 0.6652, 4: 0.7513, 8: 0.8742, 16: 0.9387}
"""Monte Carlo figures of the self-included mean, by group size."""


def bandit_ratio(compute: Compute, size: int) -> float:
    """Return expected gradient ÷ exact gradient for two arms and groups of a size."""
    chance = torch.tensor([0.3, 0.7], dtype=torch.float64)
    worth = torch.tensor([2.0, 0.5], dtype=torch.float64)
    # Every sequence of arms, as the binary digits of its number.
    arms = (torch.arange(2**size)[:, None] >> torch.arange(size)) & 1
    groups = torch.arange(2**size).repeat_interleave(size)
    rewards = worth[arms].reshape(-1, 1)
    advantages = compute(rewards, torch.ones_like(rewards, dtype=torch.bool), groups)
    # The gradient of log π(arm) by the logit of arm 0; arm 1 has the negative of it.
    score = (arms == 0).double() - chance[0]
    estimates = (advantages.view(-1, size) * score).mean(dim=1)
    expected = (chance[arms].prod(dim=1) * estimates).sum()
    exact = chance[0] * chance[1] * (worth[0] - worth[1])
    return float(expected / exact)


@pytest.mark.parametrize("size", PUBLISHED)
def test_leave_one_out_is_unbiased_and_a_mean_that_includes_itself_is_not(size: int) -> None:
    assert bandit_ratio(lambda *a: trloo(*a).advantages_BT, size) == pytest.approx(1, abs=1e-12)
    assert bandit_ratio(lambda *a: rloo(*a).advantages_BT, size) == pytest.approx(1, abs=1e-12)
    for compute in (
        lambda *a: dr_grpo(*a).advantages_BT,
        lambda *a: turn_grpo(*a, scaled=False).advantages_BT,
    ):
        ratio = bandit_ratio(compute, size)
        assert ratio == pytest.approx(1 - 1 / size, abs=1e-12)
        assert ratio == pytest.approx(PUBLISHED[size], abs=2e-3)


# Two turns: stop, or go on.
# Turn 1: stop (0) or go on (1); turn 2: the better (0) or the worse (1) answer.
STOP, GO = 0.4, 0.6
BETTER, WORSE = 0.3, 0.7


class TwoTurns:
    """A problem in which the policy decides after its first turn whether there is a second."""

    def __init__(self, stop: float, go: float, better: float, worse: float) -> None:
        self.chance = torch.tensor([STOP, GO * BETTER, GO * WORSE], dtype=torch.float64)
        self.rewards = torch.tensor([[stop, 0], [go, better], [go, worse]], dtype=torch.float64)
        self.valid = torch.tensor([[True, False], [True, True], [True, True]])
        # Gradients of log π by the logits of `go` and `better`, per path and turn.
        self.scores = torch.tensor(
            [[-GO, 0], [1 - GO, 1 - BETTER], [1 - GO, -BETTER]], dtype=torch.float64
        )

    def exact(self) -> Tensor:
        """Return the gradient of the expected sum of rewards by the two logits."""
        total = self.rewards.sum(dim=1, keepdim=True)
        return (self.chance[:, None] * total * self.scores).sum(dim=0)

    def expected(self, compute: Compute, size: int = 3) -> Tensor:
        """Return the expected estimate from groups of a size."""
        joint = torch.tensor(list(product(range(3), repeat=size)))
        path = joint.flatten()
        groups = torch.arange(len(joint)).repeat_interleave(size)
        advantages = compute(self.rewards[path], self.valid[path], groups)
        estimates = (advantages * self.scores[path]).view(len(joint), size, 2).mean(dim=1)
        return (self.chance[joint].prod(dim=1)[:, None] * estimates).sum(dim=0)


PROBLEM = TwoTurns(stop=1.0, go=0.5, better=3.0, worse=0.25)


def test_trloo_gives_the_exact_gradient() -> None:
    for size in (1, 2, 3, 5):
        found = PROBLEM.expected(lambda *a: trloo(*a).advantages_BT, size)
        torch.testing.assert_close(found, PROBLEM.exact())
    unweighted = PROBLEM.expected(lambda *a: reinforce(*a).advantages_BT)
    torch.testing.assert_close(unweighted, PROBLEM.exact())


def test_turn_level_grpo_scales_every_turn_differently() -> None:
    found = PROBLEM.expected(lambda *a: turn_grpo(*a, scaled=False).advantages_BT)
    first, second = (found / PROBLEM.exact()).tolist()
    assert first == pytest.approx(1 - 1 / 3)
    # Given one that goes on, each other goes on too with 0.6: alone 0.16, 2 of 3 0.48, all 0.36.
    assert second == pytest.approx(0.16 * 1 + 0.48 * (1 - 1 / 2) + 0.36 * (1 - 1 / 3))
    assert abs(first - second) > 0.02


def test_dropping_lonely_turns_scales_the_later_turn() -> None:
    found = PROBLEM.expected(lambda *a: trloo(*a, single="drop").advantages_BT)
    first, second = (found / PROBLEM.exact()).tolist()
    assert first == pytest.approx(1)
    assert second == pytest.approx(1 - STOP**2)


def centred_first(rewards: Tensor, valid: Tensor, groups: Tensor) -> Tensor:
    """Centre rewards within their turn, without themselves, and only then sum them up."""
    centred = trloo(rewards, valid, groups, gamma=0.0, single="drop").advantages_BT
    return centred.flip(1).cumsum(1).flip(1)


def test_centring_before_summing_loses_the_decision_to_continue() -> None:
    # Nothing but going on is worth anything: that is the whole gradient.
    worth_going_on = TwoTurns(stop=0.0, go=0.0, better=1.0, worse=1.0)
    exact = worth_going_on.exact()
    assert exact[0] == pytest.approx(STOP * GO) and exact[1] == pytest.approx(0)
    torch.testing.assert_close(worth_going_on.expected(lambda *a: trloo(*a).advantages_BT), exact)
    assert worth_going_on.expected(centred_first).abs().max() < 1e-12
