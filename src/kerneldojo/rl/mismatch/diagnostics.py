"""How far trainer and sampler are apart, as figures for a training log."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

import torch
from torch import Tensor

from kerneldojo.rl.mismatch.levels import Batch
from kerneldojo.rl.rows import count_rows

_LARGEST = 20.0
"""Log-ratios count as ±20 at most, so that one impossible token leaves the figures finite."""


@dataclass(frozen=True)
class MismatchDiagnostics:
    """What was found in one batch, before and after rejection.

    Expectations are over what was sampled, so KL is KL(π_rollout ‖ π_train).
    """

    tokens: int
    """The model's own tokens, before rejection."""
    left: int
    """Those that were not rejected."""
    trajectories: int
    """Trajectories with at least one token before rejection."""
    kl_k1: float
    """mean(−log ρ), nats a token: unbiased, may be negative."""
    kl_k3: float
    """mean(ρ − 1 − log ρ), nats a token: never negative, less noisy."""
    chi_square: float
    """mean(ρ²) − 1 over tokens: the variance that importance weights would add."""
    chi_square_sequence: float
    """The same of whole trajectories' products."""
    effective_sample_size: float
    """(Σρ)² ÷ (n Σρ²) over tokens, in (0, 1]."""
    ratio_min: float
    """Smallest ρ of a token; 1 may stand for larger ones."""
    ratio_max: float
    """Largest ρ of a token, e²⁰ at most; 1 may stand for smaller ones."""
    masked_tokens: float
    """Share of tokens rejected."""
    rejected_trajectories: float
    """Share of trajectories of which no token is left."""
    vetoed_trajectories: float
    """Share of trajectories with a token below the veto's threshold."""

    def metrics(self, prefix: str = "mismatch/") -> dict[str, float]:
        """Return the figures under the names a training log shows."""
        return {f"{prefix}{name}": float(value) for name, value in asdict(self).items()}


def diagnose(batch: Batch, kept_BL: Tensor, vetoed_B1: Tensor) -> MismatchDiagnostics:
    """Return the figures of a batch.

    Args:
        batch: what was given.
        kept_BL: the mask after rejection.
        vetoed_B1: rows of vetoed trajectories.
    """
    ratios, owners = batch.ratios, batch.owners
    tokens = ratios.tokens_B.sum().double()
    some = tokens.clamp(min=1)
    present_G = batch.tokens_of(owners) > 0
    trajectories = present_G.sum().double()

    log_BL, log_B = ratios.values_BL, ratios.totals_B
    if ratios.least_B.amin() < -_LARGEST or ratios.most_B.amax() > _LARGEST:
        log_BL = log_BL.clamp(-_LARGEST, _LARGEST)
        log_B = log_BL.sum(-1)
    log_sum = log_B.double().sum()
    # ρ − 1 rather than ρ: near 1 a float32 holds the difference far better than the ratio.
    excess_BL = torch.expm1(log_BL)
    excess = excess_BL.sum(-1).double().sum()
    squares = torch.linalg.vector_norm(excess_BL, dim=-1).double().square().sum()
    chi_square = (2 * excess + squares) / some
    mean_ratio = 1 + excess / some

    sequence_G = owners.total_of_rows(log_B).clamp(-_LARGEST, _LARGEST)
    sequence = torch.where(present_G, torch.expm1(2 * sequence_G), 0.0).sum()

    left_B = count_rows(kept_BL)
    gone_G = present_G & (owners.total_of_rows(left_B) == 0)
    vetoed_G = present_G & (owners.total_of_rows(vetoed_B1.flatten()) > 0)
    figures = (
        tokens,
        left_B.sum(),
        trajectories,
        -log_sum / some,
        (excess - log_sum) / some,
        chi_square,
        sequence / trajectories.clamp(min=1),
        mean_ratio.square() / (1 + chi_square),
        ratios.least_B.amin().double().exp(),
        ratios.most_B.amax().double().clamp(max=_LARGEST).exp(),
        1 - left_B.sum() / some,
        gone_G.sum() / trajectories.clamp(min=1),
        vetoed_G.sum() / trajectories.clamp(min=1),
    )
    # One transfer from the device instead of thirteen.
    values = torch.stack([figure.double() for figure in figures]).tolist()
    named = dict(zip((field.name for field in fields(MismatchDiagnostics)), values, strict=True))
    counts = {name: int(named[name]) for name in ("tokens", "left", "trajectories")}
    return MismatchDiagnostics(**{**named, **counts})
