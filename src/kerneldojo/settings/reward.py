"""What a turn is worth."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kerneldojo.records.base import Record

Weight = Annotated[float, Field(ge=0)]


class RewardPlan(Record):
    """R = correctness·C + speedup·C·min(s, speedup_clip) + coverage·C·PR (arXiv 2602.05885).

    C is 1 for a correct and honest solution and 0 for any other, s its speedup, PR its coverage.
    """

    correctness: Weight = 1.0
    """Weight of being correct and honest."""
    speedup: Weight = 1.0
    """Weight of the clipped speedup."""
    coverage: Weight = 1.0
    """Weight of the share of the time in the solution's own kernels."""
    speedup_clip: float = Field(default=3.0, gt=0)
    """Speedups above this earn no more."""
    lower_bound: bool = False
    """Reward the lower end of the speedup's interval instead of its median."""
