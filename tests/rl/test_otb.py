"""The optimal token baseline: its proxy, its sums, and that it is optimal."""

from __future__ import annotations

import pytest
import torch

from kerneldojo.errors import UsageError
from kerneldojo.rl import (
    accumulated_energy,
    broadcast,
    logit_gradient_proxy,
    otb_tokens,
    turn_energy,
)

ONE_PROMPT = torch.tensor([0, 0])


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_proxy_is_the_squared_norm_of_the_gradient_by_the_logits() -> None:
    logits = (8 * draw(2, 3, 11)).requires_grad_()
    tokens = torch.tensor([[0, 4, 10], [3, 3, 7]])
    chosen = logits.log_softmax(-1).gather(-1, tokens.unsqueeze(-1))
    (gradient,) = torch.autograd.grad(chosen.sum(), logits)
    found = logit_gradient_proxy(logits.detach(), tokens)
    torch.testing.assert_close(found, gradient.square().sum(-1))


def test_the_proxy_by_hand_and_at_its_ends() -> None:
    # π = (¾, ¼): for the first 1 − 3/2 + 10/16 = 1/8, for the second 1 − 1/2 + 10/16 = 9/8.
    logits = torch.tensor([0.75, 0.25]).log().expand(1, 2, 2)
    found = logit_gradient_proxy(logits, torch.tensor([[0, 1]]))
    torch.testing.assert_close(found, torch.tensor([[0.125, 1.125]]))
    sure = torch.tensor([[[1e4, 0.0], [1e4, 0.0]]])
    torch.testing.assert_close(
        logit_gradient_proxy(sure, torch.tensor([[0, 1]])), torch.tensor([[0.0, 2.0]])
    )


def test_the_proxy_is_never_negative_and_not_computed_in_half_precision() -> None:
    logits = torch.tensor([18.0, 0.0, 1.0]).expand(1, 1, 3)
    for dtype in (torch.float32, torch.bfloat16):
        found = logit_gradient_proxy(logits.to(dtype), torch.tensor([[0]]))
        assert found.dtype == torch.float32 and 0 <= found.item() < 1e-6
    with pytest.raises(UsageError, match="tokens_BL"):
        logit_gradient_proxy(logits, torch.tensor([0]))


def test_energy_adds_up_over_the_models_tokens() -> None:
    proxy = torch.tensor([[0.5, torch.nan, 1.0, 2.0]])
    mask = torch.tensor([[True, False, True, True]])
    torch.testing.assert_close(
        accumulated_energy(proxy, mask), torch.tensor([[0.5, 0.5, 1.5, 3.5]]).double()
    )
    # With ρ̄ = 2, 1, ½: 0.5·4 = 2, then 1·1, then 2·¼.
    weighted = accumulated_energy(proxy, mask, torch.tensor([[2.0, torch.nan, 1.0, 0.5]]))
    torch.testing.assert_close(weighted, torch.tensor([[2.0, 2.0, 3.0, 3.5]]).double())
    with pytest.raises(UsageError, match="sums of squares"):
        accumulated_energy(-proxy, mask)
    with pytest.raises(UsageError, match=r"proxy_BL\[0, 1\] is nan"):
        accumulated_energy(proxy, torch.ones(1, 4, dtype=torch.bool))


def test_energy_at_the_end_of_turns() -> None:
    energy = torch.tensor([[0.5, 0.5, 1.5, 3.5, 3.5]])
    turns = torch.tensor([[0, -1, 0, 1, -1]])
    assert turn_energy(energy, turns, 3).tolist() == [[1.5, 3.5, 0.0]]
    with pytest.raises(UsageError, match="goes up to 1, but there are 1 turns"):
        turn_energy(energy, turns, 1)


def test_tokens_by_hand() -> None:
    returns = torch.tensor([[4.0, 4, 4], [2.0, 2, 2]])
    energy = torch.tensor([[1.0, 2, 3], [3.0, 4, 9]])
    mask = torch.tensor([[True, True, True], [True, True, False]])
    # Baselines (4·1 + 2·3)/4 = 2.5 and (4·2 + 2·4)/6 = 8/3; at the third position there is nobody.
    found = otb_tokens(returns, energy, mask, ONE_PROMPT)
    expected = torch.tensor([[1.5, 4 / 3, 4], [-0.5, -2 / 3, 0]])
    torch.testing.assert_close(found, expected)
    # Without itself only the other's return is left.
    alone = otb_tokens(returns, energy, mask, ONE_PROMPT, leave_one_out=True)
    torch.testing.assert_close(alone, torch.tensor([[2.0, 2, 4], [-2.0, -2, 0]]))


