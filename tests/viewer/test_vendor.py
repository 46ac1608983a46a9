"""The libraries beside the page are those that the table says, unchanged."""

from __future__ import annotations

import hashlib
import re

import pytest

from kerneldojo.viewer.site import HERE

TABLE = re.findall(
    r"^\| `(.+?)` \| (\S+) \| (\S+) \| (\S+) \|.*\| `(\w{64})` \|$",
    (HERE / "vendor" / "README.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


@pytest.mark.parametrize(("name", "digest"), [(row[0], row[-1]) for row in TABLE])
def test_a_library_is_what_was_published(name: str, digest: str) -> None:
    assert hashlib.sha256((HERE / "vendor" / name).read_bytes()).hexdigest() == digest


def test_every_file_is_in_the_table() -> None:
    files = {path.name for path in (HERE / "vendor").iterdir()} - {"README.md"}
    assert {row[0] for row in TABLE} == files


def test_every_library_comes_with_its_licence() -> None:
    packages = {row[1] for row in TABLE}
    assert packages == {row[1] for row in TABLE if row[0].endswith(".LICENSE")}


def test_the_page_loads_every_script_and_nothing_else() -> None:
    page = (HERE / "page" / "index.html").read_text(encoding="utf-8")
    asked = re.findall(r'(?:src|href)="([^"]+)"', page)
    local = [name for name in asked if not name.startswith("data:")]
    there = {path.name for path in (HERE / "page").iterdir()} - {"index.html"}
    libraries = {f"vendor/{path.name}" for path in (HERE / "vendor").glob("*.js")}
    assert set(local) == there | libraries
    assert len(local) == len(set(local))
