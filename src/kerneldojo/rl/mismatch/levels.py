"""The levels at which a ratio can be taken.

| level | log of the ratio |
|---|---|
| `token` | log ρ of the token |
| `turn` | Σ log ρ over the turn |
| `turn_geometric` | mean log ρ over the turn |
| `sequence` | Σ log ρ over all model tokens of all turns of the trajectory |
| `geometric` | mean log ρ over them |

Source: Liu, Li and others, *When Speed Kills Stability: Demystifying RL Collapse from the
Training-Inference Mismatch*, 2025; turn levels from the code of *Dr. Kernel* (arXiv 2602.05885).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from torch import Tensor

from kerneldojo.errors import UsageError, did_you_mean
from kerneldojo.rl.mismatch.ratios import LogRatios
from kerneldojo.rl.mismatch.segments import Segments, trajectories, turns

Level = Literal["token", "turn", "turn_geometric", "sequence", "geometric"]
LEVELS: tuple[Level, ...] = get_args(Level)


@dataclass(frozen=True)
class Batch:
    """A batch of log-ratios, and which trajectory and turn its tokens belong to."""

    ratios: LogRatios
    owners: Segments
    """The trajectories."""
    turn_ids: Tensor | None
    """Turn of each row (B) or token (B × L) within its trajectory."""

    @classmethod
    def of(
        cls, ratios: LogRatios, trajectory_ids_B: Tensor | None, turn_ids: Tensor | None
    ) -> Batch:
        """Return a batch from ids as callers have them."""
        return cls(ratios, trajectories(trajectory_ids_B, ratios.mask_BL), turn_ids)

    def groups(self, level: Level) -> Segments:
        """Return the turns or trajectories that a level looks at."""
        if level.startswith("turn"):
            return turns(self.turn_ids, self.owners, self.ratios.mask_BL)
        return self.owners

    def tokens_of(self, groups: Segments) -> Tensor:
        """Return the number of each group's unmasked tokens, in float64."""
        if groups.index.dim() == 1:
            return groups.total_of_rows(self.ratios.tokens_B)
        return groups.total(self.ratios.mask_BL)

    def log_products(self, groups: Segments) -> Tensor:
        """Return the sum of log ρ over each group's tokens, in float64."""
        if groups.index.dim() == 1:
            return groups.total_of_rows(self.ratios.totals_B)
        return groups.total(self.ratios.values_BL)

    def mean_over(self, groups: Segments, values_BL: Tensor) -> Tensor:
        """Return the mean over each group's tokens in float64; 0 for a group without any."""
        return groups.total(values_BL) / self.tokens_of(groups).clamp(min=1)


def log_weights(batch: Batch, level: Level) -> Tensor:
    """Return the log of the ratio at a level, at every token (B × L) or row (B × 1).

    Tokens are given their own ratio, or that of their turn or trajectory; 0 where there is none.
    """
    if level == "token":
        return batch.ratios.values_BL
    groups = batch.groups(level)
    totals_G = batch.log_products(groups)
    if level.endswith("geometric"):
        totals_G = totals_G / batch.tokens_of(groups).clamp(min=1)
    return groups.spread(totals_G)


def check_level(name: str, level: str | None) -> None:
    """Raise for a word that is not a level.

    Raises:
        UsageError: with the levels there are.
    """
    if level is not None and level not in LEVELS:
        raise UsageError(
            f"{name} = {level!r} is not a level; {', '.join(LEVELS)} are."
            f"{did_you_mean(level, list(LEVELS))}"
        )
