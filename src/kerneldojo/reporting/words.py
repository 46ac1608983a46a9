"""Figures in the words a report uses."""

from __future__ import annotations

import math

from kerneldojo.metrics import Estimate
from kerneldojo.records import Environment

NOTHING = "–"


def digits(value: float, significant: int = 3) -> str:
    """Return a figure with so many significant digits, never in exponent form."""
    if not math.isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    decimals = max(0, min(significant - 1 - magnitude, 6))
    return f"{value:,.{decimals}f}"


def percent(share: float) -> str:
    """Return a share in whole percent, but never 100 % or 0 % for what is only nearly so."""
    rounded = round(share * 100)
    if rounded == 100 and share < 1:
        return ">99 %"
    if rounded == 0 and share > 0:
        return "<1 %"
    return f"{rounded} %"


def ratio(value: float | None) -> str:
    """Return a speedup, e.g. `1.82×`; a dash if there is none."""
    return NOTHING if value is None else f"{times(value)}×"


def times(value: float) -> str:
    """Return a ratio with two decimals, with fewer if it is large and more if it is small."""
    return f"{value:.2f}" if 0.1 <= value < 9.995 else digits(value, 2 if value < 0.1 else 3)


def show(value: float | None, unit: str) -> str:
    """Return a figure of unit `share` or `ratio`; a dash if there is none."""
    if value is None:
        return NOTHING
    return percent(value) if unit == "share" else ratio(value)


def interval(estimate: Estimate, unit: str) -> str:
    """Return an interval's ends, e.g. `38 – 46 %`; empty if there is none."""
    if estimate.low is None or estimate.high is None:
        return ""
    if unit == "share":
        return f"{round(estimate.low * 100)} – {round(estimate.high * 100)} %"
    return f"{times(estimate.low)} – {times(estimate.high)}×"


def p_value(value: float | None) -> str:
    """Return a p-value with three decimals; a dash if there is none."""
    if value is None:
        return NOTHING
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def duration(seconds: float) -> str:
    """Return a time span with a fitting unit, e.g. `4.1 h`."""
    for least, unit in ((3600.0, "h"), (60.0, "min")):
        if seconds >= least:
            return f"{digits(seconds / least, 2)} {unit}"
    return f"{digits(seconds, 2)} s"


def plain(text: str) -> str:
    """Return text in which what no document can hold, such as control characters, is replaced."""
    valid = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() or c == " " else "\ufffd" for c in valid)


def environment(value: Environment) -> str:
    """Return where a verdict was reached, as one line; equal lines mean comparable figures."""
    parts = [
        value.target,
        value.device,
        f"{value.threads} thread{'' if value.threads == 1 else 's'}",
        f"torch {value.torch}",
        f"triton {value.triton}" if value.triton else "",
        f"isolation {value.isolation}",
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
