"""What a batch teaches: the figures of `kerneldojo.rl`, put where verl's rows want them."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
import torch
from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.integrations.verl.handover import LOST, Handover, Played
from kerneldojo.integrations.verl.learning import Rows, learn
from kerneldojo.rl import ESTIMATORS, mismatch_rejection
from kerneldojo.settings import RlSettings

PLAIN = RlSettings(profiling_rejection=False, mismatch="none")
GOOD = Played(3.0, correct=True, coverage=0.9, speedup=1.5)
LAZY = Played(1.5, correct=True, coverage=0.35, speedup=1.2)
WRONG = Played(0.0)

GROUP = {
    "x_0": (WRONG, GOOD, GOOD),
    "x_1": (GOOD, LAZY),
    "x_2": (WRONG, WRONG, LAZY),
    "y_0": (LAZY, GOOD, WRONG),
    "y_1": (WRONG,),
}
"""Trajectories of two prompts."""


def rows(group: dict[str, tuple[Played, ...]] = GROUP, *, chained: bool = False) -> Rows:
    """Two tokens a turn; each turn a row of its own, or all turns of a trajectory one row."""
    handovers, names = [], []
    for name, turns in group.items():
        known = [place for place, turn in enumerate(turns) if turn.reward is not None]
        spans = [tuple((place, 3 * place, 3 * place + 2) for place in known)]
        if not chained:
            spans = [((place, 0, 2),) for place in known]
        for own in spans:
            handovers.append(Handover(name[0], int(name[2]), turns, own))
            names.append(name)
    noise = torch.Generator().manual_seed(1)
    shape = (len(names), 9)
    sampler = -torch.rand(shape, generator=noise)
    return Rows(
        handovers=handovers,
        trajectories=names,
        prompts=[name[0] for name in names],
        trainer_BL=sampler + 1e-4 * torch.randn(shape, generator=noise),
        sampler_BL=sampler,
    )


def taught(given: Rows, settings: RlSettings = PLAIN, name: str = "trloo", **changes: Any) -> Any:
    return learn(given, settings, **{"name": name, "gamma": 1.0, "step": 3, **changes})


def by_turn(given: Rows, values_BL: Tensor) -> dict[tuple[str, int], list[float]]:
    """The values of each turn's tokens."""
    return {
        (given.trajectories[row], turn): values_BL[row, start:end].tolist()
        for row, handover in enumerate(given.handovers)
        for turn, start, end in handover.spans
    }


@pytest.mark.parametrize("chained", [False, True])
@pytest.mark.parametrize("name", sorted(set(ESTIMATORS) - {"otb"}))
def test_advantages_are_our_estimators(name: str, chained: bool) -> None:
    given = rows(chained=chained)
    found = taught(given, name=name, gamma=0.5)
    rewards = torch.tensor(
        [[t.reward for t in turns] + [math.nan] * (3 - len(turns)) for turns in GROUP.values()]
    )
    expected = ESTIMATORS[name](rewards, ~rewards.isnan(), torch.tensor([0, 0, 0, 1, 1]), gamma=0.5)
    advantages, returns = by_turn(given, found.advantages_BL), by_turn(given, found.returns_BL)
    for row, (trajectory, turns) in enumerate(GROUP.items()):
        for turn in range(len(turns)):
            ours = float(expected.advantages_BT[row, turn])
            assert advantages[trajectory, turn] == pytest.approx([ours, ours])
            assert returns[trajectory, turn][0] == pytest.approx(
                float(expected.returns_BT[row, turn])
            )
    assert found.mask_BL.sum() == 2 * sum(map(len, GROUP.values()))
    outside = torch.ones_like(found.mask_BL)
    for row, handover in enumerate(given.handovers):
        for _, start, end in handover.spans:
            outside[row, start:end] = False
    assert not (found.mask_BL & outside).any()
    assert not found.advantages_BL[outside].any()


def test_a_lost_turn_takes_earlier_ones_with_it_and_no_later_ones() -> None:
    group = {**GROUP, "x_1": (GOOD, LOST, GOOD)}
    given = rows(group)
    found = taught(given)
    mask = by_turn(given, found.mask_BL)
    assert mask["x_1", 0] == [False, False]
    assert mask["x_1", 2] == [True, True]
    assert found.metrics["kerneldojo/lost"] == 1
    # what is lost is in no baseline: the others' first turns are compared with each other
    first = by_turn(given, found.advantages_BL)
    assert first["x_0", 0][0] == pytest.approx(6.0 - 1.5)
    assert first["x_2", 0][0] == pytest.approx(1.5 - 6.0)


def test_profiling_rejection_masks_and_leaves_baselines_alone() -> None:
    lazier = Played(1.2, correct=True, coverage=0.3, speedup=1.0)
    given = rows({"x_0": (lazier,), "x_1": (GOOD,), "x_2": (WRONG,)})
    with_it = taught(given, RlSettings(mismatch="none"))
    without = taught(given)
    assert torch.equal(with_it.advantages_BL, without.advantages_BL)
    assert by_turn(given, with_it.mask_BL) == {
        ("x_0", 0): [False, False],
        ("x_1", 0): [True, True],
        ("x_2", 0): [True, True],
    }
    assert with_it.metrics["kerneldojo/rejected_profiling"] == pytest.approx(0.5)


