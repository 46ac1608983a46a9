"""Dual-clip PPO by hand, its gradients, its aggregations and its guards."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.rl.losses import Clip, PolicyLoss, ppo_loss
from kerneldojo.rl.reduction import AGGREGATIONS, Reduction

SUM = Reduction("sum", scale=1.0)


def loss_of(ratio: float, advantage: float, **options: Any) -> PolicyLoss:
    """Loss of one token."""
    logprobs = torch.tensor([[math.log(ratio)]], dtype=torch.float64)
    one = torch.ones(1, 1, dtype=torch.bool)
    return ppo_loss(logprobs, torch.zeros_like(logprobs), torch.tensor([advantage]), one, **options)


@pytest.mark.parametrize(
    ("ratio", "advantage", "loss"),
    [
        (1.0, 1.0, -1.0),
        (1.1, 2.0, -2.2),
        (1.5, 1.0, -1.28),  # past the upper clip
        (0.5, 1.0, -0.5),  # going the wrong way is not clipped
        (0.5, -1.0, 0.8),  # past the lower clip
        (1.5, -1.0, 1.5),  # the wrong way again, below the dual clip
        (5.0, -1.0, 3.0),  # past the dual clip
        (5.0, -2.0, 6.0),
        (1.0, 0.0, 0.0),
    ],
)
def test_the_loss_of_a_token(ratio: float, advantage: float, loss: float) -> None:
    assert loss_of(ratio, advantage, reduction=SUM).loss.item() == pytest.approx(loss)


def test_without_the_dual_clip_the_wrong_way_is_not_bounded() -> None:
    assert loss_of(5.0, -1.0, clip=Clip(dual=None), reduction=SUM).loss.item() == pytest.approx(5)


@pytest.mark.parametrize(
    ("ratio", "advantage", "clipped"),
    [
        (1.5, 1.0, (0, 1, 0)),
        (1.5, -1.0, (0, 0, 0)),
        (0.5, -1.0, (1, 0, 0)),
        (0.5, 1.0, (0, 0, 0)),
        (5.0, -1.0, (0, 0, 1)),
        (5.0, 1.0, (0, 1, 0)),
    ],
)
def test_a_clip_is_counted_where_it_binds(
    ratio: float, advantage: float, clipped: tuple[int, int, int]
) -> None:
    found = loss_of(ratio, advantage).diagnostics
    assert (found.clipped_low, found.clipped_high, found.clipped_dual) == clipped
    assert found.kl_k1 == pytest.approx(-math.log(ratio))
    assert found.kl_k3 == pytest.approx(ratio - 1 - math.log(ratio))


def on_policy(losses: list[list[float]], mask: list[list[int]]) -> tuple[Tensor, ...]:
    """Arguments whose tokens have these losses (ratio 1, advantage −loss)."""
    advantages = -torch.tensor(losses, dtype=torch.float64)
    return (
        torch.full_like(advantages, -0.5),
        torch.full_like(advantages, -0.5),
        advantages,
        torch.tensor(mask, dtype=torch.bool),
    )


@pytest.mark.parametrize(
    ("how", "loss"),
    [
        ("sequence_sum", (1 + 2 + 3 + 4) / 2),
        ("sequence_mean", ((1 + 2 + 3) / 3 + 4) / 2),
        ("token_mean", (1 + 2 + 3 + 4) / 4),
        ("sum", 1 + 2 + 3 + 4),
    ],
)
def test_aggregations(how: Any, loss: float) -> None:
    """The third row has no token in the loss and is no sequence."""
    batch = on_policy(
        [[1, 2, 3], [4, math.nan, 9], [5, 5, math.nan]], [[1, 1, 1], [1, 0, 0], [0, 0, 0]]
    )
    found = ppo_loss(*batch, reduction=Reduction(how, scale=1.0))
    assert found.loss.item() == pytest.approx(loss)
    assert (found.diagnostics.tokens, found.diagnostics.sequences) == (4, 2)
    assert ppo_loss(*batch, reduction=Reduction(how)).loss.item() == pytest.approx(loss / 1000)


@pytest.mark.parametrize("how", AGGREGATIONS)
def test_the_losses_of_a_steps_parts_add_up(how: Any) -> None:
    batch = random_batch(8, 6)
    tokens, sequences = int(batch[3].sum()), int(batch[3].any(-1).sum())
    count = tokens if how == "token_mean" else sequences
    parts = [
        ppo_loss(*(tensor[part] for tensor in batch), reduction=Reduction(how, count=count)).loss
        for part in (slice(0, 3), slice(3, 8))
    ]
    whole = ppo_loss(*batch, reduction=Reduction(how)).loss
    torch.testing.assert_close(sum(parts), whole)


def random_batch(rows: int, tokens: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    old = -torch.rand(rows, tokens, generator=generator, dtype=torch.float64)
    new = old + 0.6 * torch.randn(rows, tokens, generator=generator, dtype=torch.float64)
    advantages = torch.randn(rows, tokens, generator=generator, dtype=torch.float64)
    mask = torch.rand(rows, tokens, generator=generator) < 0.8
    mask[-1] = False
    return new, old, advantages, mask


@pytest.mark.parametrize("how", AGGREGATIONS)
@pytest.mark.parametrize("weighted", [False, True])
def test_gradients_are_those_of_finite_differences(how: Any, weighted: bool) -> None:
    new, old, advantages, mask = random_batch(6, 5)
    weights = torch.rand_like(new) if weighted else None

    def loss(logprobs: Tensor) -> Tensor:
        return ppo_loss(
            logprobs, old, advantages, mask, weights_BL=weights, reduction=Reduction(how, scale=1.0)
        ).loss

    clips = ppo_loss(new, old, advantages, mask).diagnostics
    assert clips.clipped_low > 0
    assert clips.clipped_high > 0
    assert torch.autograd.gradcheck(loss, new.requires_grad_())


def test_the_gradient_at_the_start_of_a_step_is_reinforce() -> None:
    """At r = 1 the gradient of −r A is −A for every token, whatever the clips."""
    new, _, advantages, mask = random_batch(4, 5)
    new.requires_grad_()
    ppo_loss(new, new.detach(), advantages, mask, reduction=SUM).loss.backward()
    assert new.grad is not None
    torch.testing.assert_close(new.grad, -advantages * mask)


def test_advantages_of_rows_are_those_of_their_tokens() -> None:
    new, old, advantages, mask = random_batch(4, 5)
    row = advantages[:, 0]
    torch.testing.assert_close(
        ppo_loss(new, old, row, mask).loss,
        ppo_loss(new, old, row.unsqueeze(-1).expand(4, 5), mask).loss,
    )


def test_weights_scale_tokens_and_carry_no_gradient() -> None:
    new, old, advantages, mask = random_batch(4, 5)
    weights = torch.full_like(new, 0.5, requires_grad=True)
    half = ppo_loss(new.requires_grad_(), old, advantages, mask, weights_BL=weights)
    torch.testing.assert_close(half.loss * 2, ppo_loss(new, old, advantages, mask).loss)
    half.loss.backward()
    assert weights.grad is None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_masked_reaches_neither_loss_nor_gradient(value: float) -> None:
    clean = random_batch(6, 5)
    dirty = tuple(
        torch.where(clean[3], tensor, value) if tensor.is_floating_point() else tensor
        for tensor in clean
    )
    weights = torch.where(clean[3], torch.ones_like(clean[0]), value)
    dirty[0].requires_grad_()
    found = ppo_loss(*dirty, weights_BL=weights)
    expected = ppo_loss(*clean)
    torch.testing.assert_close(found.loss, expected.loss)
    assert found.diagnostics == expected.diagnostics
    found.loss.backward()
    assert dirty[0].grad is not None
    assert dirty[0].grad.isfinite().all()
    assert (dirty[0].grad[~clean[3]] == 0).all()


def test_far_ratios_have_finite_gradients() -> None:
    """exp overflows there, and 0 × ∞ must not become NaN."""
    new = torch.tensor([[500.0, -500.0, -math.inf, 500.0]], requires_grad=True)
    found = ppo_loss(
        new,
        torch.zeros(1, 4),
        torch.tensor([[1.0, 1.0, 1.0, -1.0]]),
        torch.ones(1, 4, dtype=torch.bool),
    )
    found.loss.backward()
    assert found.loss.isfinite()
    assert new.grad is not None
    assert new.grad.tolist() == [[0, 0, 0, 0]]


def test_a_batch_with_nothing_in_the_loss_is_zero_and_can_be_differentiated() -> None:
    new, old, advantages, mask = random_batch(4, 5)
    found = ppo_loss(new.requires_grad_(), old, advantages, mask & False)
    found.loss.backward()
    assert found.loss.item() == 0
    assert new.grad is not None
    assert new.grad.abs().max() == 0
    assert set(found.diagnostics.metrics().values()) == {0.0}


@pytest.mark.parametrize("which", [0, 1, 2])
def test_nan_in_the_loss_is_an_error_that_names_rows(which: int) -> None:
    batch = list(random_batch(6, 5))
    batch[3][:] = True
    batch[which][[1, 4], 0] = math.nan
    name = ("logprobs", "old_logprobs", "advantages")[which]
    with pytest.raises(UsageError, match=f"^{name}: .* of rows 1, 4\\."):
        ppo_loss(*batch)
    with pytest.raises(UsageError, match=r"weights: .* of rows 1, 4"):
        new, old, advantages, mask = random_batch(6, 5)
        ppo_loss(new, old, advantages, mask | True, weights_BL=batch[which])


@pytest.mark.parametrize("how", AGGREGATIONS)
def test_single_precision_agrees_with_double_and_rows_may_be_reordered(how: Any) -> None:
    new, old, advantages, mask = random_batch(16, 400)
    reduction = Reduction(how)
    double = ppo_loss(new, old, advantages, mask, reduction=reduction)
    single = ppo_loss(new.float(), old.float(), advantages.float(), mask, reduction=reduction)
    assert single.loss.item() == pytest.approx(double.loss.item(), rel=1e-4, abs=1e-8)
    assert single.diagnostics.metrics() == pytest.approx(double.diagnostics.metrics(), rel=1e-4)
    order = torch.randperm(16, generator=torch.Generator().manual_seed(2))
    mixed = ppo_loss(new[order], old[order], advantages[order], mask[order], reduction=reduction)
    torch.testing.assert_close(mixed.loss, double.loss)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Clip(low=1.0), "low = 1.0"),
        (lambda: Clip(high=-0.1), "high = -0.1"),
        (lambda: Clip(dual=1.2), "dual = 1.2"),
        (lambda: Reduction("mean"), "sequence_sum, sequence_mean, token_mean, sum"),
        (lambda: Reduction(scale=0), "scale = 0"),
        (lambda: Reduction(count=-1), "count = -1"),
    ],
)
def test_impossible_settings_are_refused(make: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        make()


def test_shapes_and_types_are_checked() -> None:
    new, old, advantages, mask = random_batch(4, 5)
    with pytest.raises(UsageError, match="old_logprobs has the shape"):
        ppo_loss(new, old[:, 1:], advantages, mask)
    with pytest.raises(UsageError, match="advantages has the shape"):
        ppo_loss(new, old, advantages[:3, 0], mask)
    with pytest.raises(UsageError, match=r"masks are torch\.bool"):
        ppo_loss(new, old, advantages, mask.double())
