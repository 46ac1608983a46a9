"""Figures in the words a report uses."""

from __future__ import annotations

from collections.abc import Sequence

from kerneldojo.metrics import Comparison, Curve, Estimate
from kerneldojo.records import Environment
from kerneldojo.wording import percent, plural, times

NOTHING = "–"


def ratio(value: float | None) -> str:
    """Return a speedup, e.g. `1.82×`; a dash if there is none."""
    return NOTHING if value is None else f"{times(value)}×"


def show(value: float | None, unit: str) -> str:
    """Return a figure of unit `share`, `ratio` or `reward`; a dash if there is none."""
    if value is None:
        return NOTHING
    if unit == "reward":
        return f"{value:.2f}"
    return percent(value) if unit == "share" else ratio(value)


def interval(estimate: Estimate, unit: str) -> str:
    """Return an interval's ends, e.g. `38 – 46 %`; empty if there is none."""
    if estimate.low is None or estimate.high is None:
        return ""
    if unit == "share":
        return f"{round(estimate.low * 100)} – {round(estimate.high * 100)} %"
    if unit == "reward":
        return f"{estimate.low:.2f} – {estimate.high:.2f}"
    return f"{times(estimate.low)} – {times(estimate.high)}×"


def basis(estimate: Estimate) -> str:
    """Return how many problems a figure rests on, e.g. `9 problems`; empty if on none."""
    return plural(estimate.problems, "problem") if estimate.problems else ""


def left_out(comparison: Comparison, a: str, b: str) -> str:
    """Return how many problems only one of two runs has, e.g. `2 only in a, 1 only in b`."""
    sides = ((comparison.only_a, a), (comparison.only_b, b))
    return ", ".join(f"{len(names):,} only in {label}" for names, label in sides if names)


def turn_rows(found: Sequence[Curve]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return for each turn its number and each figure of it: last answer, best so far."""
    turns = len(found[0].last) if found else 0
    return [
        (
            str(turn + 1),
            [
                (show(curve.last[turn].value, curve.unit), show(curve.best[turn].value, curve.unit))
                for curve in found
            ],
        )
        for turn in range(turns)
    ]


def p_value(value: float | None) -> str:
    """Return a p-value with three decimals; a dash if there is none."""
    if value is None:
        return NOTHING
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def environment(value: Environment) -> str:
    """Return where a verdict was reached, as one line; equal lines mean comparable figures."""
    parts = [
        value.target,
        value.device,
        plural(value.threads, "thread"),
        f"torch {value.torch}",
        f"triton {value.triton}" if value.triton else "",
        f"isolation {value.isolation}",
        f"honesty {value.details['honesty']}" if "honesty" in value.details else "",
        f"Python {value.python}",
        f"kerneldojo {value.kerneldojo}",
        value.platform,
    ]
    return " · ".join(part for part in parts if part)


def points(estimate: Estimate) -> str:
    """Return a difference of shares in percentage points, e.g. `+14`."""
    return NOTHING if estimate.value is None else _signed(estimate.value)


def points_interval(estimate: Estimate) -> str:
    """Return the interval of a difference of shares, e.g. `+6 … +22`; empty if there is none."""
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{_signed(estimate.low)} … {_signed(estimate.high)}"


def _signed(share: float) -> str:
    return f"{round(100 * share):+d}".replace("-", "\u2212")