def test_profiling_rejection_does_not_depend_on_the_order_of_rows() -> None:
    lazy = {f"x_{n}": (LAZY, LAZY) for n in range(20)}
    settings = RlSettings(mismatch="none", seed=4)
    given = rows(lazy)
    backwards = dataclasses.replace(
        given,
        handovers=given.handovers[::-1],
        trajectories=given.trajectories[::-1],
        prompts=given.prompts[::-1],
        trainer_BL=given.trainer_BL.flip(0),
        sampler_BL=given.sampler_BL.flip(0),
    )
    first, again = taught(given, settings), taught(backwards, settings)
    assert by_turn(given, first.mask_BL) == by_turn(backwards, again.mask_BL)
    assert 0 < first.mask_BL.sum() < 80
    other_step = taught(given, settings, step=4)
    other_seed = taught(given, RlSettings(mismatch="none", seed=5))
    assert not torch.equal(first.mask_BL, other_step.mask_BL)
    assert not torch.equal(first.mask_BL, other_seed.mask_BL)


def test_rejection_takes_trajectories_over_all_of_their_rows() -> None:
    given = rows()
    trainer = given.trainer_BL.clone()
    trainer[given.trajectories.index("x_2"), 0] += 0.5
    far = dataclasses.replace(given, trainer_BL=trainer)
    found = taught(far, RlSettings(profiling_rejection=False, mismatch="mrs"))
    kept = {name for (name, _), marks in by_turn(far, found.mask_BL).items() if any(marks)}
    assert kept == set(GROUP) - {"x_2"}
    assert torch.equal(found.advantages_BL, taught(far).advantages_BL)
    assert found.weights_BL is None
    assert found.metrics["kerneldojo/mismatch/rejected_trajectories"] == pytest.approx(1 / 5)
    names = sorted(set(far.trajectories))
    own = taught(far).mask_BL
    ours = mismatch_rejection(
        trainer, far.sampler_BL, own, torch.tensor([names.index(n) for n in far.trajectories])
    )
    assert torch.equal(found.mask_BL, ours.mask_BL)


def test_the_veto_rejects_for_one_token() -> None:
    given = rows(chained=True)
    trainer = given.trainer_BL.clone()
    # all but impossible, and made up for so that the mean stays where it was
    trainer[0, 0] -= 10
    trainer[0, 1] += 10
    settings = RlSettings(profiling_rejection=False)
    found = taught(dataclasses.replace(given, trainer_BL=trainer), settings)
    assert not found.mask_BL[0].any()
    assert found.metrics["kerneldojo/mismatch/vetoed_trajectories"] == pytest.approx(1 / 5)


def test_importance_weights_are_handed_on() -> None:
    found = taught(rows(), RlSettings(profiling_rejection=False, mismatch="token_tis"))
    assert found.weights_BL is not None
    assert found.weights_BL[found.mask_BL].min() > 0.99


def test_nothing_left_is_told() -> None:
    given = rows()
    far = dataclasses.replace(given, trainer_BL=given.trainer_BL - 1)
    assert taught(far, RlSettings()).empty
    assert not taught(given).empty


def test_relapses_and_turns_alone_may_be_dropped() -> None:
    given = rows()
    mask = by_turn(given, taught(given, PLAIN.model_copy(update={"relapses": "drop"})).mask_BL)
    assert mask["y_0", 2] == [False, False]
    assert mask["x_2", 1] == [True, True]
    mask = by_turn(given, taught(given, PLAIN.model_copy(update={"alone": "drop"})).mask_BL)
    assert mask["y_0", 1] == [False, False]
    assert mask["y_0", 0] == [True, True]


@pytest.mark.parametrize("chained", [False, True])
def test_otb_weighs_by_energy(chained: bool) -> None:
    given = rows({"x_0": (GOOD,), "x_1": (WRONG,), "x_2": (LAZY,)}, chained=chained)
    squares = torch.full_like(given.trainer_BL, 0.5)
    found = taught(dataclasses.replace(given, squares_BL=squares), name="otb")
    weight = (1 - 2 * given.trainer_BL.exp() + squares).clamp(min=0)[:, :2].sum(1).double()
    baseline = (3.0 * weight[0] + 1.5 * weight[2]) / weight.sum()
    assert float(found.advantages_BL[0, 0]) == pytest.approx(3.0 - float(baseline), rel=1e-5)


def test_otb_sums_energy_over_rows() -> None:
    group = {"x_0": (GOOD, GOOD), "x_1": (WRONG, LAZY), "x_2": (LAZY, WRONG)}

    def advantages(chained: bool) -> list[list[float]]:
        given = rows(group, chained=chained)
        level = torch.full_like(given.trainer_BL, -0.1)
        for row, handover in enumerate(given.handovers):
            for turn, start, end in handover.spans:
                level[row, start:end] = -0.3 * (1 + handover.sample) - 0.5 * turn
        squares = torch.full_like(level, 0.9)
        given = dataclasses.replace(given, trainer_BL=level, squares_BL=squares)
        return list(by_turn(given, taught(given, name="otb").advantages_BL).values())

    assert advantages(True) == pytest.approx(torch.tensor(advantages(False)).numpy())


def test_otb_needs_squares() -> None:
    with pytest.raises(UsageError, match="calculate_sum_pi_squared"):
        taught(rows(), name="otb")


def test_figures() -> None:
    metrics = taught(rows()).metrics
    assert metrics["kerneldojo/turns"] == 12
    assert metrics["kerneldojo/trajectories"] == 5
    assert metrics["kerneldojo/correct"] == pytest.approx(7 / 12)
    assert metrics["kerneldojo/coverage"] == pytest.approx((4 * 0.9 + 3 * 0.35) / 7)
    assert metrics["kerneldojo/speedup"] == pytest.approx((1.5**4 * 1.2**3) ** (1 / 7))
    nothing = taught(rows({"x_0": (WRONG,), "x_1": (WRONG,)})).metrics
    assert "kerneldojo/speedup" not in nothing
    assert not any(map(math.isnan, nothing.values()))


def test_handovers_survive_the_way() -> None:
    [handover, *_] = rows(chained=True).handovers
    assert Handover.from_dict(handover.to_dict()) == handover
