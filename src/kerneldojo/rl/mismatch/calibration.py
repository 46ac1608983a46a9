"""Thresholds from what is to be accepted, instead of from another model's recipe.

The published band of 0.999 to 1.001 belongs to one pair of engines and precisions. Between others
the same band may reject everything or nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.rl.mismatch.levels import Batch
from kerneldojo.rl.mismatch.ratios import log_ratios


@torch.no_grad()
def geometric_log_ratios(
    train_logprobs_BL: Tensor,
    rollout_logprobs_BL: Tensor,
    mask_BL: Tensor,
    trajectory_ids_B: Tensor | None = None,
) -> Tensor:
    """Return mean log ρ of every trajectory that has a token, in float64, by ascending id.

    Raises:
        UsageError: as `correct_mismatch` does.
    """
    ratios = log_ratios(train_logprobs_BL, rollout_logprobs_BL, mask_BL)
    batch = Batch.of(ratios, trajectory_ids_B, None)
    tokens_G = batch.tokens_of(batch.owners)
    return (batch.log_products(batch.owners) / tokens_G)[tokens_G > 0]


@dataclass(frozen=True)
class Calibration:
    """A geometric band in the making: what the first batches showed.

    The band is the narrowest [exp(−δ), exp(δ)] that accepts the given share of the trajectories
    seen. Each `observe` returns a new record, which `to_dict` turns into JSON.

    Raises:
        UsageError: if `acceptance` is not in (0, 1] or `batches` is below 1.
    """

    acceptance: float = 0.9
    batches: int = 10
    seen: int = 0
    """Batches observed so far."""
    deviations: tuple[float, ...] = ()
    """|mean log ρ| of every trajectory observed."""

    def __post_init__(self) -> None:
        if not 0 < self.acceptance <= 1:
            raise UsageError(f"acceptance = {self.acceptance}: a share in (0, 1], e.g. 0.9.")
        if self.batches < 1:
            raise UsageError(f"batches = {self.batches}: at least 1.")

    @property
    def done(self) -> bool:
        """True once enough batches with a trajectory in them were seen."""
        return self.seen >= self.batches

    def observe(self, log_ratios_T: Tensor) -> Calibration:
        """Return the record with one more batch of `geometric_log_ratios`.

        Nothing changes once it is done, or by a batch without trajectories.
        """
        if self.done or not len(log_ratios_T):
            return self
        deviations = (*self.deviations, *log_ratios_T.abs().tolist())
        return Calibration(self.acceptance, self.batches, self.seen + 1, deviations)

    def band(self) -> tuple[float, float]:
        """Return `lower` and `upper`.

        Raises:
            UsageError: if it is not done.
        """
        if not self.done:
            raise UsageError(f"Calibrated on {self.seen} of {self.batches} batches: observe more.")
        ordered = sorted(self.deviations)
        widest = ordered[math.ceil(self.acceptance * len(ordered)) - 1]
        if math.isinf(widest):
            raise UsageError(
                f"A share of {self.acceptance:g} cannot be accepted: in too many trajectories the "
                "trainer holds a sampled token to be impossible. Look at both engines first."
            )
        # One rounding of exp must not shut out the trajectory that defines the band.
        widest = math.nextafter(widest * (1 + 1e-9), math.inf)
        return math.exp(-widest), math.exp(widest)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON values, for a checkpoint."""
        return {**asdict(self), "deviations": list(self.deviations)}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Calibration:
        """Return the record that `to_dict` was called on."""
        return cls(**{**state, "deviations": tuple(state["deviations"])})
