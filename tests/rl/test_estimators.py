"""Every estimator on two trajectories of three turns, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.rl import (
    ESTIMATORS,
    Estimator,
    dr_grpo,
    estimator,
    grpo,
    otb,
    reinforce,
    rloo,
    trloo,
    turn_grpo,
)

# G of the first: 0 + 1 + 3 = 4, 1 + 3 = 4, 3. Of the second: 2 + 0 + 1 = 3, 0 + 1 = 1, 1.
REWARDS = torch.tensor([[0.0, 1.0, 3.0], [2.0, 0.0, 1.0]], dtype=torch.float64)
RETURNS = torch.tensor([[4.0, 4.0, 3.0], [3.0, 1.0, 1.0]], dtype=torch.float64)
VALID = torch.ones(2, 3, dtype=torch.bool)
ONE_PROMPT = torch.tensor([7, 7])
HALF_ROOT = 0.5**0.5  # (a − mean)/std of two numbers a > b is (a − b)/2 ÷ (a − b)/√2 = √½


def close(found: Tensor, expected: list[list[float]]) -> None:
    torch.testing.assert_close(found, torch.tensor(expected, dtype=found.dtype))


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        # The other's return is the baseline: 4 − 3, 4 − 1, 3 − 1.
        ("trloo", {}, [[1, 3, 2], [-1, -3, -2]]),
        # Whole returns 4 and 3, each the other's baseline, at every turn.
        ("rloo", {}, [[1, 1, 1], [-1, -1, -1]]),
        # Mean 3.5 of whole returns.
        ("dr_grpo", {}, [[0.5] * 3, [-0.5] * 3]),
        ("grpo", {"epsilon": 0.0}, [[HALF_ROOT] * 3, [-HALF_ROOT] * 3]),
        # 0.5 ÷ (√½ + 0.5).
        ("grpo", {"epsilon": 0.5}, [[0.5 / (HALF_ROOT + 0.5)] * 3, [-0.5 / (HALF_ROOT + 0.5)] * 3]),
        # Means per turn 3.5, 2.5, 2.
        ("turn_grpo", {"scaled": False}, [[0.5, 1.5, 1], [-0.5, -1.5, -1]]),
        ("turn_grpo", {"epsilon": 0.0}, [[HALF_ROOT] * 3, [-HALF_ROOT] * 3]),
        ("reinforce", {}, [[4, 4, 3], [3, 1, 1]]),
        # Weighted means: (4·1 + 3·3)/4 = 3.25, (4·2 + 1·2)/4 = 2.5, (3·3 + 1·1)/4 = 2.5.
        (
            "otb",
            {"energy_BT": torch.tensor([[1.0, 2, 3], [3, 2, 1]])},
            [[0.75, 1.5, 0.5], [-0.25, -1.5, -1.5]],
        ),
        # Without itself only the other one is left, whatever its weight.
        (
            "otb",
            {"energy_BT": torch.tensor([[1.0, 2, 3], [3, 2, 1]]), "leave_one_out": True},
            [[1, 3, 2], [-1, -3, -2]],
        ),
    ],
)
def test_by_hand(name: str, options: dict[str, Any], expected: list[list[float]]) -> None:
    found = ESTIMATORS[name](REWARDS, VALID, ONE_PROMPT, **options)
    close(found.advantages_BT, expected)
    torch.testing.assert_close(found.returns_BT, RETURNS)
    assert found.mask_BT.all()


@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        # γ = ½: G = 0 + ½(1 + ½·3) = 1.25, 1 + ½·3 = 2.5, 3 and 2 + ½(0 + ½·1) = 2.25, ½, 1.
        (trloo, [[-1, 2, 2], [1, -2, -2]]),
        (rloo, [[-1, -1, -1], [1, 1, 1]]),
        (dr_grpo, [[-0.5] * 3, [0.5] * 3]),
        (reinforce, [[1.25, 2.5, 3], [2.25, 0.5, 1]]),
    ],
)
def test_discounted_by_hand(compute: Estimator, expected: list[list[float]]) -> None:
    close(compute(REWARDS, VALID, ONE_PROMPT, gamma=0.5).advantages_BT, expected)


def test_without_any_look_ahead_a_return_is_its_own_reward() -> None:
    torch.testing.assert_close(
        reinforce(REWARDS, VALID, ONE_PROMPT, gamma=0.0).advantages_BT, REWARDS
    )


def test_prompts_do_not_mix() -> None:
    rewards = REWARDS.repeat(2, 1)[[0, 2, 1, 3]]
    rewards[1] += 10  # same prompt as row 3
    found = trloo(rewards, torch.ones(4, 3, dtype=torch.bool), torch.tensor([3, -8, 3, -8]))
    # Rows 1 and 3: 34 − 3, 24 − 1, 13 − 1.
    close(found.advantages_BT, [[1, 3, 2], [31, 23, 12], [-1, -3, -2], [-31, -23, -12]])


# The second trajectory stops after two turns, so its returns are 2 and 0.
STOPPED = torch.tensor([[True, True, True], [True, True, False]])


@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        (trloo, [[2, 4, 3], [-2, -4, 0]]),  # nobody to compare the last turn with: A = G = 3
        (rloo, [[2, 2, 2], [-2, -2, 0]]),
        (dr_grpo, [[1, 1, 1], [-1, -1, 0]]),
        (reinforce, [[4, 4, 3], [2, 0, 0]]),
        (turn_grpo, [[HALF_ROOT, HALF_ROOT, 3], [-HALF_ROOT, -HALF_ROOT, 0]]),
    ],
)
def test_a_shorter_trajectory(compute: Estimator, expected: list[list[float]]) -> None:
    options = {"epsilon": 0.0} if compute is turn_grpo else {}
    found = compute(REWARDS, STOPPED, ONE_PROMPT, **options)
    close(found.advantages_BT, expected)
    assert torch.equal(found.mask_BT, STOPPED)


def test_what_has_no_company_can_be_dropped() -> None:
    found = trloo(REWARDS, STOPPED, ONE_PROMPT, single="drop")
    close(found.advantages_BT, [[2, 4, 0], [-2, -4, 0]])
    assert found.mask_BT.tolist() == [[True, True, False], [True, True, False]]
    alone = rloo(REWARDS, VALID, torch.tensor([1, 2]), single="drop")
    assert not alone.mask_BT.any() and not alone.advantages_BT.any()
    assert reinforce(REWARDS, VALID, torch.tensor([1, 2]), single="drop").mask_BT.all()


@pytest.mark.parametrize("compute", [trloo, rloo, grpo, dr_grpo, turn_grpo])
def test_a_single_trajectory_keeps_its_return(compute: Estimator) -> None:
    found = compute(REWARDS, VALID, torch.tensor([1, 2]))
    whole = compute in (rloo, grpo, dr_grpo)
    expected = RETURNS[:, :1].expand(2, 3) if whole else RETURNS
    torch.testing.assert_close(found.advantages_BT, expected)


# The second turn of the first trajectory was lost: what follows it is known, what precedes is not.
HOLE = torch.tensor([[True, False, True], [True, True, True]])
LOST = ~HOLE


@pytest.mark.parametrize(
    ("compute", "expected", "mask"),
    [
        # Turn 1 of the first would be 0 + ? + 3. The second is alone in turns 1 and 2: A = G.
        (trloo, [[0, 0, 2], [3, 1, -2]], [[False, False, True], [True, True, True]]),
        (rloo, [[0, 0, 0], [3, 3, 3]], [[False, False, False], [True, True, True]]),
        (reinforce, [[0, 0, 3], [3, 1, 1]], [[False, False, True], [True, True, True]]),
    ],
)
def test_a_fault_of_ours_is_not_a_zero_in_earlier_returns(
    compute: Estimator, expected: list[list[float]], mask: list[list[bool]]
) -> None:
    rewards = REWARDS.masked_fill(LOST, torch.nan)
    found = compute(rewards, HOLE, ONE_PROMPT, lost_BT=LOST)
    close(found.advantages_BT, expected)
    assert found.mask_BT.tolist() == mask


def test_what_is_left_out_on_purpose_does_not_spoil_earlier_returns() -> None:
    # G of the first: 0 + 3, none, 3.
    found = trloo(REWARDS, HOLE, ONE_PROMPT)
    close(found.advantages_BT, [[0, 0, 2], [0, 1, -2]])
    assert torch.equal(found.mask_BT, HOLE)


@pytest.mark.parametrize("epsilon", [0.0, 1e-4])
@pytest.mark.parametrize("compute", [grpo, turn_grpo])
def test_where_all_are_equal_there_is_nothing_to_learn(compute: Any, epsilon: float) -> None:
    # Three times 0.1 has a mean of 0.10000000000000002.
    rewards = torch.full((3, 1), 0.1, dtype=torch.float64)
    valid = torch.ones(3, 1, dtype=torch.bool)
    found = compute(rewards, valid, torch.zeros(3, dtype=torch.long), epsilon=epsilon)
    assert not found.advantages_BT.any()
    with pytest.raises(UsageError, match="epsilon = -1"):
        compute(rewards, valid, torch.zeros(3, dtype=torch.long), epsilon=-1.0)


def test_equal_to_trl() -> None:
    """TRL's RLOO and GRPO trainers, written out for completions in blocks of a prompt each."""
    each = 8
    rewards = torch.rand(4 * each, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    blocks = rewards.view(-1, each)
    trl_rloo = blocks - (blocks.sum(dim=1, keepdim=True) - blocks) / (each - 1)
    trl_grpo = (blocks - blocks.mean(dim=1, keepdim=True)) / (
        blocks.std(dim=1, keepdim=True) + 1e-4
    )
    prompts = torch.arange(4).repeat_interleave(each)
    valid = torch.ones(4 * each, 1, dtype=torch.bool)
    for compute, expected in ((rloo, trl_rloo), (trloo, trl_rloo), (grpo, trl_grpo)):
        found = compute(rewards[:, None], valid, prompts).advantages_BT
        torch.testing.assert_close(found, expected.view(-1, 1))


def test_estimators_are_found_by_name() -> None:
    assert estimator("trloo") is trloo
    assert set(ESTIMATORS) == {
        *("trloo", "rloo", "grpo", "dr_grpo", "turn_grpo", "reinforce", "otb")
    }
    with pytest.raises(UsageError, match="Did you mean 'trloo'"):
        estimator("trlo")


def test_otb_says_what_it_needs() -> None:
    with pytest.raises(UsageError, match="turn_energy"):
        otb(REWARDS, VALID, ONE_PROMPT)
