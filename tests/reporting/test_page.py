"""The HTML page: self-contained, safe against what solutions say, within its size."""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kerneldojo.errors import UsageError
from kerneldojo.reporting import report
from kerneldojo.store import Run
from tests.reporting import synthetic

VOID = {"meta", "link", "input", "img"}


class Page(HTMLParser):
    """What a browser would make of a page, as far as safety is concerned."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.contents: dict[str, list[str]] = {}
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            kind = "data" if dict(attrs).get("type") else tag
            self._open = kind
            self.contents.setdefault(kind, []).append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.contents[self._open][-1] += data


@pytest.fixture(scope="module")
def parsed(page: Path) -> Page:
    return Page(page.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def hostile_parsed(hostile_page: Path) -> Page:
    return Page(hostile_page.read_text(encoding="utf-8"))


def test_nothing_is_fetched(parsed: Page) -> None:
    for tag, attributes in parsed.elements:
        for name in ("src", "href", "action", "data", "srcset", "poster", "xlink:href"):
            value = attributes.get(name) or "#"
            assert value.startswith("#") or value == "data:,", f"<{tag} {name}={value!r}>"
    assert not re.search(r"@import|url\(", "".join(parsed.contents["style"]))


def test_the_policy_allows_the_pages_own_script_and_style_alone(parsed: Page) -> None:
    policy = next(
        attributes["content"] or ""
        for tag, attributes in parsed.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for directive, kind in (("script-src", "script"), ("style-src", "style")):
        [text] = parsed.contents[kind]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[directive] == f"'sha256-{digest}'"


def test_no_element_carries_style_or_script_of_its_own(parsed: Page) -> None:
    for tag, attributes in parsed.elements:
        assert "style" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on")], tag


def test_what_solutions_say_makes_no_element(parsed: Page, hostile_parsed: Page) -> None:
    tags = {tag for tag, _ in hostile_parsed.elements}
    assert not tags & {"img", "b", "i", "iframe", "object", "foreignobject", "a-problem"}
    assert len(hostile_parsed.contents["script"]) == len(parsed.contents["script"]) == 1
    for text in hostile_parsed.contents["data"]:
        assert re.fullmatch(r"[A-Za-z0-9+/=]+", text)
    for tag, attributes in hostile_parsed.elements:
        assert not [name for name in attributes if name.startswith("on")], tag


def test_hostile_text_is_shown_as_it_is(hostile_page: Path) -> None:
    text = hostile_page.read_text(encoding="utf-8")
    assert "&lt;/script&gt;&lt;img src=x onerror=" in text
    assert "&lt;b&gt;run &amp; co" in text
    assert "<img" not in text


@pytest.mark.parametrize(("problems", "samples"), [(0, 0), (1, 1)])
def test_runs_may_be_empty_or_tiny(tmp_path: Path, problems: int, samples: int) -> None:
    run = synthetic.write_run(tmp_path / "run", problems, samples)
    [file] = report([run], tmp_path / "report.html")
    parsed = Page(file.read_text(encoding="utf-8"))
    assert ("table" in {tag for tag, _ in parsed.elements}) is True
    assert len(parsed.contents["script"]) == 1


def test_a_small_page_says_what_it_left_out(tmp_path: Path) -> None:
    run = synthetic.write_run(tmp_path / "run", 30, 10)
    files = {}
    for size in (0.25, 5.0):
        [file] = report([run], tmp_path / f"{size}.html", max_mb=size)
        files[size] = file.read_text(encoding="utf-8")
        assert file.stat().st_size < size * 1e6
    assert re.search(r"\d+ of 300 solutions are here with their source", files[0.25])
    assert "solutions are here with their source" not in files[5.0]


def test_a_missing_library_is_told_with_the_command_that_installs_it(
    runs: list[Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(UsageError, match=re.escape("pip install 'kerneldojo[report]'")):
        report(runs, tmp_path / "report.html")
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(UsageError, match="vl_convert"):
        report(runs, tmp_path / "report.html")
    assert not list(tmp_path.iterdir())


def test_charts_have_their_figures_as_tables(parsed: Page) -> None:
    drawings = [attributes for tag, attributes in parsed.elements if tag == "svg"]
    pictures = [attributes for attributes in drawings if attributes.get("role") == "img"]
    assert len(pictures) == 6
    assert all(attributes.get("aria-label") for attributes in pictures)
    for attributes in drawings:
        assert attributes.get("role") == "img" or attributes.get("aria-hidden") == "true"
    assert sum(tag == "figure" for tag, _ in parsed.elements) == 4
