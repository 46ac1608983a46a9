"""The page as a reader has it: in a real browser, without a network."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kerneldojo.store import Run
from tests.reporting.conftest import HOSTILE

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(BROWSER is None, reason=f"none of {', '.join(NAMES)} is installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Any]:
    """Open a page offline; at the end nothing may have been complained about or asked for."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    context.set_offline(True)

    def open_page(file: Path, fragment: str = "") -> Any:
        view = context.new_page()
        view.on("console", lambda message: complaints.append(message.text))
        view.on("pageerror", lambda error: complaints.append(str(error)))
        view.on(
            "request",
            lambda request: (
                None
                if request.url.startswith(("file:", "data:"))
                else complaints.append(request.url)
            ),
        )
        view.goto(file.as_uri() + fragment)
        view.wait_for_selector("html[data-ready]")
        return view

    yield open_page
    context.close()
    assert complaints == []


def names(view: Any) -> list[str]:
    found: list[str] = view.locator("#table tbody th .link").all_inner_texts()
    return found


def test_the_table_sorts(visit: Any, page: Path, runs: list[Run]) -> None:
    view = visit(page)
    assert len(names(view)) == 9
    view.get_by_role("button", name="best speedup").click()
    fastest = max(
        (row for run in runs for row in run.outcomes()), key=lambda row: row.speedup or 0
    ).problem
    assert names(view)[0] == fastest
    head = view.locator("th[data-sort=speedup]")
    assert head.get_attribute("aria-sort") == "descending"
    view.get_by_role("button", name="problem", exact=True).click()
    assert names(view) == sorted(names(view), key=lambda name: re.split(r"(\d+)", name))


def test_the_table_filters(visit: Any, page: Path, runs: list[Run]) -> None:
    view = visit(page)
    view.keyboard.press("/")
    view.keyboard.type("norm/ tile")
    assert names(view) == ["suite/norm/tile_1"]
    assert view.locator("#count").inner_text() == "1 of 9 problems"
    view.fill("#search", "")
    view.select_option("#level", "2")
    assert len(names(view)) == 3
    view.select_option("#level", "")
    view.select_option("#family", "fused")
    assert names(view) == ["suite/fused/warp_0", "suite/fused/halo_7"]
    view.select_option("#family", "")
    view.select_option("#status", "HACKED")
    hacked = {row.problem for run in runs for row in run.outcomes() if row.status == "HACKED"}
    assert set(names(view)) == hacked


def test_a_card_opens_moves_and_closes(visit: Any, page: Path, runs: list[Run]) -> None:
    view = visit(page)
    view.locator("#table tbody .number .link").first.click()
    card = view.locator("#card")
    card.locator(".code").first.wait_for()
    assert "CORRECT" in card.inner_text()
    assert "95 % interval" in card.inner_text()
    assert "class ModelNew" in card.locator(".code").first.inner_text()
    first = view.url
    assert "#evaluation=" in first
    view.keyboard.press("ArrowRight")
    view.wait_for_function("url => location.href !== url", arg=first)
    view.keyboard.press("ArrowLeft")
    view.wait_for_function("url => location.href === url", arg=first)
    view.keyboard.press("Escape")
    card.wait_for(state="hidden")
    assert "#" not in view.url


def test_a_finding_is_marked_in_the_source(visit: Any, page: Path, runs: list[Run]) -> None:
    hacked = next(row for run in runs for row in run.outcomes() if row.status == "HACKED")
    view = visit(page, f"#evaluation={hacked.evaluation}")
    line = view.locator("#card .code .marked")
    line.wait_for()
    assert line.get_attribute("data-note") == f"← {hacked.findings[0]}"
    assert line.evaluate("line => [...line.parentNode.children].indexOf(line)") == 21


def test_problems_open_and_points_lead_to_cards(visit: Any, page: Path) -> None:
    view = visit(page)
    toggle = view.locator("#table tbody th .link").first
    toggle.press("Enter")
    assert toggle.get_attribute("aria-expanded") == "true"
    assert view.locator(".opened .chip").count() == 6
    toggle.press("Enter")
    assert view.locator(".opened").count() == 0
    point = view.locator(".wide [data-evaluation]").first
    point.scroll_into_view_if_needed()
    point.hover(force=True)
    assert "coverage" in view.locator("#tip").inner_text()
    point.click(force=True)
    view.locator("#card .code").first.wait_for()


def test_the_theme_toggles_and_is_remembered(visit: Any, page: Path) -> None:
    view = visit(page)

    def paper() -> str:
        colour: str = view.evaluate("getComputedStyle(document.body).backgroundColor")
        return colour

    light = paper()
    view.locator("#theme").click()
    assert paper() != light
    view.reload()
    assert paper() != light
    view.locator("#theme").click()
    assert paper() == light


def test_nothing_is_wider_than_a_telephone(visit: Any, page: Path) -> None:
    view = visit(page)
    view.set_viewport_size({"width": 360, "height": 740})
    assert view.evaluate("document.documentElement.scrollWidth") == 360
    assert view.locator(".narrow svg").first.is_visible()
    assert not view.locator(".wide svg").first.is_visible()


def test_hostile_text_stays_text(visit: Any, hostile_page: Path) -> None:
    view = visit(hostile_page)
    title = view.title()
    view.locator("#table tbody th .link").first.click()
    shown = HOSTILE.replace("\x07", "")
    for number in range(3):
        view.locator(".chip").nth(number).click()
        view.locator("#card .code").first.wait_for()
        assert shown in view.locator("#card").inner_text().replace("\x07", "")
        view.keyboard.press("Escape")
    assert view.locator("img").count() == 0
    assert view.title() == title
    assert "owned" not in title.split("·")[-1]
