"""Medians with distribution-free intervals."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from kerneldojo.records import Latency

_Z = 1.959963984540054


def median_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Return (median, low, high): a 95 % interval of the median from order statistics.

    With few values the interval is their whole range, which is then wider than 95 %.
    """
    ordered = sorted(values)
    count = len(ordered)
    half = _Z * math.sqrt(count) / 2
    low = max(0, math.floor(count / 2 - half))
    high = min(count - 1, math.ceil(count / 2 + half) - 1)
    return statistics.median(ordered), ordered[low], ordered[max(low, high)]


def latency(milliseconds: Sequence[float]) -> Latency:
    """Return the record of a set of times."""
    median, low, high = median_interval(milliseconds)
    return Latency(
        median_ms=median,
        low_ms=min(low, median),
        high_ms=max(high, median),
        calls=len(milliseconds),
    )
