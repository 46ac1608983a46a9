"""The page on the linter names every kind, severity and verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerneldojo.records import ComplaintKind, Gravity, Usability

PAGE = (Path(__file__).parents[2] / "docs" / "linter.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", list(ComplaintKind))
def test_kinds_are_documented(kind: ComplaintKind) -> None:
    assert f"| `{kind}` |" in PAGE


@pytest.mark.parametrize("word", [*Gravity, *Usability])
def test_severities_and_verdicts_are_documented(word: str) -> None:
    assert f"`{word}`" in PAGE
