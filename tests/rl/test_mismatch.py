"""Every correction by hand, on two trajectories of three turns."""

from __future__ import annotations

import math

import pytest
import torch

from kerneldojo.rl.mismatch import (
    LEVELS,
    MISMATCH_RULES,
    Correction,
    MismatchRule,
    correct_mismatch,
    mismatch_rejection,
)
from tests.rl.mismatched import A, B, Sampled, sampled, trajectories_as_rows, turns_as_rows

TURNS = turns_as_rows()
WHOLE = trajectories_as_rows()
GIVEN = [[1, 1], [1, 1], [1, 1], [1, 1], [1, 0], [1, 0]]


def correct(batch: Sampled, rule: MismatchRule | str) -> Correction:
    rule = MISMATCH_RULES[rule] if isinstance(rule, str) else rule
    return correct_mismatch(*batch.tensors, rule=rule)


def kept(correction: Correction) -> list[list[int]]:
    return correction.mask_BL.int().tolist()


def weights(correction: Correction) -> list[list[float]]:
    assert correction.weights_BL is not None
    return [[round(weight, 12) for weight in row] for row in correction.weights_BL.tolist()]


def test_no_correction_leaves_everything() -> None:
    correction = correct(TURNS, "none")
    assert kept(correction) == GIVEN
    assert correction.weights_BL is None


def test_token_tis_caps_weights_and_masks_nothing() -> None:
    correction = correct(TURNS, "token_tis")
    assert kept(correction) == GIVEN
    assert weights(correction) == [[2, 0.5], [1, 1], [1, 1], [0.25, 1], [2, 0], [1, 0]]


def test_token_mis_masks_what_is_outside_its_ends_which_are_included() -> None:
    correction = correct(TURNS, "token_mis")
    assert kept(correction) == [[1, 1], [1, 1], [1, 1], [0, 1], [0, 0], [1, 0]]
    assert weights(correction) == [[2, 0.5], [1, 1], [1, 1], [0, 1], [0, 0], [1, 0]]


def test_icepop_has_a_wider_upper_end() -> None:
    correction = correct(TURNS, "icepop")
    assert kept(correction) == [[1, 1], [1, 1], [1, 1], [0, 1], [1, 0], [1, 0]]
    assert weights(correction)[4] == [4, 0]


@pytest.mark.parametrize(
    ("lower", "upper", "rows"),
    [
        (0.5, 2, []),
        (0.25, 2, [1, 3, 5]),
        (0.3, 4, [0, 2, 4]),
        (0.25, 4, [0, 1, 2, 3, 4, 5]),
    ],
)
def test_sequence_mis_looks_at_the_product_over_all_turns(
    lower: float, upper: float, rows: list[int]
) -> None:
    rule = MismatchRule(weight="sequence", cap=4, reject="sequence", lower=lower, upper=upper)
    correction = correct(TURNS, rule)
    assert correction.mask_BL.any(-1).nonzero().flatten().tolist() == rows
    assert correction.all_rejected == (not rows)
    expected = {0: 4.0, 1: 0.25}
    for row in rows:
        assert weights(correction)[row][0] == expected[row % 2]


def test_sequence_weights_are_capped() -> None:
    correction = correct(TURNS, MismatchRule(weight="sequence"))
    assert [row[0] for row in weights(correction)] == [2, 0.25, 2, 0.25, 2, 0.25]


@pytest.mark.parametrize(("root", "rows"), [(1.31, []), (1.33, [0, 2, 4])])
def test_geometric_takes_the_fifth_root_as_there_are_five_tokens(
    root: float, rows: list[int]
) -> None:
    assert 1.31 < 4 ** (1 / 5) < 1.33
    correction = correct(TURNS, MismatchRule(reject="geometric", lower=0.9, upper=root))
    assert correction.mask_BL.any(-1).nonzero().flatten().tolist() == rows


def test_turn_level_rejects_turns_and_leaves_the_others_of_the_trajectory() -> None:
    correction = correct(TURNS, MismatchRule(reject="turn"))
    assert kept(correction) == [[1, 1], [1, 1], [1, 1], [0, 0], [0, 0], [1, 0]]


def test_turn_geometric_takes_the_root_within_the_turn() -> None:
    correction = correct(TURNS, MismatchRule(reject="turn_geometric", lower=0.5))
    assert kept(correction) == [[1, 1], [1, 1], [1, 1], [1, 1], [0, 0], [1, 0]]
    correction = correct(TURNS, MismatchRule(reject="turn_geometric", lower=0.51))
    assert kept(correction)[3] == [0, 0]


