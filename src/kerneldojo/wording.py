"""Numbers in the words that the command and reports share."""

from __future__ import annotations

import math

_UNITS = ((1e3, "s", 1e-3), (1.0, "ms", 1.0), (1e-3, "µs", 1e3), (0.0, "ns", 1e6))


def digits(value: float, significant: int = 3) -> str:
    """Return a figure with so many significant digits, never in exponent form."""
    if not math.isfinite(value):
        return str(value)
    # Of the rounded value, as 9.996 has two digits before the point.
    rounded = float(f"{value:.{significant - 1}e}")
    if rounded == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(rounded)))
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


def times(value: float) -> str:
    """Return a ratio with three digits; below 1 with two decimals, or two digits if it is small."""
    return f"{value:.2f}" if 0.1 <= value < 1 else digits(value, 2 if value < 0.1 else 3)


def duration(milliseconds: float) -> str:
    """Return a measured time with three digits and a fitting unit, e.g. `4.12 ms`.

    Raises:
        ValueError: if it is negative.
    """
    for least, unit, factor in _UNITS:
        if milliseconds >= least:
            return f"{digits(milliseconds * factor)} {unit}"
    raise ValueError(f"a duration cannot be negative: {milliseconds}")


def clock(seconds: float) -> str:
    """Return a span that a person waits, e.g. `45 s`, `12 min` or `3 h 20 min`."""
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def plural(count: int, noun: str, many: str | None = None) -> str:
    """Return `1 trial`, `2,000 trials`; `many` is for nouns that do not just take an s."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


def plain(text: str) -> str:
    """Return text in which what no document can hold, such as control characters, is replaced."""
    valid = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() or c == " " else "\ufffd" for c in valid)
