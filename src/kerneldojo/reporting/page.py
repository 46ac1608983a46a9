"""One HTML file that needs nothing else: text, charts, style, script and data."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kerneldojo import wording
from kerneldojo.records import Status
from kerneldojo.reporting import charts, words
from kerneldojo.reporting.content import Content, Figure
from kerneldojo.reporting.embed import Embedded, embed
from kerneldojo.reporting.extra import needed_for_html
from kerneldojo.reporting.reading import Environments, Reading

_TEMPLATES = Path(__file__).parent / "templates"
_SCRIPTS = (
    "dom.js",
    "packs.js",
    "theme.js",
    "tips.js",
    "highlight.js",
    "card.js",
    "table.js",
    "main.js",
)
_SPARE = 4096
"""Bytes kept free for what is said about the data once its size is known."""


def page(
    content: Content, readings: Sequence[Reading], environments: Environments, max_mb: float
) -> str:
    """Return a report as HTML.

    Args:
        content: what it says.
        readings: the runs, for the cards of single evaluations.
        environments: as the cards number them.
        max_mb: size of the page in megabytes; cards and sources that find no room are left out,
            and the page says so.

    Raises:
        UsageError: if a library of the `report` extra is not installed.
    """
    with needed_for_html():
        import jinja2
        from markupsafe import Markup
    surroundings = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    surroundings.globals |= {"words": words, "wording": wording}
    surroundings.globals |= {"position": position, "group": status_group}
    style = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
    body = "\n".join((_TEMPLATES / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    script = f'(() => {{\n"use strict";\n{body}\n}})();'
    drawn = _charts(content)
    facts: dict[str, Any] = {
        "content": content,
        "several": len(content.runs) > 1,
        "charts": {
            name: {"wide": Markup(chart.wide), "narrow": Markup(chart.narrow)}
            for name, chart in drawn.items()
        },
        "style": Markup(style),
        "script": Markup(script),
        "style_hash": _hash(style),
        "script_hash": _hash(script),
        "families": sorted({problem.family for problem in content.problems} - {""}),
        "levels": sorted({p.level for p in content.problems if p.level is not None}),
        "turns_name": " or ".join(
            dict.fromkeys(curve.name for curve in map(charts.headline, content.turns) if curve)
        ),
        "judged_anew": any(curve.verified for found in content.turns for curve in found),
        "bubbles": any(point.count > 1 for point in content.points),
    }
    template = surroundings.get_template("page.html.j2")
    bare = template.render(facts, data=Embedded("", (), 0, 0, 0, 0))
    room = round(max_mb * 1e6) - len(bare.encode("utf-8", "replace")) - _SPARE
    data = embed(readings, content, list(environments.numbers), max(room, 0))
    text: str = template.render(facts, data=data)
    return text


def position(value: float, figure: Figure) -> str:
    """Return where a figure stands on its axis, in percent of the width.

    Shares go from 0 to 1; ratios from a quarter to four, by their logarithm.
    """
    share = value if figure.unit == "share" else (math.log2(max(value, 0.01)) + 2) / 4
    return f"{100 * min(max(share, 0.0), 1.0):.2f}%"


def status_group(status: Status) -> str:
    """Return which colour a status has."""
    if status in (Status.CORRECT, Status.HACKED):
        return status.lower()
    if not status.judged:
        return "unscored"
    return "wrong" if status.startswith("WRONG") or status is Status.NONDETERMINISTIC else "failed"


def _charts(content: Content) -> dict[str, charts.Chart]:
    found = {}
    if any(estimate.value is not None for curve in content.curves for estimate in curve):
        found["curves"] = charts.curves(content)
    if content.histogram:
        found["speedups"] = charts.speedups(content)
    if content.points:
        found["scatter"] = charts.scatter(content)
    if any(content.turns):
        found["turns"] = charts.turns(content)
    return found


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return "sha256-" + base64.b64encode(digest).decode("ascii")