def test_k3_is_a_mean_over_the_trajectory() -> None:
    a = sum(ratio - 1 - math.log(ratio) for turn in A for ratio in turn if ratio) / 5
    b = sum(ratio - 1 - math.log(ratio) for turn in B for ratio in turn if ratio) / 5
    assert b < a
    between = MismatchRule(k3="geometric", k3_limit=(a + b) / 2)
    assert correct(TURNS, between).mask_BL.any(-1).tolist() == [False, True] * 3
    assert correct(TURNS, MismatchRule(k3="geometric", k3_limit=a + 1e-9)).mask_BL.any(-1).all()
    assert correct(TURNS, MismatchRule(k3="geometric", k3_limit=b - 1e-9)).all_rejected


def test_k3_of_tokens_and_turns() -> None:
    k3_of_half = 0.5 - 1 + math.log(2)
    tokens = correct(TURNS, MismatchRule(k3="token", k3_limit=k3_of_half + 1e-9))
    assert kept(tokens) == [[0, 1], [1, 1], [1, 1], [0, 1], [0, 0], [1, 0]]
    turns = correct(TURNS, MismatchRule(k3="turn", k3_limit=0.3))
    assert kept(turns) == [[1, 1], [1, 1], [1, 1], [0, 0], [0, 0], [1, 0]]


def test_a_veto_rejects_every_turn_of_the_trajectory() -> None:
    assert correct(TURNS, MismatchRule(veto=0.25)).mask_BL.any(-1).all()
    correction = correct(TURNS, MismatchRule(veto=0.3))
    assert correction.mask_BL.any(-1).tolist() == [True, False] * 3
    assert correction.diagnostics.vetoed_trajectories == 0.5


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("test", ["weight", "reject", "k3"])
def test_trajectories_in_one_row_or_in_several_are_the_same(level: str, test: str) -> None:
    settings = {test: level, "upper": 3.0, "k3_limit": 0.2, "veto": 0.1}
    rule = MismatchRule(**settings)  # type: ignore[arg-type]
    rows, whole = correct(TURNS, rule), correct(WHOLE, rule)
    for n in range(2):
        assert rows.mask_BL[n::2].flatten().tolist() == whole.mask_BL[n].tolist()
    if rows.weights_BL is not None and whole.weights_BL is not None:
        torch.testing.assert_close(rows.weights_BL[0::2].flatten(), whole.weights_BL[0])
        torch.testing.assert_close(rows.weights_BL[1::2].flatten(), whole.weights_BL[1])
    assert rows.diagnostics.metrics() == pytest.approx(whole.diagnostics.metrics())


@pytest.mark.parametrize("name", sorted(MISMATCH_RULES))
def test_the_order_of_rows_and_the_names_of_trajectories_do_not_matter(name: str) -> None:
    generator = torch.Generator().manual_seed(0)
    train = -torch.rand(12, 30, generator=generator, dtype=torch.float64)
    rollout = train + 0.3 * torch.randn(12, 30, generator=generator, dtype=torch.float64)
    mask = torch.rand(12, 30, generator=generator) < 0.8
    ids = torch.arange(12) // 3
    order = torch.randperm(12, generator=generator)
    before = correct_mismatch(train, rollout, mask, ids, rule=MISMATCH_RULES[name])
    after = correct_mismatch(
        train[order], rollout[order], mask[order], 1000 - 7 * ids[order], rule=MISMATCH_RULES[name]
    )
    assert before.mask_BL[order].equal(after.mask_BL)
    if before.weights_BL is not None and after.weights_BL is not None:
        torch.testing.assert_close(before.weights_BL[order], after.weights_BL)
    assert before.diagnostics.metrics() == pytest.approx(after.diagnostics.metrics())


def test_mrs_accepts_and_rejects_the_stated_trajectories() -> None:
    """Four trajectories, three turns each, as twelve rows of 1000 tokens."""
    log_rho = torch.zeros(12, 1000, dtype=torch.float64)
    log_rho[0:3] = 0.0005  # 0: within the band
    log_rho[3:6] = 0.002  # 1: beyond it
    log_rho[6:9] = 9.9 / 2999  # 2: within the band by its mean, but for one token
    log_rho[7, 123] = -9.9
    log_rho[9:12] = torch.tensor([0.004, -0.002, -0.002]).unsqueeze(-1)  # 3: turns that cancel
    rollout = torch.full_like(log_rho, -1.0)
    mask = torch.ones(12, 1000, dtype=torch.bool)
    ids = torch.arange(4).repeat_interleave(3)
    correction = mismatch_rejection(rollout + log_rho, rollout, mask, ids)
    assert correction.mask_BL.any(-1).tolist() == [True] * 3 + [False] * 6 + [True] * 3
    assert correction.weights_BL is None
    figures = correction.diagnostics
    assert (figures.tokens, figures.trajectories) == (12_000, 4)
    assert (figures.masked_tokens, figures.rejected_trajectories) == (0.5, 0.5)
    assert figures.vetoed_trajectories == 0.25
    # The veto's threshold is 1e-4 = exp(−9.21): a token just above it passes.
    log_rho[7, 123], log_rho[6:9, 0] = -9.2, -0.2
    unvetoed = mismatch_rejection(rollout + log_rho, rollout, mask, ids)
    assert unvetoed.mask_BL.any(-1).tolist()[6:9] == [True] * 3
    rule = correct_mismatch(rollout + log_rho, rollout, mask, ids, rule=MISMATCH_RULES["mrs"])
    assert rule.mask_BL.equal(unvetoed.mask_BL)
    # Without the veto the second vetoed batch stays too.
    log_rho[7, 123], log_rho[6:9, 0] = -9.9, 0.0
    without = mismatch_rejection(rollout + log_rho, rollout, mask, ids, veto=None)
    assert without.mask_BL.any(-1).tolist()[6:9] == [True] * 3


