"""The report's charts as Vega-Lite views: what is drawn, in which size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kerneldojo import wording
from kerneldojo.metrics import Curve
from kerneldojo.reporting import words
from kerneldojo.reporting.content import Bin, Content, Point
from kerneldojo.reporting.drawing import LINK, draw

Spec = dict[str, Any]

_WIDE, _NARROW = (560, 300), (300, 240)
"""Widths and heights of the plotting area: on a screen, on a telephone."""
_DASHES = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4], [12, 4])
"""Lines can be told apart without colour."""


@dataclass(frozen=True)
class Chart:
    """One chart in both sizes, as SVG."""

    wide: str
    narrow: str


def colour(run: int) -> str:
    """Return the CSS colour of a run; eight can be told apart, then they repeat."""
    return f"var(--run{run % 8})"


def curves(content: Content) -> Chart:
    """Return fast@p over p as steps, with bands for the intervals."""
    rows = [
        {
            "run": str(run),
            "p": p,
            "value": estimate.value,
            "low": estimate.low,
            "high": estimate.high,
        }
        for run, curve in enumerate(content.curves)
        for p, estimate in zip(content.thresholds, curve, strict=True)
        if estimate.value is not None
    ]
    tips = [
        {"p": p, "end": p + content.thresholds[1], "tip": _curve_tip(content, number)}
        for number, p in enumerate(content.thresholds[:-1])
    ]
    end = content.thresholds[-1]
    x = {
        "field": "p",
        "type": "quantitative",
        "title": "p, times as fast as the reference",
        "scale": {"domain": [0, end], "nice": False},
        "axis": {"grid": False, "tickCount": 7},
    }
    y = _y("value", "share of problems") | {"scale": {"domain": [0, 1]}}
    y["axis"] = {"format": ".0%", "tickCount": 5}
    band = y | {"field": "low"}
    layers = [_rule(x=1.0), *_steps(content, x, band, y, 0.16, "high"), _tips(x, tips)]
    return _chart({"data": {"values": rows}, "layer": layers}, "fast@p over p, one line a run")


def speedups(content: Content) -> Chart:
    """Return how often which speedup was reached, as steps on a logarithmic axis."""
    bins = content.histogram
    totals = [sum(one.counts[run] for one in bins) for run in range(len(content.runs))]
    shown = [run for run, total in enumerate(totals) if total]
    rows = [
        {"run": str(run), "speedup": one.low, "share": one.counts[run] / totals[run]}
        for run in shown
        for one in bins
    ]
    rows += [{"run": str(run), "speedup": bins[-1].high, "share": 0} for run in shown]
    tips = [
        {"speedup": one.low, "end": one.high, "tip": _bin_tip(content, one, totals)} for one in bins
    ]
    x = _speedup_axis("speedup", [bins[0].low, bins[-1].high])
    x["axis"]["grid"] = False
    y = _y("share", "share of correct solutions") | {"axis": {"format": ".0%", "tickCount": 4}}
    layers = [
        *_steps(content, x, y | {"stack": None}, y, 0.45 if len(content.runs) == 1 else 0.12),
        _rule(x=1.0),
        _tips(x, tips),
    ]
    return _chart(
        {"data": {"values": rows}, "layer": layers},
        "distribution of speedups of correct solutions on a logarithmic axis",
    )


def scatter(content: Content) -> Chart:
    """Return coverage against speedup; bubbles where there are too many points."""
    most = max((point.count for point in content.points), default=1)
    rows = [
        {
            "run": str(point.run),
            "coverage": point.coverage,
            "speedup": point.speedup,
            "count": point.count,
            "tip": _point_tip(content, point),
        }
        for point in content.points
    ]
    speedups = [point.speedup for point in content.points]
    encoding: Spec = {
        "x": {
            "field": "coverage",
            "type": "quantitative",
            "title": "share of time in own kernels",
            "scale": {"domain": [0, 1]},
            "axis": {"format": ".0%", "grid": False, "tickCount": 5},
        },
        "y": _speedup_axis("speedup", speedups),
        "color": _by_run(content),
        "description": {"field": "tip"},
    }
    if most > 1:
        encoding["size"] = {
            "field": "count",
            "type": "quantitative",
            "legend": None,
            "scale": {"type": "sqrt", "domain": [1, most], "range": [6, 130]},
        }
    mark = {"type": "circle", "opacity": 0.6, "size": 38}
    layers: list[Spec] = [_rule(y=1.0), {"mark": mark, "encoding": encoding}]
    return _chart(
        {"data": {"values": rows}, "layer": layers}, "coverage of correct solutions against speedup"
    )


def turns(content: Content) -> Chart:
    """Return fast@1 after each turn: last answers thin, the best of the history thick.

    Winners that were judged anew are dots behind the last turn. Where nothing was timed, it is
    the share correct.
    """
    chosen = [headline(found) for found in content.turns]
    rows, dots = [], []
    for run, curve in enumerate(chosen):
        if curve is None:
            continue
        for history, estimates in (("last", curve.last), ("best", curve.best)):
            rows += [
                {"run": str(run), "line": f"{run} {history}", "turn": turn, "history": history}
                | {"value": one.value, "low": one.low, "high": one.high}
                for turn, one in enumerate(estimates, 1)
                if one.value is not None
            ]
        if curve.verified is not None:
            dots.append({"run": str(run), "turn": len(curve.last), "value": curve.verified.value})
    end = max(len(curve.last) for curve in chosen if curve is not None)
    x = {
        "field": "turn",
        "type": "quantitative",
        "title": "turn",
        "scale": {"domain": [1, end], "nice": False},
        "axis": {"grid": False, "tickCount": min(end - 1, 8), "tickMinStep": 1, "format": "d"},
    }
    y = _y("value", "share of problems") | {"scale": {"domain": [0, 1]}}
    y["axis"] = {"format": ".0%", "tickCount": 5}
    colour_ = {"color": _by_run(content), "detail": {"field": "line"}}
    width = {"condition": {"test": "datum.history == 'best'", "value": 2.75}, "value": 1.25}
    tips = [
        {"turn": turn - 0.5, "end": turn + 0.5, "tip": _turn_tip(content, chosen, turn)}
        for turn in range(1, end + 1)
    ]
    quiet: Spec = {"aria": False, "clip": True}
    banded = "datum.history == 'best'" if len(content.runs) > 1 else "true"
    dashes = [_DASHES[number % len(_DASHES)] for number in range(len(content.runs))]
    layers: list[Spec] = [
        {
            "transform": [{"filter": banded}],
            "mark": quiet | {"type": "area", "opacity": 0.1},
            "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}} | colour_,
        },
        {
            "mark": quiet | {"type": "line", "strokeJoin": "round"},
            "encoding": {"x": x, "y": y, "strokeWidth": width}
            | colour_
            | {"strokeDash": _by_run(content, dashes)},
        },
        {
            "data": {"values": dots},
            "mark": {"type": "circle", "size": 90, "opacity": 1, "aria": False},
            "encoding": {"x": x, "y": y, "color": _by_run(content)},
        },
        _tips(x, tips),
    ]
    return _chart({"data": {"values": rows}, "layer": layers}, "a figure after each turn")


def headline(found: Sequence[Curve]) -> Curve | None:
    """Return the curve that is drawn: fast@1, or correct where nothing was timed."""
    by_name = {curve.name: curve for curve in found}
    return by_name.get("fast@1", by_name.get("correct"))


def _turn_tip(content: Content, chosen: Sequence[Curve | None], turn: int) -> str:
    lines = [f"turn {turn}"]
    for run, curve in zip(content.runs, chosen, strict=True):
        if curve is not None and turn <= len(curve.last):
            last, best = (
                words.show(each[turn - 1].value, curve.unit) for each in (curve.last, curve.best)
            )
            lines.append(f"{run.label}: {curve.name} {last}, best so far {best}")
    return "\n".join(lines)


def _steps(
    content: Content, x: Spec, area: Spec, line: Spec, opacity: float, top: str | None = None
) -> list[Spec]:
    """Return a line of steps for every run, above a band or on an area."""
    mark = {"interpolate": "step-after", "aria": False}
    dashes = [_DASHES[number % len(_DASHES)] for number in range(len(content.runs))]
    upper = {"y2": {"field": top}} if top else {}
    return [
        {
            "mark": mark | {"type": "area", "opacity": opacity},
            "encoding": {"x": x, "y": area, "color": _by_run(content)} | upper,
        },
        {
            "mark": mark | {"type": "line", "strokeWidth": 2.25, "strokeJoin": "round"},
            "encoding": {
                "x": x,
                "y": line,
                "color": _by_run(content),
                "strokeDash": _by_run(content, dashes),
            },
        },
    ]


def _tips(x: Spec, tips: list[Spec]) -> Spec:
    """Return unseen columns, each of which tells the figures of all runs under the pointer."""
    return {
        "data": {"values": tips},
        "mark": {"type": "rect", "opacity": 0, "color": "var(--ink)"},
        "encoding": {"x": x, "x2": {"field": "end"}, "description": {"field": "tip"}},
    }


def _chart(spec: Spec, label: str) -> Chart:
    wide, narrow = (
        draw(spec | {"width": width, "height": height}, label) for width, height in (_WIDE, _NARROW)
    )
    return Chart(wide, narrow)


def _by_run(content: Content, values: list[Any] | None = None) -> Spec:
    numbers = range(len(content.runs))
    return {
        "field": "run",
        "type": "nominal",
        "legend": None,
        "scale": {
            "domain": [str(number) for number in numbers],
            "range": values or [colour(number) for number in numbers],
        },
    }


def _y(field: str, title: str) -> Spec:
    return {"field": field, "type": "quantitative", "title": title}


def _rule(**at: float) -> Spec:
    """Return a line at the reference's speed."""
    [(channel, value)] = at.items()
    return {
        "data": {"values": [{"at": value}]},
        "mark": {
            "type": "rule",
            "color": "var(--soft)",
            "strokeDash": [3, 3],
            "strokeWidth": 1,
            "aria": False,
        },
        "encoding": {channel: {"field": "at", "type": "quantitative"}},
    }


