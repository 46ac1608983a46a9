"""Log-ratios ρ = π_train / π_rollout of sampled tokens, and the guards around them.

Shapes: B rows, L positions. A row is what the trainer feeds through the model at once: a whole
trajectory, or one turn of it where the chat template rewrites history.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.rl import shapes
from kerneldojo.rl.rows import count_rows, name_rows


@dataclass(frozen=True)
class LogRatios:
    """log ρ of a batch, detached."""

    values_BL: Tensor
    """log ρ in float32 or wider; 0 where the mask is off."""
    mask_BL: Tensor
    """True at the model's own tokens."""
    totals_B: Tensor
    """Sum of log ρ over each row."""
    least_B: Tensor
    """Smallest log ρ of each row, at most 0 where a token is masked."""
    most_B: Tensor
    """Largest log ρ of each row, at least 0 where a token is masked."""
    tokens_B: Tensor
    """Unmasked tokens of each row."""


@torch.no_grad()
def log_ratios(
    train_logprobs_BL: Tensor, rollout_logprobs_BL: Tensor, mask_BL: Tensor
) -> LogRatios:
    """Return log ρ = log π_train − log π_rollout at the model's own tokens.

    Args:
        train_logprobs_BL: the trainer's log-probabilities of the sampled tokens; −inf is allowed
            (the trainer's vocabulary may have been pruned).
        rollout_logprobs_BL: the sampler's, of the same tokens at the same temperature.
        mask_BL: true at the model's own tokens. What stands elsewhere is ignored, be it NaN.

    Raises:
        UsageError: if a shape or type is wrong, the batch is empty, an unmasked log-probability is
            NaN or +inf, or the sampler's is −inf; rows are named.
    """
    shape = tuple(train_logprobs_BL.shape)
    if len(shape) != 2 or 0 in shape:
        raise UsageError(f"train_logprobs has the shape {shape}; rows × positions are needed.")
    shapes.require_shape("rollout_logprobs", rollout_logprobs_BL, shape)
    shapes.require_mask("mask", mask_BL, shape)
    # A difference of two bfloat16 logarithms has no correct digit left where ρ is near 1.
    wide = torch.promote_types(
        torch.promote_types(train_logprobs_BL.dtype, rollout_logprobs_BL.dtype), torch.float32
    )
    difference_BL = train_logprobs_BL.to(wide) - rollout_logprobs_BL.to(wide)
    values_BL = torch.where(mask_BL, difference_BL, 0.0)
    totals_B = values_BL.sum(-1)
    # One small vector tells whether to look at the tokens: NaN and infinity survive a sum.
    if not totals_B.isfinite().all():
        _check_values(train_logprobs_BL, rollout_logprobs_BL, mask_BL)
    return LogRatios(
        values_BL, mask_BL, totals_B, values_BL.amin(-1), values_BL.amax(-1), count_rows(mask_BL)
    )


def _check_values(train_BL: Tensor, rollout_BL: Tensor, mask_BL: Tensor) -> None:
    wrong = {
        "train_logprobs": train_BL.isnan() | (train_BL == torch.inf),
        "rollout_logprobs": ~rollout_BL.isfinite(),
    }
    found = [
        f"{name} in {name_rows(bad_BL & mask_BL)}"
        for name, bad_BL in wrong.items()
        if (bad_BL & mask_BL).any()
    ]
    if found:
        raise UsageError(
            f"Log-probabilities at unmasked positions are NaN or infinite: {'; '.join(found)}. A "
            "token that was sampled has a finite log-probability. Mask these rows out, or find "
            "out which engine returned them."
        )
