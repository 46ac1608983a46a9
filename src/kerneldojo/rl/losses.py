"""The policy loss: PPO with asymmetric and dual clipping.

Shapes: B rows (sequences), L positions. What stands at masked positions never reaches a loss or a
gradient, be it NaN.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

import torch
from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.rl import shapes
from kerneldojo.rl.reduction import DEFAULT_REDUCTION, Reduction
from kerneldojo.rl.rows import count_rows, name_rows

_FURTHEST = 20.0
"""Log-ratios are clamped to ±20: any clip has cut the gradient off long before, and exp overflows
in float32 at 89, where a gradient of 0 × ∞ would be NaN."""


@dataclass(frozen=True)
class Clip:
    """Where PPO's ratio r = π / π_old stops to matter.

    Raises:
        UsageError: if the ends are not 0 ≤ low < 1, 0 ≤ high and 1 + high ≤ dual.
    """

    low: float = 0.2
    """Lower clip 1 − low (Schulman and others, 2017)."""
    high: float = 0.28
    """Upper clip 1 + high (clip-higher of DAPO, arXiv 2503.14476)."""
    dual: float | None = 3.0
    """Largest r for negative advantages (dual clip, arXiv 1912.09729); None for no such end."""

    def __post_init__(self) -> None:
        if not (0 <= self.low < 1 and self.high >= 0):
            raise UsageError(f"low = {self.low}, high = {self.high}: 0 ≤ low < 1 and 0 ≤ high.")
        if self.dual is not None and self.dual < 1 + self.high:
            raise UsageError(f"dual = {self.dual}: at least 1 + high = {1 + self.high}.")


@dataclass(frozen=True)
class LossDiagnostics:
    """What the clips did; shares and means are over the tokens in the loss, 0 where none is."""

    tokens: int
    sequences: int
    """Rows with a token in the loss."""
    clipped_low: float
    """Share with A < 0 whose ratio is below 1 − low."""
    clipped_high: float
    """Share with A > 0 whose ratio is above 1 + high."""
    clipped_dual: float
    """Share with A < 0 whose ratio is above `dual`."""
    kl_k1: float
    """mean(−log r): how far the policy has moved from π_old, nats a token."""
    kl_k3: float
    """mean(r − 1 − log r), never negative."""

    def metrics(self, prefix: str = "loss/") -> dict[str, float]:
        """Return the figures under the names a training log shows."""
        return {f"{prefix}{name}": float(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class PolicyLoss:
    """A loss to minimise, and what the clips did."""

    loss: Tensor
    """A scalar with a gradient; 0 (with a gradient of 0) if no token is in the loss."""
    diagnostics: LossDiagnostics


def ppo_loss(
    logprobs_BL: Tensor,
    old_logprobs_BL: Tensor,
    advantages: Tensor,
    mask_BL: Tensor,
    *,
    weights_BL: Tensor | None = None,
    clip: Clip = Clip(),
    reduction: Reduction = DEFAULT_REDUCTION,
) -> PolicyLoss:
    """Return the dual-clip PPO loss.

    With r = π / π_old and S = min(r A, clip(r, 1 − low, 1 + high) A), a token's loss is −S for
    A ≥ 0 and −max(S, dual · A) for A < 0 (Ye and others, 2020, arXiv 1912.09729).

    Args:
        logprobs_BL: log-probabilities under the policy that is trained; the gradient flows here.
        old_logprobs_BL: under the policy at the start of the step.
        advantages: of each token (B × L) or row (B).
        mask_BL: tokens in the loss, after any rejection.
        weights_BL: factors of the tokens' losses, without gradient: importance weights of
            `correct_mismatch`, factors of `entropy_gate`, or their product; None for 1.
        clip: ends of the ratio.
        reduction: how tokens become one figure.

    Raises:
        UsageError: if a shape or type is wrong, or a value in the loss is NaN or infinite;
            rows are named.
    """
    advantages_BL = advantages.unsqueeze(-1) if advantages.dim() == 1 else advantages
    if advantages_BL.shape == (len(logprobs_BL), 1):
        advantages_BL = advantages_BL.expand_as(logprobs_BL)
    _check_shapes(logprobs_BL, old_logprobs_BL, advantages_BL, mask_BL, weights_BL)
    terms = _terms(logprobs_BL, old_logprobs_BL, advantages_BL, mask_BL, clip)
    losses_BL = terms.losses_BL
    if weights_BL is not None:
        # Masked once more, as 0 × NaN is NaN.
        losses_BL = losses_BL * torch.where(mask_BL, weights_BL.detach(), 0.0)
    losses_B = losses_BL.sum(-1)
    # Two small vectors tell whether to look at the tokens: NaN and infinity survive a sum.
    if not (losses_B + terms.moved_B).isfinite().all():
        # Of a pruned vocabulary a token may have fallen out since; when it was sampled it was in.
        _check(
            logprobs_BL.detach().clamp(min=torch.finfo(logprobs_BL.dtype).min), mask_BL, "logprobs"
        )
        _check(old_logprobs_BL, mask_BL, "old_logprobs")
        _check(advantages_BL, mask_BL, "advantages")
        if weights_BL is not None:
            _check(weights_BL, mask_BL, "weights")
    tokens_B = count_rows(mask_BL)
    return PolicyLoss(reduction.apply(losses_B, tokens_B), _diagnose(terms, tokens_B))


@dataclass(frozen=True)
class _Terms:
    """Every token's loss and what its diagnostics are made of; 0 where masked."""

    losses_BL: Tensor
    moved_B: Tensor
    """Sum of log r over each row, before it is clamped."""
    log_ratio_BL: Tensor
    clipped: tuple[Tensor, Tensor, Tensor]
    """Marks of tokens at the low, high and dual clip."""