def _speedup_axis(field: str, values: list[float]) -> Spec:
    """Return a logarithmic axis whose ticks are powers of two."""
    low, high = min([*values, 0.5]), max([*values, 2.0])
    ticks = [2.0**power for power in range(-7, 8) if low / 1.01 <= 2.0**power <= high * 1.01]
    return {
        "field": field,
        "type": "quantitative",
        "title": "speedup",
        "scale": {"type": "log", "base": 2, "domain": [low / 1.05, high * 1.05], "nice": False},
        "axis": {
            "values": ticks,
            "labelExpr": "(datum.value < 1 ? '1/' + round(1 / datum.value) : datum.value) + '×'",
            "grid": field == "speedup",
            "labelOverlap": True,
        },
    }


def _curve_tip(content: Content, number: int) -> str:
    lines = [f"fast@{content.thresholds[number]:g}"]
    for run, curve in zip(content.runs, content.curves, strict=True):
        estimate = curve[number]
        ends = words.interval(estimate, "share")
        shown = words.show(estimate.value, "share")
        lines.append(f"{run.label}: {shown}" + (f" ({ends})" if ends else ""))
    return "\n".join(lines)


def _bin_tip(content: Content, one: Bin, totals: list[int]) -> str:
    lines = [f"{words.ratio(one.low)} – {words.ratio(one.high)}"]
    for run, count, total in zip(content.runs, one.counts, totals, strict=True):
        lines.append(f"{run.label}: {count:,} of {total:,}")
    return "\n".join(lines)


def _point_tip(content: Content, point: Point) -> str:
    label = content.runs[point.run].label
    where = f"{words.ratio(point.speedup)} at {wording.percent(point.coverage)} coverage"
    if point.problem:
        problem, evaluation = wording.plain(point.problem), wording.plain(point.evaluation)
        return f"{problem}\n{label}: {where}{LINK}{evaluation}"
    return f"{label}: {point.count:,} solution{'' if point.count == 1 else 's'} near {where}"
