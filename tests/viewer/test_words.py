"""The page has words for whatever a record may say."""

from __future__ import annotations

import re
from enum import StrEnum

import pytest

from kerneldojo.dialogue.reply import ReplyProblem
from kerneldojo.records import End
from kerneldojo.records.marks import MarkKind
from kerneldojo.viewer.listing import STATUSES
from kerneldojo.viewer.site import HERE


def script(name: str) -> str:
    return (HERE / "page" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", STATUSES)
def test_a_status_has_its_place_among_the_others(name: str) -> None:
    assert f'"{name}"' in script("compare.js").partition("const ORDER")[2].partition(";")[0]


@pytest.mark.parametrize(
    ("file", "start", "words"),
    [("words.js", "words.why", End), ("verdict.js", "const PROBLEMS", ReplyProblem)],
)
def test_an_outcome_is_explained(file: str, start: str, words: type[StrEnum]) -> None:
    table = script(file).partition(start)[2].partition("};")[0]
    assert set(words) <= set(re.findall(r"(\w+): \"", table))


def test_colours_are_those_of_the_report() -> None:
    report = HERE.parent / "reporting" / "templates" / "style.css"
    colours = re.compile(r"^  (--[\w-]+): (.*);$", re.MULTILINE)
    theirs = dict(colours.findall(report.read_text(encoding="utf-8").partition("}")[0]))
    ours = dict(colours.findall(script("style.css").partition("}")[0]))
    del theirs["--mark"]  # there it stands behind single words, here behind lines
    assert theirs.items() <= ours.items()


@pytest.mark.parametrize("kind", MarkKind)
def test_a_mark_has_a_colour(kind: str) -> None:
    assert f".marked.m-{kind}" in script("style.css")
    assert f'"{kind}"' in script("code.js")
