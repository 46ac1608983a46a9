"""The same figures as TRL's, verl's and Dr. Kernel's code.

Their arithmetic is written out here anew, one token at a time. Where verl is installed its own
functions are called as well; TRL has its correction in the middle of a method of the trainer, which
cannot be called by itself.
"""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from kerneldojo.rl.losses import Clip, ppo_loss
from kerneldojo.rl.mismatch import (
    MISMATCH_RULES,
    MismatchRule,
    correct_mismatch,
    mismatch_rejection,
)
from kerneldojo.rl.reduction import Reduction

ROWS, TOKENS, TURNS = 24, 40, 3


def batch(noise: float) -> tuple[Tensor, Tensor, Tensor]:
    """Return trainer's and sampler's log-probabilities and a mask without empty rows."""
    generator = torch.Generator().manual_seed(3)
    rollout = -3 * torch.rand(ROWS, TOKENS, generator=generator, dtype=torch.float64)
    train = rollout + noise * torch.randn(ROWS, TOKENS, generator=generator, dtype=torch.float64)
    mask = torch.rand(ROWS, TOKENS, generator=generator) < 0.8
    mask[:, 0] = True
    return train, rollout, mask


def ratios(train: Tensor, rollout: Tensor, mask: Tensor) -> list[list[float]]:
    """Return the ratios of each row's own tokens, as plain numbers."""
    return [
        [math.exp(t - r) for t, r, on in zip(*row, strict=True) if on]
        for row in zip(train.tolist(), rollout.tolist(), mask.tolist(), strict=True)
    ]


def flat(rows: list[list[float]]) -> list[float]:
    return [value for row in rows for value in row]


@pytest.mark.parametrize("cap", [1.05, 2.0, 3.0])
def test_trl_token_truncate(cap: float) -> None:
    given = batch(0.5)
    weights = correct_mismatch(*given, rule=MismatchRule(weight="token", cap=cap)).weights_BL
    assert weights is not None
    expected = [min(ratio, cap) for ratio in flat(ratios(*given))]
    assert weights[given[2]].tolist() == pytest.approx(expected)


@pytest.mark.parametrize("mode", ["sequence_truncate", "sequence_mask", "token_mask"])
def test_trl_other_modes(mode: str) -> None:
    """TRL keeps masked tokens in the loss with weight 0; here they leave the mask too."""
    given, cap = batch(0.3), 3.0
    level = "sequence" if mode.startswith("sequence") else "token"
    masks = mode.endswith("mask")
    rule = MismatchRule(
        weight=level, cap=cap, reject=level if masks else None, lower=1e-300, upper=cap
    )
    weights = correct_mismatch(*given, rule=rule).weights_BL
    assert weights is not None
    expected = []
    for row in ratios(*given):
        values = [math.prod(row)] * len(row) if level == "sequence" else row
        expected += [(0.0 if masks else cap) if value > cap else value for value in values]
    assert weights[given[2]].tolist() == pytest.approx(expected)


def test_dr_kernels_geometric_rejection() -> None:
    """Its trajectories are runs of rows; its mean is over their tokens, its veto over each row."""
    train, rollout, mask = batch(0.02)
    train[4, 0] = rollout[4, 0] - 9.3
    given = (train, rollout, mask)
    lower, upper, veto = 0.99, 1.002, 1e-4
    rows = ratios(*given)
    keep = []
    for start in range(0, ROWS, TURNS):
        own = flat(rows[start : start + TURNS])
        root = math.exp(sum(map(math.log, own)) / len(own))
        keep += [lower <= root <= upper] * TURNS
    ids = torch.arange(ROWS) // TURNS
    without = mismatch_rejection(*given, ids, lower=lower, upper=upper, veto=None)
    assert without.mask_BL.any(-1).tolist() == keep
    assert 0 < sum(keep) < ROWS
    vetoed = mismatch_rejection(*given, ids, lower=0.5, upper=2.0, veto=veto)
    assert (~vetoed.mask_BL.any(-1)).nonzero().flatten().tolist() == [3, 4, 5]


def loss_by_hand(ratio: float, advantage: float, low: float, high: float, dual: float) -> float:
    """Return verl's loss of a token."""
    clipped = min(max(ratio, 1 - low), 1 + high)
    loss = max(-advantage * ratio, -advantage * clipped)
    return min(loss, -advantage * dual) if advantage < 0 else loss


