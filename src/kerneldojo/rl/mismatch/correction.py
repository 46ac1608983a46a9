"""A correction as a rule: which weights, which rejections; and the rules that have names."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.rl.mismatch.diagnostics import MismatchDiagnostics, diagnose
from kerneldojo.rl.mismatch.levels import Batch, Level, check_level, log_weights
from kerneldojo.rl.mismatch.ratios import log_ratios
from kerneldojo.rl.mismatch.rejection import below_k3, within_band, without_veto


@dataclass(frozen=True)
class MismatchRule:
    """What to do about tokens that trainer and sampler do not agree on.

    Raises:
        UsageError: if a level or threshold is not possible.
    """

    weight: Level | None = None
    """Level of the importance weights; None leaves every token its full weight."""
    cap: float = 2.0
    """Weights are min(ratio, cap)."""
    reject: Level | None = None
    """Level at which ratios outside of `lower` and `upper` are rejected."""
    lower: float = 0.5
    upper: float = 2.0
    k3: Level | None = None
    """Level at which a mean of ρ − 1 − log ρ above `k3_limit` is rejected."""
    k3_limit: float = 0.01
    veto: float | None = None
    """A token with ρ below this rejects its trajectory."""

    def __post_init__(self) -> None:
        for name in ("weight", "reject", "k3"):
            check_level(name, getattr(self, name))
        if not 0 < self.lower <= self.upper < math.inf:
            raise UsageError(
                f"lower = {self.lower}, upper = {self.upper}: ratios are positive, and the lower "
                "end is not above the upper one, e.g. 0.5 and 2.0."
            )
        if not 0 < self.cap < math.inf:
            raise UsageError(f"cap = {self.cap}: it is positive and finite, usually 2.0.")
        if not 0 <= self.k3_limit < math.inf:
            raise UsageError(f"k3_limit = {self.k3_limit}: at least 0, usually 0.01.")
        if self.veto is not None and not 0 < self.veto < 1:
            raise UsageError(f"veto = {self.veto}: it lies between 0 and 1, usually 1e-4.")


MISMATCH_RULES: dict[str, MismatchRule] = {
    "none": MismatchRule(),
    "token_tis": MismatchRule(weight="token", cap=2.0),
    "token_mis": MismatchRule(weight="token", cap=2.0, reject="token", lower=0.5, upper=2.0),
    "icepop": MismatchRule(weight="token", cap=5.0, reject="token", lower=0.5, upper=5.0),
    "sequence_mis": MismatchRule(weight="sequence", cap=2.0, reject="sequence"),
    "geometric": MismatchRule(reject="geometric", lower=0.999, upper=1.001),
    "k3": MismatchRule(k3="geometric", k3_limit=0.01),
    "mrs": MismatchRule(reject="geometric", lower=0.999, upper=1.001, veto=1e-4),
}
"""Corrections by name. `mrs` is the recipe of *Dr. Kernel*."""


@dataclass(frozen=True)
class Correction:
    """The mask and weights that a loss is to use; nothing here carries a gradient."""

    mask_BL: Tensor
    """What stays in the loss."""
    weights_BL: Tensor | None
    """Importance weights, 0 outside of `mask_BL`; None where every weight is 1."""
    diagnostics: MismatchDiagnostics
    all_rejected: bool
    """True if no token is left: skip the update, there is nothing to learn from."""


@torch.no_grad()
def correct_mismatch(
    train_logprobs_BL: Tensor,
    rollout_logprobs_BL: Tensor,
    mask_BL: Tensor,
    trajectory_ids_B: Tensor | None = None,
    turn_ids: Tensor | None = None,
    *,
    rule: MismatchRule,
) -> Correction:
    """Return what a rule leaves of a batch.

    Args:
        train_logprobs_BL: the trainer's log-probabilities of the sampled tokens.
        rollout_logprobs_BL: the sampler's, of the same tokens.
        mask_BL: true at the model's own tokens.
        trajectory_ids_B: which rows belong together; None if each row is a whole trajectory.
        turn_ids: turn within the trajectory, of each row (B) or token (B × L); needed by the
            levels `turn` and `turn_geometric` only.
        rule: weights and rejections.

    Raises:
        UsageError: if a shape or type is wrong, or an unmasked log-probability is NaN; rows are
            named.
    """
    ratios = log_ratios(train_logprobs_BL, rollout_logprobs_BL, mask_BL)
    batch = Batch.of(ratios, trajectory_ids_B, turn_ids)
    # The veto comes first: judgements of rows are joined before they are spread over tokens.
    passed = torch.ones_like(ratios.tokens_B, dtype=torch.bool).unsqueeze(-1)
    vetoed_B1 = ~passed
    if rule.veto is not None:
        passed = without_veto(batch, rule.veto)
        vetoed_B1 = ~passed
    if rule.reject is not None:
        passed = passed & within_band(batch, rule.reject, rule.lower, rule.upper)
    if rule.k3 is not None:
        passed = passed & below_k3(batch, rule.k3, rule.k3_limit)
    kept_BL = ratios.mask_BL & passed
    weights_BL = None
    if rule.weight is not None:
        log_weight = log_weights(batch, rule.weight).clamp(max=math.log(rule.cap))
        weights_BL = torch.where(kept_BL, log_weight.exp().to(ratios.values_BL.dtype), 0.0)
    diagnostics = diagnose(batch, kept_BL, vetoed_B1)
    return Correction(kept_BL, weights_BL, diagnostics, all_rejected=diagnostics.left == 0)


def mismatch_rejection(
    train_logprobs_BL: Tensor,
    rollout_logprobs_BL: Tensor,
    mask_BL: Tensor,
    trajectory_ids_B: Tensor | None = None,
    *,
    lower: float = 0.999,
    upper: float = 1.001,
    veto: float | None = 1e-4,
) -> Correction:
    """Reject whole trajectories by mismatch rejection sampling (MRS).

    A trajectory stays iff lower ≤ exp(mean log ρ) ≤ upper over all model tokens of all its turns,
    and no token has ρ < veto. Importance weights are off.

    Source: Liu and others, *Dr. Kernel: Reinforcement Learning Done Right for Triton Kernel
    Generations*, 2026 (arXiv 2602.05885).

    Args:
        train_logprobs_BL: the trainer's log-probabilities of the sampled tokens.
        rollout_logprobs_BL: the sampler's, of the same tokens.
        mask_BL: true at the model's own tokens.
        trajectory_ids_B: which rows are turns of one trajectory; None if a row is all of it.
        lower: smallest geometric mean that stays.
        upper: largest geometric mean that stays.
        veto: smallest ratio of a single token that does not reject its trajectory; None for none.

    Raises:
        UsageError: if a shape or type is wrong, or an unmasked log-probability is NaN; rows are
            named.
    """
    rule = MismatchRule(reject="geometric", lower=lower, upper=upper, veto=veto)
    return correct_mismatch(
        train_logprobs_BL, rollout_logprobs_BL, mask_BL, trajectory_ids_B, rule=rule
    )
