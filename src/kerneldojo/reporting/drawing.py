"""Vega-Lite charts, drawn here and not in the reader's browser, as SVG that follows the theme.

Drawing on this side costs the page no plotting library (900 kB), needs no script to be seen,
prints, and leaves nothing to evaluate in the browser. Colours are CSS variables, so one drawing
serves the light and the dark theme.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

from kerneldojo.errors import InfrastructureError
from kerneldojo.reporting.extra import needed_for_html

_SVG = "http://www.w3.org/2000/svg"
_ELEMENTS = {"svg", "g", "path", "rect", "line", "text", "tspan"}
_ATTRIBUTES = {
    *"viewBox transform d fill fill-opacity stroke stroke-width stroke-opacity".split(),
    *"stroke-dasharray stroke-linecap stroke-linejoin opacity x y x1 y1 x2 y2 dx dy".split(),
    *"width height text-anchor font-size".split(),
}
LINK = "\u241f"
"""Separates a mark's description from the evaluation it leads to."""
_BACKDROP = {"background", "foreground"}

_CONFIG: dict[str, Any] = {
    "background": None,
    "padding": 4,
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--soft)",
        "titleColor": "var(--soft)",
        "titleFontWeight": "normal",
        "titleFontSize": 12,
        "labelFontSize": 12,
        "labelPadding": 6,
        "titlePadding": 10,
        "grid": True,
        "gridColor": "var(--hair)",
        "domain": False,
        "ticks": False,
    },
}


def draw(spec: dict[str, Any], label: str) -> str:
    """Return a Vega-Lite chart as an SVG element for a page.

    Marks with a description carry it as `data-tip`, which the page shows under the pointer, and
    what follows `LINK` in it as `data-evaluation`, which the page opens.

    Args:
        spec: a Vega-Lite view; theme and schema are added here.
        label: what the chart shows, read aloud in place of the picture.

    Raises:
        UsageError: if the plotting library is not installed.
        InfrastructureError: if the chart cannot be drawn.
    """
    with needed_for_html():
        import vl_convert
    whole = {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", "config": _CONFIG} | spec
    try:
        drawn: str = vl_convert.vegalite_to_svg(whole)
    except ValueError as error:
        raise InfrastructureError(f"a chart of the report could not be drawn: {error}") from error
    root = ET.fromstring(drawn)
    _clean(root)
    root.attrib.pop("width", None)
    root.attrib.pop("height", None)
    root.set("role", "img")
    root.set("aria-label", label)
    ET.register_namespace("", _SVG)
    return ET.tostring(root, encoding="unicode")


def _clean(element: ET.Element) -> None:
    """Keep what is drawn and drop the rest, whatever the library may come to write."""
    for child in list(element):
        name = child.tag.rpartition("}")[2]
        shown = child.get("class") not in _BACKDROP and child.get("display") != "none"
        if name not in _ELEMENTS or not shown:
            element.remove(child)
        else:
            _clean(child)
            if name == "g" and not len(child):
                element.remove(child)
    description = element.get("aria-label") if element.get("role") == "graphics-symbol" else None
    for key in list(element.attrib):
        if key not in _ATTRIBUTES:
            del element.attrib[key]
    if description and not len(element):
        tip, _, evaluation = description.partition(LINK)
        element.set("data-tip", tip)
        if evaluation:
            element.set("data-evaluation", evaluation)
