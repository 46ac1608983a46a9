"""The correction of a training's mismatch, which may calibrate its band first."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.rl import (
    MISMATCH_RULES,
    Calibration,
    Correction,
    MismatchRule,
    correct_mismatch,
    geometric_log_ratios,
)
from kerneldojo.settings import RlSettings

_BANDS = ("mrs", "geometric")


class MismatchControl:
    """Corrects step after step; what it has learnt of the first ones goes into checkpoints.

    Args:
        settings: which rule, and whether its band is calibrated.

    Raises:
        UsageError: if a rule is to be calibrated that has no band.
    """

    def __init__(self, settings: RlSettings) -> None:
        self._rule = MISMATCH_RULES[settings.mismatch]
        self._calibration: Calibration | None = None
        if settings.mismatch_acceptance is not None:
            if settings.mismatch not in _BANDS:
                raise UsageError(
                    f"rl.mismatch_acceptance calibrates a band, which rl.mismatch = "
                    f"{settings.mismatch!r} does not have; {' and '.join(_BANDS)} do."
                )
            self._calibration = Calibration(settings.mismatch_acceptance, settings.mismatch_batches)

    @property
    def rule(self) -> MismatchRule:
        """The rule as it is now: without a band, as long as that is being calibrated."""
        if self._calibration is None:
            return self._rule
        if not self._calibration.done:
            return dataclasses.replace(self._rule, reject=None)
        lower, upper = self._calibration.band()
        return dataclasses.replace(self._rule, lower=lower, upper=upper)

    def correct(
        self, train_RL: Tensor, rollout_RL: Tensor, mask_RL: Tensor, trajectory_R: Tensor
    ) -> Correction:
        """Return what is left of a step.

        Args:
            train_RL: the trainer's log-probabilities.
            rollout_RL: the sampler's.
            mask_RL: the model's own tokens.
            trajectory_R: which rows belong together.

        Raises:
            UsageError: if a log-probability is NaN, or no band accepts enough.
        """
        correction = correct_mismatch(train_RL, rollout_RL, mask_RL, trajectory_R, rule=self.rule)
        if self._calibration is not None:
            self._calibration = self._calibration.observe(
                geometric_log_ratios(train_RL, rollout_RL, mask_RL, trajectory_R)
            )
        return correction

    def to_dict(self) -> dict[str, Any] | None:
        """Return what is to be kept in a checkpoint."""
        return self._calibration.to_dict() if self._calibration is not None else None

    def restore(self, state: Mapping[str, Any] | None) -> None:
        """Go on with what `to_dict` returned."""
        if state is not None:
            self._calibration = Calibration.from_dict(state)
