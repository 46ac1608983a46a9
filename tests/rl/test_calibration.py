"""Bands from an acceptance target."""

from __future__ import annotations

import json
import math

import pytest
import torch

from kerneldojo.errors import UsageError
from kerneldojo.rl.mismatch import Calibration, geometric_log_ratios, mismatch_rejection
from tests.rl.mismatched import turns_as_rows


def test_the_band_accepts_the_share_asked_for() -> None:
    generator = torch.Generator().manual_seed(0)
    calibration = Calibration(acceptance=0.8, batches=3)
    batches = []
    for _ in range(3):
        rollout = -torch.rand(40, 64, generator=generator)
        train = rollout + 0.01 * torch.randn(40, 1, generator=generator)
        mask = torch.ones(40, 64, dtype=torch.bool)
        batches.append((train, rollout, mask))
        assert not calibration.done
        calibration = calibration.observe(geometric_log_ratios(train, rollout, mask))
    assert calibration.done
    lower, upper = calibration.band()
    assert lower == pytest.approx(1 / upper)
    accepted = sum(
        int(mismatch_rejection(*batch, lower=lower, upper=upper).mask_BL.any(-1).sum())
        for batch in batches
    )
    assert accepted == 96


def test_the_band_of_everything_is_as_wide_as_the_worst() -> None:
    calibration = Calibration(1.0, 1).observe(torch.tensor([0.01, -0.02, 0.0]))
    assert calibration.band() == pytest.approx((math.exp(-0.02), math.exp(0.02)))
    assert Calibration(0.5, 1).observe(torch.tensor([0.01, -0.02])).band()[1] == pytest.approx(
        math.exp(0.01)
    )


def test_means_of_trajectories_by_hand() -> None:
    """Trajectories 3 and 7 have products ¼ and 4 over five tokens each; a third has no token."""
    train, rollout, mask, ids, _ = turns_as_rows().tensors
    assert ids is not None
    more = [torch.cat([tensor, tensor[:1]]) for tensor in (train, rollout)]
    without = torch.cat([mask, torch.zeros_like(mask[:1])])
    means = geometric_log_ratios(*more, without, torch.cat([ids, torch.tensor([99])]))
    assert means.tolist() == pytest.approx([math.log(0.25) / 5, math.log(4) / 5])


def test_it_survives_a_checkpoint_and_then_goes_on() -> None:
    first, second = torch.tensor([0.01, 0.02]), torch.tensor([-0.03])
    uninterrupted = Calibration(1.0, 2).observe(first).observe(second)
    state = json.loads(json.dumps(Calibration(1.0, 2).observe(first).to_dict()))
    assert Calibration.from_dict(state).observe(second) == uninterrupted


def test_it_ends_and_takes_no_notice_of_empty_batches() -> None:
    calibration = Calibration(1.0, 1).observe(torch.tensor([]))
    assert not calibration.done
    with pytest.raises(UsageError, match="0 of 1 batches"):
        calibration.band()
    done = calibration.observe(torch.tensor([0.01]))
    assert done.observe(torch.tensor([5.0])) == done


def test_what_cannot_be_accepted_is_said() -> None:
    with pytest.raises(UsageError, match="impossible"):
        Calibration(1.0, 1).observe(torch.tensor([-math.inf, 0.0])).band()
    for wrong in (0.0, 1.5):
        with pytest.raises(UsageError, match="acceptance"):
            Calibration(acceptance=wrong)
    with pytest.raises(UsageError, match="batches"):
        Calibration(batches=0)