def _check_shapes(
    logprobs_BL: Tensor,
    old_logprobs_BL: Tensor,
    advantages_BL: Tensor,
    mask_BL: Tensor,
    weights_BL: Tensor | None,
) -> None:
    shape = tuple(logprobs_BL.shape)
    if len(shape) != 2:
        raise UsageError(f"logprobs has the shape {shape}; rows × positions are needed.")
    shapes.require_mask("mask", mask_BL, shape)
    shapes.require_shape("old_logprobs", old_logprobs_BL, shape)
    shapes.require_shape("advantages", advantages_BL, shape)
    if weights_BL is not None:
        shapes.require_shape("weights", weights_BL, shape)


def _terms(
    logprobs_BL: Tensor, old_logprobs_BL: Tensor, advantages_BL: Tensor, mask_BL: Tensor, clip: Clip
) -> _Terms:
    wide = torch.promote_types(logprobs_BL.dtype, torch.float32)
    # Masked before anything is computed: a NaN behind a later mask would still spoil gradients.
    moved_BL = torch.where(mask_BL, logprobs_BL.to(wide) - old_logprobs_BL.detach().to(wide), 0.0)
    advantages_BL = torch.where(mask_BL, advantages_BL.detach().to(wide), 0.0)
    log_ratio_BL = moved_BL.clamp(-_FURTHEST, _FURTHEST)
    ratio_BL = log_ratio_BL.exp()
    inside_BL = ratio_BL.clamp(1 - clip.low, 1 + clip.high)
    gain_BL = torch.minimum(ratio_BL * advantages_BL, inside_BL * advantages_BL)
    bad_BL, good_BL = advantages_BL < 0, advantages_BL > 0
    dual_BL = torch.zeros_like(bad_BL)
    if clip.dual is not None:
        dual_BL = bad_BL & (ratio_BL > clip.dual)
        gain_BL = torch.where(dual_BL, clip.dual * advantages_BL, gain_BL)
    clipped = (
        bad_BL & (ratio_BL < 1 - clip.low),
        good_BL & (ratio_BL > 1 + clip.high),
        dual_BL,
    )
    return _Terms(-gain_BL, moved_BL.detach().sum(-1), log_ratio_BL, clipped)


def _check(values_BL: Tensor, mask_BL: Tensor, name: str) -> None:
    """Raise for NaN or infinity where the mask is on."""
    wrong_BL = ~values_BL.isfinite() & mask_BL
    if wrong_BL.any():
        raise UsageError(
            f"{name}: NaN or infinity at unmasked positions of {name_rows(wrong_BL)}. A step on it "
            "would destroy the weights: mask these rows out, or find out where it comes from."
        )


@torch.no_grad()
def _diagnose(terms: _Terms, tokens_B: Tensor) -> LossDiagnostics:
    tokens = tokens_B.sum()
    some = tokens.clamp(min=1).double()
    moved_BL = terms.log_ratio_BL
    moved = moved_BL.sum(-1).double().sum()
    excess = moved_BL.expm1().sum(-1).double().sum()
    figures = (
        tokens,
        (tokens_B > 0).sum(),
        *(count_rows(marks_BL).sum() / some for marks_BL in terms.clipped),
        -moved / some,
        (excess - moved) / some,
    )
    # One transfer from the device instead of seven.
    values = torch.stack([figure.double() for figure in figures]).tolist()
    named = dict(zip((field.name for field in fields(LossDiagnostics)), values, strict=True))
    return LossDiagnostics(**{**named, "tokens": int(values[0]), "sequences": int(values[1])})
