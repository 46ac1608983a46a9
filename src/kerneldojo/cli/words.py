"""Figures and statuses in the words and colours people see."""

from __future__ import annotations

from datetime import UTC, datetime

from kerneldojo.records import Evaluation, Latency, Status, Timing
from kerneldojo.store import Row

_STYLES = {
    Status.CORRECT: "bold green",
    Status.HACKED: "bold white on red",
    Status.TIMEOUT: "bold yellow",
    Status.OUT_OF_MEMORY: "bold yellow",
    Status.INVALID_PROBLEM: "bold magenta",
    Status.EVALUATION_FAILED: "bold magenta",
}
_UNITS = ((1e3, "s", 1e-3), (1.0, "ms", 1.0), (1e-3, "µs", 1e3), (0.0, "ns", 1e6))
_EIGHTHS = " ▏▎▍▌▋▊▉"


def status_style(status: Status) -> str:
    """Return the rich style a status is shown in."""
    return _STYLES.get(status, "bold red")


def only_compiled(evaluation: Evaluation | Row) -> bool:
    """Whether all kernels compiled for a device that is not here, and nothing could be run."""
    return (
        evaluation.status is Status.EVALUATION_FAILED
        and evaluation.error is not None
        and evaluation.error.type == "NotRun"
    )


def headline(evaluation: Evaluation | Row) -> tuple[str, str]:
    """Return what stands on top of a card, and the style it is shown in."""
    if only_compiled(evaluation):
        return "COMPILES", "bold green"
    return str(evaluation.status), status_style(evaluation.status)


def duration(milliseconds: float) -> str:
    """Return a time with three significant digits and a fitting unit, e.g. `4.12 ms`."""
    for least, unit, factor in _UNITS:
        if milliseconds >= least:
            return f"{three_digits(milliseconds * factor)} {unit}"
    raise ValueError(f"a duration cannot be negative: {milliseconds}")


def clock(seconds: float) -> str:
    """Return a span that a person waits, e.g. `45 s`, `12 min` or `3 h 20 min`."""
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def three_digits(value: float) -> str:
    """Return a non-negative figure with three significant digits, never in exponent form."""
    decimals = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{decimals}f}"


def percent(fraction: float) -> str:
    """Return a share in whole percent, but never 100 % or 0 % for what is only nearly so."""
    rounded = round(fraction * 100)
    if rounded == 100 and fraction < 1:
        return ">99 %"
    if rounded == 0 and fraction > 0:
        return "<1 %"
    return f"{rounded} %"


def speedup(timing: Timing) -> str:
    """Return the speedup with its interval, e.g. `2.31× (2.25 – 2.38)`."""
    low, high = three_digits(timing.speedup_low), three_digits(timing.speedup_high)
    return f"{three_digits(timing.speedup)}× ({low} – {high})"


def latency(value: Latency) -> str:
    """Return a median with half its interval's width, e.g. `4.12 ms ±2 %`."""
    half = (value.high_ms - value.low_ms) / 2 / value.median_ms if value.median_ms else 0.0
    return f"{duration(value.median_ms)} ±{percent(half)}"


def bar(fraction: float, width: int = 30) -> str:
    """Return a horizontal bar of `width` cells, filled to an eighth of a cell."""
    eighths = round(fraction * width * 8)
    full, rest = divmod(eighths, 8)
    cells = "█" * full + (_EIGHTHS[rest] if rest else "")
    return cells.ljust(width, "░")


def short_path(path: str) -> str:
    """Return the last two parts of a path: enough to tell solutions apart in a narrow column."""
    return "/".join(path.split("/")[-2:])


def size(count: int) -> str:
    """Return a number of bytes with three significant digits, e.g. `36.0 KiB`."""
    unit, amount = "B", float(count)
    for larger in ("KiB", "MiB", "GiB"):
        if amount < 1000:
            break
        unit, amount = larger, amount / 1024
    return f"{count} B" if unit == "B" else f"{three_digits(amount)} {unit}"


def date(moment: datetime) -> str:
    """Return a moment to the minute, in Coordinated Universal Time."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def plural(count: int, noun: str, many: str | None = None) -> str:
    """Return `1 trial`, `2 trials`; `many` is for nouns that do not just take an s."""
    return f"{count} {noun if count == 1 else many or noun + 's'}"
