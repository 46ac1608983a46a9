"""Corrections for the mismatch between the engine that samples and the one that trains."""

from kerneldojo.rl.mismatch.calibration import Calibration, geometric_log_ratios
from kerneldojo.rl.mismatch.correction import (
    MISMATCH_RULES,
    Correction,
    MismatchRule,
    correct_mismatch,
    mismatch_rejection,
)
from kerneldojo.rl.mismatch.diagnostics import MismatchDiagnostics
from kerneldojo.rl.mismatch.levels import LEVELS, Level

__all__ = [
    "LEVELS",
    "MISMATCH_RULES",
    "Calibration",
    "Correction",
    "Level",
    "MismatchDiagnostics",
    "MismatchRule",
    "correct_mismatch",
    "geometric_log_ratios",
    "mismatch_rejection",
]
