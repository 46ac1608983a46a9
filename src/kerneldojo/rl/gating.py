"""Full updates where the policy was in doubt, attenuated ones where it was sure of itself."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.rl import shapes
from kerneldojo.rl.rows import name_rows


@dataclass(frozen=True)
class EntropyGate:
    """Which tokens get a full update, and what is left to the others.

    Raises:
        UsageError: if `share` is not in (0, 1] or `attenuation` not in [0, 1].
    """

    share: float = 0.2
    """Share of the batch's tokens, those of the highest entropy, that get a full update."""
    threshold: float | None = None
    """Least entropy in nats for a full update, in place of `share`."""
    attenuation: float | None = None
    """Factor of all other updates; None for φ = p(1 − p), with p = π_old of the token."""

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise UsageError(f"share = {self.share}: a share in (0, 1], e.g. 0.2.")
        if self.attenuation is not None and not 0 <= self.attenuation <= 1:
            raise UsageError(f"attenuation = {self.attenuation}: a factor in [0, 1].")


@torch.no_grad()
def entropy_gate(
    entropies_BL: Tensor,
    old_logprobs_BL: Tensor,
    mask_BL: Tensor,
    gate: EntropyGate = EntropyGate(),
) -> Tensor:
    """Return a factor for each token's loss: 1 at high entropy, the attenuation elsewhere.

    As `weights_BL` of `ppo_loss` it makes the entropy-gated loss: both kinds of token keep their
    advantage, so that a confident mistake is still unlearned.

    Source: Hu and others, *Entropy-Gated Selective Policy Optimization*, 2026 (arXiv 2602.03309).
    φ = p(1 − p) is that of CHORD (arXiv 2508.11408), on which it builds.

    Args:
        entropies_BL: entropy of the policy at each position in nats, at the start of the step.
        old_logprobs_BL: its log-probabilities of the sampled tokens.
        mask_BL: tokens in the loss.
        gate: what counts as high, and the attenuation.

    Returns:
        B × L, in [0, 1]; 0 outside of the mask.

    Raises:
        UsageError: if a shape or type is wrong, or a value that counts is NaN; rows are named.
    """
    shape = tuple(mask_BL.shape)
    shapes.require_mask("mask", mask_BL, shape)
    for name, values_BL in (("entropies", entropies_BL), ("old_logprobs", old_logprobs_BL)):
        shapes.require_shape(name, values_BL, shape)
        wrong_BL = values_BL.isnan() & mask_BL
        if wrong_BL.any():
            raise UsageError(f"{name} is NaN at unmasked positions of {name_rows(wrong_BL)}.")
    attenuation = entropies_BL.new_tensor(gate.attenuation or 0.0)
    if gate.attenuation is None:
        chance_BL = old_logprobs_BL.exp()
        attenuation = (chance_BL * (1 - chance_BL)).to(entropies_BL.dtype)
    factors_BL = torch.where(_high(entropies_BL, mask_BL, gate), 1.0, attenuation)
    return torch.where(mask_BL, factors_BL, 0.0)


def _high(entropies_BL: Tensor, mask_BL: Tensor, gate: EntropyGate) -> Tensor:
    """Return where the entropy is high; ties with the last token that is are high too."""
    if gate.threshold is not None:
        return entropies_BL >= gate.threshold
    within = entropies_BL[mask_BL]
    if not len(within):
        return mask_BL
    # kthvalue rather than quantile, which refuses more than 16 million values.
    below = min(int((1 - gate.share) * len(within) + 0.5), len(within) - 1)
    return entropies_BL >= within.kthvalue(below + 1).values
