"""Learning-rate schedules, as factors of the base rate.

A factor is given for the optimizer step about to be taken, counted from 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from kerneldojo.errors import UsageError


def constant(step: int) -> float:
    """Return 1 at every step: the recipe of *Dr. Kernel* (AdamW, 1e-6)."""
    _check_step(step)
    return 1.0


def warm_up(step: int, steps: int) -> float:
    """Rise linearly from 1/steps at step 0 to 1 at step `steps` − 1, and stay there.

    With `steps` = 0 it is 1 throughout.

    Raises:
        UsageError: if a number is negative.
    """
    _check_step(step)
    if steps < 0:
        raise UsageError(f"steps = {steps}: a number of steps, 0 for no warm-up.")
    return min(1.0, (step + 1) / steps) if steps else 1.0


def _check_step(step: int) -> None:
    if step < 0:
        raise UsageError(f"step = {step}: steps are counted from 0.")


@dataclass(frozen=True)
class LengthTrigger:
    """When answers have grown too long, and how the rate decays from then on.

    Growing answers are an early sign that trainer and sampler drift apart. The baseline is the
    mean length of the first `baseline_steps` steps. When the mean of the last `window` steps
    reaches `surge` × baseline, the rate is multiplied by `decay`, and again after every `interval`
    steps, until it stands at `floor`.

    Source: Zhang, Li and others, *Beyond Precision: Training-Inference Mismatch is an Optimization
    Problem and Simple LR Scheduling Fixes It*, 2026 (arXiv 2602.01826).

    Raises:
        UsageError: if a constant is out of its range.
    """

    baseline_steps: int = 10
    window: int = 5
    surge: float = 1.5
    """Multiple of the baseline; above 1."""
    decay: float = 0.5
    """Factor of each decay, in (0, 1)."""
    interval: int = 50
    """Steps between two decays."""
    floor: float = 0.1
    """Smallest factor, in (0, 1]."""
    latch: bool = True
    """True: once triggered, decays go on. False: each needs the length to be past the trigger."""

    def __post_init__(self) -> None:
        for name in ("baseline_steps", "window", "interval"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} = {getattr(self, name)}: at least 1 step.")
        if not 1 < self.surge < math.inf:
            raise UsageError(f"surge = {self.surge}: a multiple above 1, e.g. 1.5.")
        if not 0 < self.decay < 1:
            raise UsageError(f"decay = {self.decay}: a factor between 0 and 1, e.g. 0.5.")
        if not 0 < self.floor <= 1:
            raise UsageError(f"floor = {self.floor}: a factor in (0, 1], e.g. 0.1.")


@dataclass(frozen=True)
class LengthTriggered:
    """A length-triggered schedule: its constants and where it stands.

    `observe` returns the schedule after one more step; `to_dict` turns it into JSON values, so
    that a run that is resumed goes on as if it had not been interrupted.
    """

    trigger: LengthTrigger = field(default_factory=LengthTrigger)
    steps: int = 0
    """Steps observed."""
    baseline: float = 0.0
    """Mean length of the first steps, as far as observed."""
    recent: tuple[float, ...] = ()
    """Mean lengths of the last `window` steps."""
    factor: float = 1.0
    """Factor of the base rate for the next step."""
    decayed_at: int | None = None
    """Steps observed at the latest decay; None before the first."""

    def observe(self, mean_length: float) -> LengthTriggered:
        """Return the schedule after a step whose answers had this mean length.

        Args:
            mean_length: in tokens; with several turns, the model's tokens per turn, as
                trajectories also grow by having more turns.

        Raises:
            UsageError: if it is not positive and finite.
        """
        if not 0 < mean_length < math.inf:
            raise UsageError(f"mean_length = {mean_length}: tokens, positive and finite.")
        trigger, steps = self.trigger, self.steps + 1
        recent = (*self.recent, float(mean_length))[-trigger.window :]
        if steps <= trigger.baseline_steps:
            baseline = self.baseline + (mean_length - self.baseline) / steps
            return replace(self, steps=steps, baseline=baseline, recent=recent)
        after = replace(self, steps=steps, recent=recent)
        if not after._decays():
            return after
        return replace(
            after, factor=max(self.factor * trigger.decay, trigger.floor), decayed_at=steps
        )

    def _decays(self) -> bool:
        trigger = self.trigger
        if self.factor <= trigger.floor:
            return False
        if self.decayed_at is not None:
            if self.steps - self.decayed_at < trigger.interval:
                return False
            if trigger.latch:
                return True
        return sum(self.recent) / len(self.recent) >= trigger.surge * self.baseline

    def to_dict(self) -> dict[str, Any]:
        """Return constants and state as JSON values, for a checkpoint."""
        return {**asdict(self), "recent": list(self.recent)}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> LengthTriggered:
        """Return the schedule that `to_dict` was called on."""
        return cls(
            **{
                **state,
                "trigger": LengthTrigger(**state["trigger"]),
                "recent": tuple(state["recent"]),
            }
        )
