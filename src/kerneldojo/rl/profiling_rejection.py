"""PRS, profiling-based rejection sampling: lazy successes are left out of the loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.rl import shapes


@dataclass(frozen=True)
class RejectionRule:
    """When a correct turn is kept.

    Raises:
        UsageError: if a number is out of its range.
    """

    threshold: float = 0.3
    """Coverage up to which a turn is never kept."""
    width: float = 0.1
    """From the threshold, the chance of being kept rises to 1 over this much coverage; 0 for a
    step, at which a turn is kept."""
    speedup: float | None = None
    """A turn at least this fast is kept, whatever its coverage; None for no such exception."""
    unprofiled: Literal["reject", "keep"] = "reject"
    """A correct turn of unknown coverage. It may be a lazy one, so it is not learnt from."""
    in_baselines: bool = True
    """Whether a rejected turn stays in baselines and in the returns of earlier turns. It stays in
    the released code: its reward was really earned, it is just not to be imitated."""

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= 1 or not 0 <= self.width <= 1:
            raise UsageError(
                f"threshold = {self.threshold}, width = {self.width}: both are in [0, 1]."
            )
        if self.unprofiled not in ("reject", "keep"):
            raise UsageError(f"unprofiled = {self.unprofiled!r}: 'reject' or 'keep' is allowed.")


@dataclass(frozen=True)
class ProfilingRejection:
    """Which turns stay; all tensors are (B, T)."""

    loss_BT: Tensor
    """Turns that belong in the loss."""
    baseline_BT: Tensor
    """Turns that belong in baselines and returns: an estimator's `valid_BT`."""
    chance_BT: Tensor
    """The chance each turn had of being kept."""

    @property
    def rejected_BT(self) -> Tensor:
        """Turns that were left out."""
        return (self.chance_BT < 1) & ~self.loss_BT


def profiling_rejection(
    coverage_BT: Tensor,
    correct_BT: Tensor,
    valid_BT: Tensor,
    *,
    generator: torch.Generator,
    speedup_BT: Tensor | None = None,
    rule: RejectionRule = RejectionRule(),
) -> ProfilingRejection:
    """Keep correct turns by chance, clip((PR − threshold)/width, 0, 1), and all others.

    One number is drawn for every turn, whether it is needed or not, so that equal seeds keep equal
    turns when other turns change.

    Args:
        coverage_BT: PR; NaN where unknown.
        correct_BT: right and honest. Only such turns can be rejected.
        valid_BT: played and judged. Others are in neither mask.
        generator: where chance comes from, on the tensors' device.
        speedup_BT: needed by rules that keep fast turns; NaN where unknown.
        rule: the numbers.

    Source: arXiv 2602.05885, section on PRS; the exception for fast turns is the released code's.

    Raises:
        UsageError: if shapes or types do not fit, or the rule needs speedups that are not there.
    """
    chance_BT = keeping_chance(coverage_BT, correct_BT, valid_BT, speedup_BT, rule)
    drawn_BT = torch.rand(
        chance_BT.shape, generator=generator, device=chance_BT.device, dtype=chance_BT.dtype
    )
    # Drawn from [0, 1), so a chance of 1 always keeps and one of 0 never.
    loss_BT = valid_BT & (drawn_BT < chance_BT)
    return ProfilingRejection(
        loss_BT=loss_BT,
        baseline_BT=valid_BT if rule.in_baselines else loss_BT,
        chance_BT=chance_BT,
    )


def keeping_chance(
    coverage_BT: Tensor,
    correct_BT: Tensor,
    valid_BT: Tensor,
    speedup_BT: Tensor | None = None,
    rule: RejectionRule = RejectionRule(),
) -> Tensor:
    """Return each turn's chance of being kept: 1 unless it is correct and valid; float64.

    Raises:
        UsageError: as `profiling_rejection`.
    """
    shape = tuple(coverage_BT.shape)
    shapes.require_floats("coverage_BT", coverage_BT)
    shapes.require_mask("correct_BT", correct_BT, shape)
    shapes.require_mask("valid_BT", valid_BT, shape)
    coverage_BT = coverage_BT.double()
    if rule.width == 0:
        chance_BT = (coverage_BT >= rule.threshold).double()
    else:
        chance_BT = ((coverage_BT - rule.threshold) / rule.width).clamp(0, 1)
    unknown = 1.0 if rule.unprofiled == "keep" else 0.0
    chance_BT = chance_BT.masked_fill(coverage_BT.isnan(), unknown)
    if rule.speedup is not None:
        if speedup_BT is None:
            raise UsageError("The rule keeps fast turns: pass speedup_BT.")
        shapes.require_shape("speedup_BT", speedup_BT, shape)
        chance_BT = chance_BT.masked_fill(speedup_BT >= rule.speedup, 1.0)
    return chance_BT.masked_fill(~(correct_BT & valid_BT), 1.0)