@pytest.mark.parametrize("low_high_dual", [(0.2, 0.28, 3.0), (0.1, 0.1, 1.2)])
def test_verls_policy_loss(low_high_dual: tuple[float, float, float]) -> None:
    new, old, mask = batch(0.8)
    advantages = torch.randn(ROWS, generator=torch.Generator().manual_seed(4)).tolist()
    rows = [
        [loss_by_hand(ratio, advantage, *low_high_dual) for ratio in row]
        for row, advantage in zip(ratios(new, old, mask), advantages, strict=True)
    ]
    clip = Clip(*low_high_dual)
    for how, expected in (
        ("sequence_sum", sum(map(sum, rows)) / ROWS / 1000),
        ("sequence_mean", sum(sum(row) / len(row) for row in rows) / ROWS / 1000),
        ("token_mean", sum(map(sum, rows)) / int(mask.sum()) / 1000),
    ):
        reduction = Reduction(how)  # type: ignore[arg-type]
        found = ppo_loss(
            new, old, torch.tensor(advantages), mask, clip=clip, reduction=reduction
        ).loss
        assert found.item() == pytest.approx(expected, rel=1e-6)


@pytest.fixture(scope="module")
def verl() -> Any:
    return pytest.importorskip("verl.trainer.ppo.rollout_corr_helper", exc_type=ImportError)


def test_verls_own_weights(verl: Any) -> None:
    train, rollout, mask = batch(0.5)
    for name, threshold, level in (
        ("token_tis", 2.0, "token"),
        ("icepop", "0.5_5.0", "token"),
        ("sequence_mis", "0.5_2.0", "sequence"),
    ):
        theirs, _ = verl.compute_rollout_correction_weights(
            train - rollout, mask.double(), level, threshold
        )
        ours = correct_mismatch(train, rollout, mask, rule=MISMATCH_RULES[name]).weights_BL
        assert ours is not None
        torch.testing.assert_close(ours, theirs)


def test_verls_own_rejection(verl: Any) -> None:
    """Its bounds are of π_rollout ÷ π_train, so ours are their inverses."""
    train, rollout, mask = batch(0.05)
    theirs, _ = verl.compute_rollout_rejection_mask(
        train - rollout, mask.double(), "seq_mean_k1", "0.995_1.002"
    )
    ours = mismatch_rejection(
        train, rollout, mask, lower=1 / 1.002, upper=1 / 0.995, veto=None
    ).mask_BL
    assert ours.double().equal(theirs)
    assert 0 < ours.any(-1).sum() < ROWS
    theirs, _ = verl.compute_rollout_rejection_mask(
        train - rollout, mask.double(), "seq_mean_k3", 0.00125
    )
    ours = correct_mismatch(
        train, rollout, mask, rule=MismatchRule(k3="geometric", k3_limit=0.00125)
    ).mask_BL
    assert ours.double().equal(theirs)
    assert 0 < ours.any(-1).sum() < ROWS


def test_verls_own_policy_loss(verl: Any) -> None:
    core = pytest.importorskip("verl.trainer.ppo.core_algos", exc_type=ImportError)

    class Settings(SimpleNamespace):
        def get(self, name: str, default: float) -> float:
            return float(getattr(self, name, default))

    settings = Settings(
        clip_ratio=0.2, clip_ratio_low=0.2, clip_ratio_high=0.28, global_batch_info={}
    )
    new, old, mask = batch(0.8)
    mask[:5] = False
    advantages = torch.randn(ROWS, TOKENS, generator=torch.Generator().manual_seed(4)).double()
    for theirs_how, ours_how in (
        ("seq-mean-token-sum", "sequence_sum"),
        ("seq-mean-token-mean", "sequence_mean"),
        ("token-mean", "token_mean"),
    ):
        loss, figures = core.compute_policy_loss_vanilla(
            old, new, advantages, mask.double(), theirs_how, settings
        )
        ours = ppo_loss(
            new,
            old,
            advantages,
            mask,
            reduction=Reduction(ours_how, scale=1.0),  # type: ignore[arg-type]
        )
        assert ours.loss.item() == pytest.approx(loss.item(), rel=1e-6)
        clips = ours.diagnostics
        assert clips.clipped_low + clips.clipped_high == pytest.approx(figures["actor/pg_clipfrac"])
        assert clips.clipped_dual == pytest.approx(figures["actor/pg_clipfrac_lower"])
        assert clips.kl_k1 == pytest.approx(figures["actor/ppo_kl"])
