"""Figures from outcomes: pure functions, from one verdict to the comparison of two runs.

Importing this package loads numpy. docs/metrics.md has the definitions.
"""

from kerneldojo.metrics.compare import Comparison, compare
from kerneldojo.metrics.curves import Curve, curves
from kerneldojo.metrics.estimate import Estimate
from kerneldojo.metrics.fast import THRESHOLDS, fast_curve, fast_p
from kerneldojo.metrics.intervals import Resampling, wilson
from kerneldojo.metrics.pass_at_k import (
    best_speedup_at_k,
    fast_p_at_k,
    pass_at_k,
)
from kerneldojo.metrics.rates import (
    compile_rate,
    correct_rate,
    hack_rate,
    lazy_rate,
    mean_coverage,
)
from kerneldojo.metrics.selection import best_so_far, first_samples, group_by, last_turns
from kerneldojo.metrics.speedup import (
    geometric_mean_speedup,
    mean_speedup,
    speedup_quantiles,
)
from kerneldojo.metrics.summary import GroupSummary, PassAt, Plan, Summary, summarise
from kerneldojo.metrics.turns import turn_curve

__all__ = [
    "THRESHOLDS",
    "Comparison",
    "Curve",
    "Estimate",
    "GroupSummary",
    "PassAt",
    "Plan",
    "Resampling",
    "Summary",
    "best_so_far",
    "best_speedup_at_k",
    "compare",
    "compile_rate",
    "correct_rate",
    "curves",
    "fast_curve",
    "fast_p",
    "fast_p_at_k",
    "first_samples",
    "geometric_mean_speedup",
    "group_by",
    "hack_rate",
    "last_turns",
    "lazy_rate",
    "mean_coverage",
    "mean_speedup",
    "pass_at_k",
    "speedup_quantiles",
    "summarise",
    "turn_curve",
    "wilson",
]