def test_diagnostics_by_hand() -> None:
    """Ten tokens: 2, ½, ¼, 4 and six times 1."""
    figures = correct(TURNS, "token_mis").diagnostics
    assert (figures.tokens, figures.trajectories) == (10, 2)
    assert figures.kl_k1 == pytest.approx(0, abs=1e-15)
    assert figures.kl_k3 == pytest.approx(0.275)
    assert figures.chi_square == pytest.approx(1.63125)
    assert figures.chi_square_sequence == pytest.approx((16 + 1 / 16) / 2 - 1)
    assert figures.effective_sample_size == pytest.approx(12.75**2 / (10 * 26.3125))
    assert (figures.ratio_min, figures.ratio_max) == (pytest.approx(0.25), pytest.approx(4))
    assert figures.masked_tokens == pytest.approx(0.2)
    assert (figures.rejected_trajectories, figures.vetoed_trajectories) == (0, 0)
    assert figures.metrics()["mismatch/kl_k3"] == figures.kl_k3
    assert all(isinstance(value, float) for value in figures.metrics().values())


def test_kl_is_from_the_sampler_to_the_trainer() -> None:
    """The trainer holds one of two tokens to be half as likely: log π_rollout/π_train = log 2."""
    train, rollout, mask = sampled([(0.5, 1.0)])
    figures = correct_mismatch(train, rollout, mask, rule=MISMATCH_RULES["none"]).diagnostics
    assert figures.kl_k1 == pytest.approx(math.log(2) / 2)
    assert figures.kl_k3 == pytest.approx((0.5 - 1 + math.log(2)) / 2)


def test_nothing_carries_a_gradient() -> None:
    train, rollout, mask = sampled([(2.0, 0.5)])
    train.requires_grad_()
    correction = correct_mismatch(train, rollout, mask, rule=MISMATCH_RULES["token_tis"])
    assert correction.weights_BL is not None
    assert not correction.weights_BL.requires_grad


@pytest.mark.parametrize("name", sorted(MISMATCH_RULES))
def test_single_precision_decides_like_double(name: str) -> None:
    generator = torch.Generator().manual_seed(1)
    rollout = -10 * torch.rand(24, 4096, generator=generator)
    noise = 0.01 * torch.randn(24, 4096, generator=generator)
    drift = 0.0004 * torch.randn(24, 1, generator=generator)
    train = rollout + noise + drift
    mask = torch.rand(24, 4096, generator=generator) < 0.7
    ids = torch.arange(24) // 3
    single = correct_mismatch(train, rollout, mask, ids, rule=MISMATCH_RULES[name])
    double = correct_mismatch(
        train.double(), rollout.double(), mask, ids, rule=MISMATCH_RULES[name]
    )
    assert single.mask_BL.equal(double.mask_BL)
    assert single.diagnostics.metrics() == pytest.approx(
        double.diagnostics.metrics(), rel=1e-4, abs=1e-7
    )
    if single.weights_BL is not None and double.weights_BL is not None:
        assert single.weights_BL.dtype == torch.float32
        torch.testing.assert_close(
            single.weights_BL.double(), double.weights_BL, rtol=1e-4, atol=1e-6
        )


def test_half_precision_is_widened_before_the_difference() -> None:
    train, rollout, mask = sampled([(1.0, 1.0, 1.0)])
    half = correct_mismatch(
        train.bfloat16(), rollout.bfloat16() - 0.001, mask, rule=MISMATCH_RULES["token_tis"]
    )
    assert half.weights_BL is not None
    assert half.weights_BL.dtype == torch.float32
    assert half.weights_BL[0, 0].item() == pytest.approx(math.exp(0.001), rel=1e-4)
