"""Figures and statuses in the words and colours people see."""

from __future__ import annotations

from datetime import UTC, datetime

from kerneldojo.records import Evaluation, Latency, Status, Timing, Turn
from kerneldojo.store import Row
from kerneldojo.wording import digits, duration, percent, times

_STYLES = {
    Status.CORRECT: "bold green",
    Status.HACKED: "bold white on red",
    Status.TIMEOUT: "bold yellow",
    Status.OUT_OF_MEMORY: "bold yellow",
    Status.INVALID_PROBLEM: "bold magenta",
    Status.EVALUATION_FAILED: "bold magenta",
}
_EIGHTHS = " ▏▎▍▌▋▊▉"


def status_style(status: Status) -> str:
    """Return the rich style a status is shown in."""
    return _STYLES.get(status, "bold red")


def turn_label(number: int, place: str) -> str:
    """Return what tables call a turn: `3`, or `4, iteration 1` where its place says more.

    Args:
        number: as records count, from 0; people count turns from 1.
        place: the strategy's own name for the turn.
    """
    return f"{number + 1}, {place}" if place not in ("", f"turn {number + 1}") else f"{number + 1}"


def turn_name(turn: Turn) -> str:
    """Return what a turn is called in a sentence: `turn 3`, or `turn 4, iteration 1`."""
    return f"turn {turn_label(turn.number, turn.record.place)}"


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


def speedup(timing: Timing) -> str:
    """Return the speedup with its interval, e.g. `2.31× (2.25 – 2.38)`."""
    low, high = times(timing.speedup_low), times(timing.speedup_high)
    return f"{times(timing.speedup)}× ({low} – {high})"


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
    return f"{count} B" if unit == "B" else f"{digits(amount)} {unit}"


def date(moment: datetime) -> str:
    """Return a moment to the minute, in Coordinated Universal Time."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def money(amount: float) -> str:
    """Return an amount of money, with cents, or more exactly if it is small."""
    if amount >= 1 or not amount:
        return f"{amount:,.2f}"
    return f"{amount:.4f}" if amount >= 0.0001 else "<0.0001"


def count(number: int) -> str:
    """Return a large number in few characters, e.g. `12.3k`."""
    for least, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if number >= least:
            return f"{digits(number / (1e3 if letter == 'k' else least))}{letter}"
    return f"{number:,}"