@pytest.mark.parametrize("leave_one_out", [False, True])
def test_long_rows_and_many_prompts_against_a_plain_loop(leave_one_out: bool) -> None:
    rows, length = 9, 1100  # more positions than are taken at a time
    returns, energy = draw(rows, length), draw(rows, length, seed=1).cumsum(1)
    mask = draw(rows, length, seed=2) < 0.7
    groups = torch.tensor([5, 5, 5, 5, 2, 2, 2, 9, 9])
    found = otb_tokens(returns, energy, mask, groups, leave_one_out=leave_one_out)
    for row in range(rows):
        for place in (*range(0, length, 37), 511, 512, 1023, 1024):
            others = [
                other
                for other in range(rows)
                if groups[other] == groups[row]
                and mask[other, place]
                and not (leave_one_out and other == row)
            ]
            expected = returns[row, place]
            if set(others) - {row}:
                weights = energy[others, place]
                expected = expected - (weights * returns[others, place]).sum() / weights.sum()
            expected = expected if mask[row, place] else torch.zeros(())
            torch.testing.assert_close(found[row, place], expected.to(found.dtype))


def test_without_weight_there_is_no_baseline() -> None:
    returns = torch.tensor([[4.0], [2.0]])
    mask = torch.ones(2, 1, dtype=torch.bool)
    nothing = otb_tokens(returns, torch.zeros(2, 1), mask, ONE_PROMPT)
    assert nothing.tolist() == [[4.0], [2.0]]
    # The second weighs nothing, so it is no baseline for the first.
    half = otb_tokens(returns, torch.tensor([[3.0], [0.0]]), mask, ONE_PROMPT, leave_one_out=True)
    assert half.tolist() == [[4.0], [-2.0]]


def test_the_baseline_has_the_least_variance() -> None:
    """For one token of a softmax policy, enumerated: no other constant does better."""
    logits = torch.tensor([0.2, 1.0, -0.7, 0.4], dtype=torch.float64)
    chance = logits.softmax(0)
    worth = torch.tensor([1.0, 0.2, 3.0, 0.7], dtype=torch.float64)
    arms = torch.arange(4)
    scores = torch.eye(4, dtype=torch.float64) - chance
    energy = logit_gradient_proxy(logits.expand(1, 4, 4), arms[None])[0]

    def variance(baseline: torch.Tensor) -> torch.Tensor:
        gradients = (worth - baseline)[:, None] * scores
        return (chance[:, None] * gradients.square()).sum()

    # As many rows as chances, in ten-thousandths: the group's weighted mean is the optimum.
    rows = arms.repeat_interleave((chance * 10_000).round().long())
    advantages = otb_tokens(
        worth[rows][:, None],
        energy[rows][:, None],
        torch.ones(len(rows), 1, dtype=torch.bool),
        torch.zeros(len(rows), dtype=torch.long),
    )
    best = (worth[rows] - advantages[:, 0])[0]
    plain = (chance * worth).sum()
    assert variance(best) < 0.99 * variance(plain)
    assert variance(best) <= variance(best + 0.01) and variance(best) <= variance(best - 0.01)


def test_shapes_must_fit() -> None:
    good = torch.ones(2, 3)
    mask = torch.ones(2, 3, dtype=torch.bool)
    with pytest.raises(UsageError, match="energy_BL has the shape"):
        otb_tokens(good, torch.ones(2, 2), mask, ONE_PROMPT)
    with pytest.raises(UsageError, match=r"\(B, L\) is needed"):
        otb_tokens(good[0], good[0], mask[0], ONE_PROMPT)
    with pytest.raises(UsageError, match="is nan"):
        otb_tokens(good * torch.nan, good, mask, ONE_PROMPT)


def test_tokens_take_their_turns_value() -> None:
    values = torch.tensor([[1.0, -2.0], [3.0, 4.0]])
    turns = torch.tensor([[-1, 0, 0, -1, 1], [0, 1, 1, 1, -1]])
    expected = [[0.0, 1.0, 1.0, 0.0, -2.0], [3.0, 4.0, 4.0, 4.0, 0.0]]
    for dtype in (torch.int64, torch.int32, torch.int8):
        assert broadcast(values, turns.to(dtype)).tolist() == expected
    assert broadcast(values.bfloat16(), turns).dtype == torch.bfloat16
    flags = broadcast(values > 0, turns)
    assert flags.dtype == torch.bool and flags[0].tolist() == [False, True, True, False, False]
    assert broadcast(values[:0], turns[:0]).shape == (0, 5)
    assert broadcast(values, turns[:, :0]).shape == (2, 0)


@pytest.mark.parametrize(
    ("turns", "says"),
    [
        (torch.tensor([[0, 2], [0, 0]]), "from 0 to 2, but with 2 turns −1 to 1"),
        (torch.tensor([[0, -2], [0, 0]]), "from -2 to 0"),
        (torch.tensor([[0, 1]]), r"\(B, T\) and \(B, L\)"),
        (torch.zeros(2, 2), "whole numbers"),
    ],
)
def test_turns_that_are_not_there(turns: torch.Tensor, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        broadcast(torch.ones(2, 2), turns)
