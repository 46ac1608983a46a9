from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from kerneldojo.errors import InfrastructureError
from kerneldojo.reporting.drawing import LINK, draw

PLAIN: dict[str, Any] = {
    "data": {"values": [{"x": 1, "tip": f"<script>{LINK}id-1"}, {"x": 2, "tip": "plain"}]},
    "mark": "point",
    "encoding": {
        "x": {"field": "x", "type": "quantitative", "title": "</svg><img onerror=x>"},
        "description": {"field": "tip"},
    },
}
SPEC = PLAIN | {"encoding": PLAIN["encoding"] | {"href": {"value": "https://example.org"}}}


def test_a_chart_has_text_tips_and_nothing_that_acts() -> None:
    root = ET.fromstring(draw(SPEC, "<what>"))
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {"svg", "g", "path", "rect", "line", "text"}
    assert root.get("aria-label") == "<what>"
    assert root.get("viewBox")
    assert root.get("width") is None
    assert "</svg><img onerror=x>" in {element.text for element in root.iter()}
    for element in root.iter():
        assert not {"style", "href", "id"} & set(element.attrib)


def test_tips_and_links_are_told_apart() -> None:
    root = ET.fromstring(draw(PLAIN, "points"))
    tips = {element.get("data-tip"): element.get("data-evaluation") for element in root.iter()}
    assert tips["<script>"] == "id-1"
    assert tips["plain"] is None


def test_colours_are_left_to_the_page() -> None:
    drawn = draw(PLAIN | {"mark": {"type": "point", "color": "var(--run0)"}}, "points")
    assert 'stroke="var(--run0)"' in drawn
    assert "var(--soft)" in drawn


def test_a_chart_that_cannot_be_drawn_is_our_fault() -> None:
    with pytest.raises(InfrastructureError, match="could not be drawn"):
        draw({"mark": {"type": "no such mark"}, "data": {"values": []}}, "nothing")
