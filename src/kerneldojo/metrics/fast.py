"""fast@p: the share of problems solved correctly and faster than p times the reference.

Source: Ouyang et al., *KernelBench: Can LLMs Write Efficient GPU Kernels?*, 2025. As there, a
speedup of exactly p is not counted, and fast@0 is the share of correct solutions.
"""

from __future__ import annotations

from collections.abc import Sequence

from kerneldojo.metrics import figures
from kerneldojo.metrics.columns import Outcomes, columns_of
from kerneldojo.metrics.estimate import Estimate, estimates
from kerneldojo.metrics.intervals import DEFAULT, Resampling

THRESHOLDS = (0.0, 0.5, 0.8, 1.0, 1.2, 1.5, 2.0)
"""The values of p that tables show unless others are asked for."""


def fast_p(
    outcomes: Outcomes,
    p: float,
    *,
    lower_bound: bool = False,
    resampling: Resampling | None = DEFAULT,
) -> Estimate:
    """Return fast@p: the mean over problems of the share of samples that succeed.

    With one sample per problem this is KernelBench's definition. With several it is the expected
    value for a sample drawn from each; `first_samples` picks the first ones instead. Outcomes
    that say nothing about the solution leave numerator and denominator.

    Args:
        outcomes: all of one kind: pick turns beforehand (`last_turns`, `best_so_far`).
        p: the threshold; `speedup > p` counts, and correct solutions that were not timed count
            for p ≤ 0 only. If none of them was timed there is no figure for p > 0.
        lower_bound: ask for the lower end of the speedup's interval to be above p.
        resampling: how the interval is made; None leaves it out.

    Raises:
        UsageError: if `p` is not a number.
    """
    [single] = fast_curve(outcomes, [p], lower_bound=lower_bound, resampling=resampling)
    return single


def fast_curve(
    outcomes: Outcomes,
    thresholds: Sequence[float] = THRESHOLDS,
    *,
    lower_bound: bool = False,
    resampling: Resampling | None = DEFAULT,
) -> list[Estimate]:
    """Return fast@p for several p; all intervals come from the same resamples.

    Raises:
        UsageError: if a threshold is not a number.
    """
    if not thresholds:
        return []
    columns = columns_of(outcomes)
    curve = [figures.fast(columns, p, lower_bound=lower_bound) for p in thresholds]
    return estimates(curve, ["share"] * len(curve), resampling)
