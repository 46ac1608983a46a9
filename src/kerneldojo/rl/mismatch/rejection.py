"""What a mismatch rejects: three tests, each a mask of what may stay.

Each returns booleans at every token (B × L) or row (B × 1). They change the mask, never the
advantage.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from kerneldojo.rl.mismatch.levels import Batch, Level, log_weights


def within_band(batch: Batch, level: Level, lower: float, upper: float) -> Tensor:
    """Keep what has lower ≤ ratio ≤ upper.

    At level `token` this is IcePop's masking (Ling Team, *Every Step Evolves*, 2025), at
    `sequence` the masking of MIS, at `geometric` the first half of MRS.
    """
    log_weight = log_weights(batch, level)
    # Compared as logarithms: a product over a long trajectory leaves the range of any float.
    return (log_weight >= math.log(lower)) & (log_weight <= math.log(upper))


def below_k3(batch: Batch, level: Level, limit: float) -> Tensor:
    """Keep what has mean(ρ − 1 − log ρ) ≤ limit.

    The mean runs over a turn or a trajectory; at level `token` it is the token's own value. k3 is
    Schulman's estimator of KL(π_rollout ‖ π_train), 2020: never negative, unlike −log ρ.
    """
    values_BL = batch.ratios.values_BL
    k3_BL = torch.expm1(values_BL) - values_BL
    # For ρ = 0 the difference of −1 and −inf is +inf, as it should be.
    if level == "token":
        return k3_BL <= limit
    groups = batch.groups(level)
    return groups.spread(batch.mean_over(groups, k3_BL) <= limit)


def without_veto(batch: Batch, threshold: float) -> Tensor:
    """Keep trajectories in which every token has ρ ≥ threshold.

    One token that the trainer holds to be all but impossible says that both saw different
    contexts; the mean over thousands of tokens would hide it.
    """
    least_G = batch.owners.least_of_rows(batch.ratios.least_B)
    return batch.owners.spread(least_G >= math.log(threshold))
