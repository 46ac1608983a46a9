"""What holds for every estimator: invariances, types, masks and refusals."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.rl import ESTIMATORS, Advantages, grpo, turn_grpo

ROWS, TURNS = 24, 4
EVERY = pytest.mark.parametrize("name", ESTIMATORS)
COMPARING = pytest.mark.parametrize("name", sorted(set(ESTIMATORS) - {"reinforce"}))


def run(name: str, rewards: Tensor, valid: Tensor, groups: Tensor, **options: Any) -> Advantages:
    """Run an estimator, with an energy that depends on the rewards alone where one is needed."""
    if name == "otb":
        energy = 1 + torch.nan_to_num(rewards.double().detach()).frac().abs().cumsum(1)
        options = {"energy_BT": energy} | options
    return ESTIMATORS[name](rewards, valid, groups, **options)


@pytest.fixture
def batch() -> tuple[Tensor, Tensor, Tensor]:
    draw = torch.Generator().manual_seed(5)
    rewards = torch.rand(ROWS, TURNS, generator=draw, dtype=torch.float64) * 4
    lengths = torch.randint(1, TURNS + 1, (ROWS, 1), generator=draw)
    groups = torch.randint(0, 4, (ROWS,), generator=draw)
    return rewards, torch.arange(TURNS) < lengths, groups


@EVERY
def test_the_order_of_rows_does_not_matter(name: str, batch: tuple[Tensor, ...]) -> None:
    rewards, valid, groups = batch
    order = torch.randperm(ROWS, generator=torch.Generator().manual_seed(1))
    straight = run(name, rewards, valid, groups).advantages_BT
    shuffled = run(name, rewards[order], valid[order], 1000 - 3 * groups[order]).advantages_BT
    torch.testing.assert_close(shuffled, straight[order])


@COMPARING
@pytest.mark.parametrize("constant", [1.0, -1e6])
def test_a_constant_added_to_final_rewards_changes_nothing(
    name: str, constant: float, batch: tuple[Tensor, ...]
) -> None:
    rewards, _, groups = batch
    valid = torch.ones_like(rewards, dtype=torch.bool)
    options = {"energy_BT": rewards.cumsum(1)} if name == "otb" else {}
    moved = rewards.clone()
    moved[:, -1] += constant
    before = run(name, rewards, valid, groups, **options).advantages_BT
    after = run(name, moved, valid, groups, **options).advantages_BT
    torch.testing.assert_close(after, before, atol=1e-7, rtol=1e-6)


@pytest.mark.parametrize("compute", [grpo, turn_grpo])
def test_standardised_advantages_have_no_unit(compute: Any, batch: tuple[Tensor, ...]) -> None:
    rewards, _, groups = batch
    valid = torch.ones_like(rewards, dtype=torch.bool)
    before = compute(rewards, valid, groups, epsilon=0.0).advantages_BT
    after = compute(rewards * 100, valid, groups, epsilon=0.0).advantages_BT
    torch.testing.assert_close(after, before)


@EVERY
def test_half_the_precision_is_precise_enough(name: str, batch: tuple[Tensor, ...]) -> None:
    rewards, valid, groups = batch
    full = run(name, rewards, valid, groups)
    for dtype, tolerance in ((torch.float32, 1e-5), (torch.bfloat16, 0.1)):
        less = run(
            name,
            rewards.to(dtype),
            valid,
            groups,
            **({"energy_BT": 1 + rewards.frac().cumsum(1)} if name == "otb" else {}),
        )
        assert less.advantages_BT.dtype == less.returns_BT.dtype == dtype
        torch.testing.assert_close(
            less.advantages_BT.double(), full.advantages_BT, atol=tolerance, rtol=tolerance
        )


@EVERY
def test_what_is_masked_is_not_looked_at(name: str, batch: tuple[Tensor, ...]) -> None:
    rewards, valid, groups = batch
    energy = {"energy_BT": 1 + rewards.cumsum(1)} if name == "otb" else {}
    clean = run(name, rewards, valid, groups, **energy)
    dirty = run(name, rewards.masked_fill(~valid, torch.nan), valid, groups, **energy)
    assert torch.equal(clean.advantages_BT, dirty.advantages_BT)
    assert dirty.advantages_BT.isfinite().all() and dirty.returns_BT.isfinite().all()
    assert not dirty.advantages_BT[~dirty.mask_BT].any()
    assert not (dirty.mask_BT & ~valid).any()


@EVERY
@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_nothing_in_nothing_out(name: str, shape: tuple[int, int]) -> None:
    found = run(
        name, torch.zeros(shape), torch.zeros(shape, dtype=torch.bool), torch.zeros(shape[0]).long()
    )
    assert found.advantages_BT.shape == found.returns_BT.shape == found.mask_BT.shape == shape


@EVERY
def test_where_nothing_is_valid_nothing_is_learnt(name: str) -> None:
    rewards = torch.full((3, 2), torch.nan)
    found = run(name, rewards, torch.zeros(3, 2, dtype=torch.bool), torch.tensor([0, 0, 1]))
    assert not found.mask_BT.any()
    assert not found.advantages_BT.any() and not found.returns_BT.any()


@EVERY
def test_nothing_flows_back_to_rewards(name: str, batch: tuple[Tensor, ...]) -> None:
    rewards, valid, groups = batch
    assert not run(name, rewards.requires_grad_(), valid, groups).advantages_BT.requires_grad


GOOD = (torch.ones(2, 3), torch.ones(2, 3, dtype=torch.bool), torch.tensor([0, 0]))
HOLE = torch.ones(2, 3).index_put((torch.tensor(1), torch.tensor(2)), torch.tensor(torch.nan))


@EVERY
@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        ({0: HOLE}, {}, r"rewards_BT\[1, 2\] is nan"),
        ({0: HOLE.nan_to_num(nan=torch.inf)}, {}, r"is inf"),
        ({0: torch.ones(2, 3, dtype=torch.long)}, {}, "torch.int64; floating"),
        ({0: torch.ones(6)}, {}, r"\(6,\); \(trajectories, turns\)"),
        ({1: torch.ones(2, 3)}, {}, "masks are torch.bool"),
        ({1: torch.ones(2, 2, dtype=torch.bool)}, {}, r"valid_BT has the shape \(2, 2\)"),
        ({2: torch.zeros(2)}, {}, "groups_B is of type torch.float32"),
        ({2: torch.tensor([0])}, {}, r"groups_B has the shape \(1,\)"),
        ({}, {"gamma": 1.5}, r"gamma = 1.5"),
        ({}, {"single": "skip"}, "single = 'skip'"),
        ({}, {"lost_BT": torch.ones(2, 3, dtype=torch.bool)}, "overlap"),
        ({}, {"lost_BT": torch.zeros(2, 2, dtype=torch.bool)}, "lost_BT has the shape"),
    ],
)
def test_what_cannot_be_right_is_refused(
    name: str, change: dict[int, Tensor], options: dict[str, Any], says: str
) -> None:
    arguments = [change.get(number, good) for number, good in enumerate(GOOD)]
    energy = {"energy_BT": torch.ones(2, 3)} if name == "otb" else {}
    with pytest.raises(UsageError, match=says):
        ESTIMATORS[name](*arguments, **energy, **options)
