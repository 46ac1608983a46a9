"""The figures of a run as tables, with what was left out of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from kerneldojo import wording
from kerneldojo.cli.tables import Cell, show_table
from kerneldojo.records import Status

if TYPE_CHECKING:
    from kerneldojo.metrics import Estimate, GroupSummary, PassAt, Summary
    from kerneldojo.store import Run


def show_summary(console: Console, summary: Summary, run: Run) -> None:
    """Print fast@p and the other figures, by group, and notes on what they rest on."""
    groups = [summary.all, *_telling(summary.groups)]
    confidence = wording.percent(summary.confidence)
    surely = "surely " if summary.lower_bound else ""
    console.out(
        f"\nShare of problems solved correctly and {surely}more than p times as fast as PyTorch,\n"
        f"with {confidence} intervals over problems:\n"
    )
    heads = ["fast@p", "problems", *(f"@{point.p:g}" for point in summary.all.fast)]
    _show_estimates(console, heads, groups, _share, _fast)
    console.out("\nOf the solutions given, and of the correct ones among them:\n")
    heads = ["", "problems", "compiled", "hacked", "lazy", "coverage"]
    _show_estimates(
        console,
        heads,
        groups,
        _share,
        lambda group: [group.compiled, group.hacked, group.lazy, group.coverage],
    )
    console.out("\nGeometric mean of the speedup, of correct solutions and with 1 for failures:\n")
    heads = ["", "problems", "correct", "all"]
    _show_estimates(
        console, heads, groups, _factor, lambda group: [group.speedup, group.speedup_or_reference]
    )
    if summary.all.pass_at:
        most = max(point.estimate.problems for point in summary.all.pass_at)
        shares = [_pass_at(point, most) for point in summary.all.pass_at]
        console.out(f"\npass@k  {'   '.join(shares)}")
    console.out("")
    for note in notes(summary, run):
        console.print(Text(note), soft_wrap=True)


def notes(summary: Summary, run: Run) -> list[str]:
    """Return what a reader of the figures has to know."""
    found = summary.all
    counts = ", ".join(f"{count} {status}" for status, count in _by_count(found.statuses))
    lines = [f"{wording.plural(found.outcomes, 'solution')}: {counts or 'none'}"]
    if found.missing:
        what = "counted as failures" if summary.missing_fail else "left out"
        lines.append(f"{wording.plural(found.missing, 'problem')} without a solution: {what}.")
    if found.unscored_outcomes:
        lines.append(
            f"{wording.plural(found.unscored_outcomes, 'verdict')} that say nothing about the "
            f"solution: left out; {wording.plural(found.unscored, 'problem')} not scored at all."
        )
    if found.untimed:
        lines.append(
            f"{wording.plural(found.untimed, 'correct solution')} not timed: counted at @0 only."
        )
    machines = sorted({row.environment.device for row in run.rows()})
    if len(machines) > 1:
        lines.append(f"Measured on different devices: {', '.join(machines)}.")
    if run.bad_lines:
        lines.append(
            f"{wording.plural(len(run.bad_lines), 'line')} passed over: {run.bad_lines[0]}"
        )
    lines.append(f"Run: {run.path}  (evaluations took {wording.clock(found.seconds)} altogether)")
    return lines


def _show_estimates(
    console: Console,
    heads: Sequence[str],
    groups: Sequence[GroupSummary],
    show: Callable[[float], str],
    pick: Callable[[GroupSummary], Sequence[Estimate]],
) -> None:
    """Print two lines for each group: values, and their intervals below."""
    rows: list[list[Cell]] = []
    for group in groups:
        found = pick(group)
        values = [show(one.value) if one.value is not None else "–" for one in found]
        rows.append([Text(group.name, "bold"), str(group.problems), *values])
        intervals = [_interval(one, show) for one in found]
        if any(intervals):
            rows.append(["", "", *(Text(interval, "dim") for interval in intervals)])
    show_table(console, heads, rows, right=range(1, len(heads)))


def _fast(group: GroupSummary) -> list[Estimate]:
    return [point.estimate for point in group.fast]


def _telling(groups: Sequence[GroupSummary]) -> list[GroupSummary]:
    """Leave out a group that is the only one of its kind: it repeats the whole."""
    kinds = Counter(group.name.partition(" ")[0] for group in groups)
    return [group for group in groups if kinds[group.name.partition(" ")[0]] > 1]


def _share(value: float) -> str:
    return wording.percent(value)


def _factor(value: float) -> str:
    return f"{wording.times(value)}×"


def _interval(estimate: Estimate, show: Callable[[float], str]) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    low, high = show(estimate.low), show(estimate.high)
    return f"{low.rstrip(' %×')}–{high.rstrip(' %×')}"


def _with_interval(estimate: Estimate) -> str:
    if estimate.value is None:
        return "–"
    interval = _interval(estimate, _share)
    return _share(estimate.value) + (f" ({interval})" if interval else "")


def _pass_at(point: PassAt, most: int) -> str:
    """Return pass@k; on how many problems it rests if not all have so many samples."""
    count = point.estimate.problems
    rest = f" of {wording.plural(count, 'problem')}" if count < most else ""
    return f"{point.k}: {_with_interval(point.estimate)}{rest}"


def _by_count(statuses: Mapping[Status, int]) -> list[tuple[Status, int]]:
    return sorted(statuses.items(), key=lambda item: -item[1])
