"""Prompts and turns that are left out."""

from __future__ import annotations

import pytest
import torch

from kerneldojo.errors import UsageError
from kerneldojo.rl import instructive, relapses, trloo

NAN = torch.nan


def test_prompts_whose_last_rewards_agree_are_left_out() -> None:
    rewards = torch.tensor(
        [
            *([0.0, 2.0], [1.0, 2.0]),  # differ before, agree at the end
            *([1.0, 2.0], [1.0, 2.1]),  # differ at the end
            *([3.0, NAN], [3.0, 0.0]),  # the first has one turn: 3 against 0
            *([1.0, NAN], [0.0, 1.0]),  # 1 against 1
            [0.0, 0.0],  # alone
            [NAN, NAN],  # nothing valid
        ]
    )
    groups = torch.tensor([4, 4, 2, 2, 7, 7, 1, 1, 9, 2])
    found = instructive(rewards, ~rewards.isnan(), groups)
    assert found.tolist() == [False, False, True, True, True, True, False, False, True, False]


def test_the_least_deviation() -> None:
    # Of 0 and 0.001 the deviation is 0.000707, of 0 and 0.002 it is 0.00141.
    rewards = torch.tensor([[0.0], [0.001], [0.0], [0.002]], dtype=torch.float64)
    valid = torch.ones(4, 1, dtype=torch.bool)
    groups = torch.tensor([0, 0, 1, 1])
    assert instructive(rewards, valid, groups).tolist() == [False, False, True, True]
    assert instructive(rewards, valid, groups, least=5e-4).all()
    assert not instructive(rewards, valid, groups, least=1e-2).any()


def test_relapses() -> None:
    rewards = torch.tensor(
        [
            [0.0, 1.0, 0.0, 2.0, -1.0],
            [1.0, 0.5, 0.1, 0.1, 0.1],
            [0.0, 0.0, 0.0, 0.0, 1.0],
            [1.0, 0.0, 0.0, 0.0, 0.0],
        ]
    )
    valid = torch.ones(4, 5, dtype=torch.bool)
    valid[3, 0] = valid[0, 4] = False  # success and relapse were not judged
    expected = torch.zeros(4, 5, dtype=torch.bool)
    expected[0, 2] = True
    assert torch.equal(relapses(rewards, valid), expected)


def test_relapses_leave_baselines_but_do_not_spoil_earlier_returns() -> None:
    rewards = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    valid = torch.ones(2, 2, dtype=torch.bool)
    found = trloo(rewards, valid & ~relapses(rewards, valid), torch.tensor([0, 0]))
    assert found.advantages_BT.tolist() == [[-1.0, 0.0], [1.0, 2.0]]
    assert found.mask_BT.tolist() == [[True, False], [True, True]]


@pytest.mark.parametrize("shape", [(0, 2), (2, 0)])
def test_nothing(shape: tuple[int, int]) -> None:
    rewards, valid = torch.zeros(shape), torch.zeros(shape, dtype=torch.bool)
    assert relapses(rewards, valid).shape == shape
    assert instructive(rewards, valid, torch.zeros(shape[0]).long()).tolist() == [False] * shape[0]


def test_refusals() -> None:
    rewards, valid = torch.tensor([[NAN, 1.0]]), torch.ones(1, 2, dtype=torch.bool)
    for call in (
        lambda: relapses(rewards, valid),
        lambda: instructive(rewards, valid, torch.tensor([0])),
    ):
        with pytest.raises(UsageError, match=r"rewards_BT\[0, 0\] is nan"):
            call()
    with pytest.raises(UsageError, match="trajectories, turns"):
        relapses(rewards[0], valid[0])
