"""The study's figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import vl_convert

from kerneldojo.training.reinforcement.figures import Figures
from kerneldojo.training.reinforcement.journal import RlStep

_CURVES: Mapping[str, str] = {
    "correct": "share correct",
    "fast_1_2": "fast@1.2",
    "coverage": "coverage of correct turns",
    "hacked": "share of hacks",
}
_BARS: Mapping[str, str] = {
    "correct": "correct",
    "fast_1_2": "fast@1.2",
    "coverage": "coverage",
    "hacked": "hacks",
}
_CONFIG: dict[str, Any] = {
    "background": "white",
    "view": {"stroke": None},
    "axis": {"labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": "normal"},
}


def draw_curves(steps: Mapping[tuple[str, int], Sequence[RlStep]], path: Path) -> None:
    """Draw figures of training over steps: a thin line a seed, a thick one for their mean."""
    rows = [
        {"arm": arm, "seed": seed, "step": step.step, "figure": words, "value": value}
        for (arm, seed), found in steps.items()
        for step in found
        for name, words in _CURVES.items()
        if (value := getattr(step, name)) is not None
    ]
    encoding = {
        "x": {"field": "step", "type": "quantitative", "title": "step"},
        "color": {
            "field": "arm",
            "type": "nominal",
            "title": None,
            "legend": {"symbolOpacity": 1, "symbolStrokeWidth": 2.5},
        },
    }
    y = {"field": "value", "type": "quantitative", "title": None}
    layer = [
        {
            "mark": {"type": "line", "strokeWidth": 0.7, "opacity": 0.4},
            "encoding": {**encoding, "y": y, "detail": {"field": "seed", "type": "nominal"}},
        },
        {
            "mark": {"type": "line", "strokeWidth": 2.5},
            "encoding": {**encoding, "y": {**y, "aggregate": "mean"}},
        },
    ]
    _write(_facets(rows, list(_CURVES.values()), layer, width=320, height=200), path)


def draw_held_out(rows: Mapping[str, Sequence[Figures]], path: Path) -> None:
    """Draw figures on held-out problems: a point a seed, a tick for the mean."""
    values = [
        {"arm": arm, "figure": words, "value": value}
        for arm, found in rows.items()
        for figures in found
        for name, words in _BARS.items()
        if (value := getattr(figures, name)) is not None
    ]
    x = {"field": "arm", "type": "nominal", "title": None, "sort": list(rows)}
    y = {"field": "value", "type": "quantitative", "title": None}
    layer = [
        {
            "mark": {"type": "tick", "thickness": 3, "width": 28},
            "encoding": {"x": x, "y": {**y, "aggregate": "mean"}},
        },
        {"mark": {"type": "circle", "size": 40, "opacity": 0.5}, "encoding": {"x": x, "y": y}},
    ]
    _write(_facets(values, list(_BARS.values()), layer, width=320, height=180), path)


def _facets(
    rows: list[dict[str, Any]], order: list[str], layer: list[dict[str, Any]], **size: int
) -> dict[str, Any]:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "config": _CONFIG,
        "data": {"values": rows},
        "facet": {"field": "figure", "type": "nominal", "title": None, "sort": order},
        "columns": 2,
        "resolve": {"scale": {"y": "independent"}},
        "spec": {"layer": layer, **size},
    }


def _write(spec: dict[str, Any], path: Path) -> None:
    path.write_text(vl_convert.vegalite_to_svg(spec), encoding="utf-8")
