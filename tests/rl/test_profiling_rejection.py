"""Profiling-based rejection: who may be rejected, how often, and from what."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.rl import RejectionRule, keeping_chance, profiling_rejection, trloo

NAN = torch.nan
COVERAGE = torch.tensor([[0.0, 0.3, 0.325, 0.35, 0.4, 1.0, NAN]], dtype=torch.float64)
RIGHT = torch.ones(1, 7, dtype=torch.bool)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def close(found: Tensor, expected: list[float]) -> None:
    torch.testing.assert_close(found[0], torch.tensor(expected, dtype=found.dtype))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (RejectionRule(), [0, 0, 0.25, 0.5, 1, 1, 0]),
        (RejectionRule(unprofiled="keep"), [0, 0, 0.25, 0.5, 1, 1, 1]),
        (RejectionRule(threshold=0.0, width=0.5), [0, 0.6, 0.65, 0.7, 0.8, 1, 0]),
        (RejectionRule(width=0.0), [0, 1, 1, 1, 1, 1, 0]),
    ],
)
def test_chances_by_hand(rule: RejectionRule, expected: list[float]) -> None:
    close(keeping_chance(COVERAGE, RIGHT, RIGHT, rule=rule), expected)


def test_only_correct_turns_can_be_rejected_and_fast_ones_are_spared() -> None:
    correct = torch.tensor([[False, True, True, True, True, True, False]])
    close(keeping_chance(COVERAGE, correct, RIGHT), [1, 0, 0.25, 0.5, 1, 1, 1])
    speedup = torch.tensor([[0.0, 1.5, 1.4, NAN, 0.1, 0.1, 9.0]])
    rule = RejectionRule(speedup=1.5)
    close(keeping_chance(COVERAGE, correct, RIGHT, speedup, rule), [1, 1, 0.25, 0.5, 1, 1, 1])
    with pytest.raises(UsageError, match="pass speedup_BT"):
        keeping_chance(COVERAGE, correct, RIGHT, None, rule)


def test_turns_are_kept_as_often_as_their_chance_says() -> None:
    rows = 20_000
    coverage, right = COVERAGE.expand(rows, 7), RIGHT.expand(rows, 7)
    found = profiling_rejection(coverage, right, right, generator=seeded())
    often = found.loss_BT.double().mean(dim=0)
    assert often[[0, 1, 4, 5, 6]].tolist() == [0, 0, 1, 1, 0]
    # Four standard deviations of 20,000 draws are at most 0.015.
    assert often[2].item() == pytest.approx(0.25, abs=0.015)
    assert often[3].item() == pytest.approx(0.5, abs=0.015)
    assert torch.equal(found.rejected_BT, ~found.loss_BT)


def test_equal_seeds_keep_equal_turns_whatever_the_others_are() -> None:
    coverage = torch.full((50, 4), 0.35)
    right = torch.ones(50, 4, dtype=torch.bool)
    first = profiling_rejection(coverage, right, right, generator=seeded(3)).loss_BT
    again = profiling_rejection(coverage, right, right, generator=seeded(3)).loss_BT
    other = profiling_rejection(coverage, right, right, generator=seeded(4)).loss_BT
    assert torch.equal(first, again) and not torch.equal(first, other)
    changed = coverage.clone()
    changed[0] = 1.0
    third = profiling_rejection(changed, right, right, generator=seeded(3)).loss_BT
    assert torch.equal(first[1:], third[1:]) and third[0].all()


def test_the_global_generator_is_left_alone() -> None:
    before = torch.random.get_rng_state()
    profiling_rejection(COVERAGE, RIGHT, RIGHT, generator=seeded())
    assert torch.equal(before, torch.random.get_rng_state())


# Two trajectories, all correct; the second turn of the first has a coverage of 0.
REWARDS = torch.tensor([[1.0, 2.0, 4.0], [1.0, 1.0, 1.0]])
LAZY = torch.tensor([[1.0, 0.0, 1.0], [1.0, 1.0, 1.0]])
ALL = torch.ones(2, 3, dtype=torch.bool)
ONE_PROMPT = torch.tensor([0, 0])


def test_a_rejected_turn_stays_in_baselines_unless_told_otherwise() -> None:
    stays = profiling_rejection(LAZY, ALL, ALL, generator=seeded())
    assert stays.loss_BT.tolist() == [[True, False, True], [True, True, True]]
    assert torch.equal(stays.baseline_BT, ALL)
    # G: 7, 6, 4 and 3, 2, 1.
    found = trloo(REWARDS, stays.baseline_BT, ONE_PROMPT).advantages_BT
    assert found.tolist() == [[4, 4, 3], [-4, -4, -3]]

    goes = profiling_rejection(
        LAZY, ALL, ALL, generator=seeded(), rule=RejectionRule(in_baselines=False)
    )
    assert torch.equal(goes.baseline_BT, goes.loss_BT)
    # G: 5, none, 4 and 3, 2, 1; in turn 2 there is nothing to compare with.
    found = trloo(REWARDS, goes.baseline_BT, ONE_PROMPT).advantages_BT
    assert found.tolist() == [[2, 0, 3], [-2, 2, -3]]


def test_what_is_not_valid_is_in_neither_mask() -> None:
    valid = ALL.clone()
    valid[1, 2] = False
    found = profiling_rejection(LAZY, ALL, valid, generator=seeded())
    assert not found.loss_BT[1, 2] and not found.baseline_BT[1, 2] and not found.rejected_BT[1, 2]


def test_nothing_to_reject() -> None:
    nothing = torch.zeros(0, 3)
    found = profiling_rejection(nothing, nothing.bool(), nothing.bool(), generator=seeded())
    assert found.loss_BT.shape == found.baseline_BT.shape == (0, 3)


def test_bad_rules_and_shapes_are_refused() -> None:
    for rule in ({"threshold": 1.5}, {"width": -0.1}, {"unprofiled": "maybe"}):
        with pytest.raises(UsageError, match=next(iter(rule))):
            RejectionRule(**rule)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="correct_BT has the shape"):
        keeping_chance(COVERAGE, RIGHT[:, :2], RIGHT)
    with pytest.raises(UsageError, match="valid_BT is of type"):
        keeping_chance(COVERAGE, RIGHT, RIGHT.float())
