"""What corrections refuse, and what they make of nothing."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from kerneldojo.errors import UsageError
from kerneldojo.rl.mismatch import (
    MISMATCH_RULES,
    MismatchRule,
    correct_mismatch,
    mismatch_rejection,
)

ROWS, TOKENS = 12, 5


def batch() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    train = torch.full((ROWS, TOKENS), -1.0)
    return train, train.clone(), torch.ones(ROWS, TOKENS, dtype=torch.bool)


@pytest.mark.parametrize(
    ("side", "value"),
    [("train", math.nan), ("train", math.inf), *(("rollout", bad) for bad in (math.nan, math.inf))],
)
def test_what_is_no_number_is_an_error_that_names_its_rows(side: str, value: float) -> None:
    train, rollout, mask = batch()
    (train if side == "train" else rollout)[[2, 7], 3] = value
    with pytest.raises(UsageError, match=f"{side}_logprobs in rows 2, 7\\."):
        mismatch_rejection(train, rollout, mask)


def test_many_rows_are_counted_not_listed() -> None:
    train, rollout, mask = batch()
    train[:, 0] = math.nan
    with pytest.raises(UsageError, match="rows 0, 1, 2, 3, 4, 5, 6, 7 and 4 more"):
        mismatch_rejection(train, rollout, mask)


def test_a_sampled_token_was_possible() -> None:
    train, rollout, mask = batch()
    rollout[4, 0] = -math.inf
    with pytest.raises(UsageError, match="rollout_logprobs in row 4"):
        mismatch_rejection(train, rollout, mask)


def test_a_token_the_trainer_holds_impossible_is_vetoed_not_an_error() -> None:
    train, rollout, mask = batch()
    train[4, 0] = -math.inf
    correction = mismatch_rejection(train, rollout, mask)
    assert (~correction.mask_BL.any(-1)).nonzero().flatten().tolist() == [4]
    assert correction.diagnostics.ratio_min == 0
    assert all(math.isfinite(figure) for figure in correction.diagnostics.metrics().values())
    for rule in MISMATCH_RULES.values():
        weights = correct_mismatch(train, rollout, mask, rule=rule).weights_BL
        assert weights is None or weights[4, 0] == 0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_masked_does_not_count(value: float) -> None:
    train, rollout, mask = batch()
    mask[3, 1] = False
    expected = mismatch_rejection(train, rollout, mask)
    train[3, 1] = rollout[3, 1] = value
    found = mismatch_rejection(train, rollout, mask)
    assert found.mask_BL.equal(expected.mask_BL)
    assert found.diagnostics == expected.diagnostics


def test_a_step_whose_every_row_is_rejected_is_told() -> None:
    train, rollout, mask = batch()
    correction = mismatch_rejection(train + 1, rollout, mask)
    assert correction.all_rejected
    assert correction.diagnostics.masked_tokens == 1
    assert correction.diagnostics.rejected_trajectories == 1
    assert not mismatch_rejection(train, rollout, mask).all_rejected


def test_rows_without_tokens_are_in_no_share() -> None:
    train, rollout, mask = batch()
    mask[6:] = False
    train[:3] += 1
    correction = mismatch_rejection(train, rollout, mask)
    assert correction.diagnostics.trajectories == 6
    assert correction.diagnostics.rejected_trajectories == 0.5
    assert correction.mask_BL.any(-1).tolist() == [False] * 3 + [True] * 3 + [False] * 6


@pytest.mark.parametrize("name", sorted(MISMATCH_RULES))
def test_a_batch_without_any_token_has_figures_and_nothing_to_learn_from(name: str) -> None:
    train, rollout, mask = batch()
    correction = correct_mismatch(train, rollout, mask & False, rule=MISMATCH_RULES[name])
    assert correction.all_rejected
    assert correction.diagnostics.tokens == correction.diagnostics.trajectories == 0
    assert all(math.isfinite(figure) for figure in correction.diagnostics.metrics().values())


def test_long_products_do_not_overflow() -> None:
    train, rollout, mask = (side.repeat(1, 2000) for side in batch())
    train[0] += 0.5
    train[1] -= 0.5
    correction = correct_mismatch(train, rollout, mask, rule=MISMATCH_RULES["sequence_mis"])
    assert correction.mask_BL.any(-1).tolist() == [False, False] + [True] * 10
    uncut = correct_mismatch(train, rollout, mask, rule=MismatchRule(weight="sequence"))
    assert uncut.weights_BL is not None
    assert uncut.weights_BL[:3, 0].tolist() == [2.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"reject": "geo"}, "Did you mean"),
        ({"weight": "row"}, "token, turn, turn_geometric, sequence, geometric"),
        ({"k3": ""}, "is not a level"),
        ({"lower": 0.0}, "lower = 0.0"),
        ({"lower": 3.0}, "upper = 2.0"),
        ({"upper": math.inf}, "upper = inf"),
        ({"cap": 0.0}, "cap = 0.0"),
        ({"cap": math.nan}, "cap = nan"),
        ({"k3_limit": -1.0}, "k3_limit"),
        ({"veto": 1.0}, "veto = 1.0"),
        ({"veto": 0.0}, "veto = 0.0"),
    ],
)
def test_impossible_rules_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        MismatchRule(**settings)


def test_shapes_and_types_are_checked() -> None:
    train, rollout, mask = batch()
    with pytest.raises(UsageError, match="rollout_logprobs has the shape"):
        mismatch_rejection(train, rollout[:, 1:], mask)
    with pytest.raises(UsageError, match=r"masks are torch\.bool"):
        mismatch_rejection(train, rollout, mask.float())
    with pytest.raises(UsageError, match="rows × positions"):
        mismatch_rejection(train[0], rollout[0], mask[0])
    with pytest.raises(UsageError, match="rows × positions"):
        mismatch_rejection(train[:0], rollout[:0], mask[:0])
    with pytest.raises(UsageError, match="one integer for each of the 12 rows"):
        mismatch_rejection(train, rollout, mask, torch.arange(3))


def test_turns_are_checked() -> None:
    train, rollout, mask = batch()
    rule = MismatchRule(reject="turn")

    def with_turns(turns: torch.Tensor | None) -> None:
        correct_mismatch(train, rollout, mask, None, turns, rule=rule)

    with_turns(torch.zeros(ROWS, dtype=torch.long))
    with pytest.raises(UsageError, match="need turn_ids"):
        with_turns(None)
    with pytest.raises(UsageError, match="turn_ids has shape"):
        with_turns(torch.zeros(TOKENS, dtype=torch.long))
    with pytest.raises(UsageError, match="from -1 to 0"):
        with_turns(torch.zeros(ROWS, TOKENS, dtype=torch.long).index_fill(1, torch.tensor([0]), -1))
    with pytest.raises(UsageError, match="65536 at most"):
        with_turns(torch.full((ROWS,), 10**9))
