"""The data of the page, as a browser would take them."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from kerneldojo.errors import UsageError
from kerneldojo.records import Status, Tokens
from kerneldojo.store import Run
from kerneldojo.viewer import Site, export
from kerneldojo.viewer.detail import LONGEST, cut, token_facts
from kerneldojo.viewer.listing import STATUSES
from kerneldojo.viewer.site import STATIC, script
from tests.viewer.synthetic import Author, judged, write_run

NAME = next(iter(judged()))


def value(text: bytes | None) -> Any:
    """Return what a script hands to the page."""
    assert text is not None
    match = re.fullmatch(r'viewer\.receive\("[^"]*",(.*)\);\n', text.decode())
    assert match is not None
    return json.loads(match[1])


def test_the_list_has_every_turn(runs: list[Run]) -> None:
    index = value(Site(runs).index())
    assert [run["label"] for run in index["runs"]] == ["base", "tuned", "files"]
    for number, run in enumerate(runs[:2]):
        rows = [row for row in index["rows"] if row[0] == number]
        for row, each in zip(rows, run.trajectories(), strict=True):
            assert index["names"][row[2]] == each.problem.name
            assert index["names"][row[3]] == each.record.id
            assert row[11] == each.usage.tokens
            assert [index["statuses"][turn[1]] for turn in row[15]] == [
                turn.evaluation.status for turn in each.turns if turn.evaluation
            ]
            for turn, shown in zip(each.turns, row[15], strict=True):
                assert shown[2] == (turn.speedup and pytest.approx(turn.speedup, rel=1e-3))
                assert shown[6] == pytest.approx(turn.reward, rel=1e-3)
    assert index["whole"]
    assert not index["live"]
    assert set(map(str, Status)) < set(STATUSES)


def test_a_page_that_knows_something_gets_what_is_new(tmp_path: Path) -> None:
    with Run.create(tmp_path / "run", "rollout", {}) as run:
        author = Author(run)
        records = [author.begin(NAME, sample) for sample in range(3)]
        site = Site([run])
        state = value(site.index(live=True))["state"]
        assert value(site.index(state, live=True))["rows"] == []
        author.turn(records[1], 0, 1.0)
        index = value(site.index(state, live=True))
        assert not index["whole"]
        assert [row[1] for row in index["rows"]] == [1]
        assert value(site.index("nonsense", live=True))["whole"]
        assert value(site.index("0.1-0.1", live=True))["whole"], "of other runs"


def test_a_trajectory_in_full(runs: list[Run]) -> None:
    site = Site(runs)
    site.index()
    [searched] = [each for each in runs[0].trajectories() if each.record.strategy == "beam"]
    number = runs[0].trajectories().index(searched)
    full = value(site.data(f"data/0/{number}.js"))
    assert [turn["number"] for turn in full["turns"]] == [turn.number for turn in searched.turns]
    assert full["question"][1]["content"] == searched.record.question[1].content
    for shown, turn in zip(full["turns"], searched.turns, strict=True):
        assert turn.solution is not None
        assert shown["solution"]["source"] == turn.solution.source
        assert shown["feedback"] == turn.record.feedback
        assert shown["parent"] == turn.record.parent
        assert shown["evaluation"]["id"] == turn.record.evaluation_id
        assert "sampled_ids" not in shown
    kinds = {mark["kind"] for turn in full["turns"] for mark in turn["evaluation"]["marks"]}
    assert "kernel" in kinds
    assert "error" in kinds
    problem = value(site.data(f"data/0/problem-{full['reference']}.js"))
    assert problem["source"] == searched.problem.source


def test_an_answer_in_full(runs: list[Run]) -> None:
    site = Site([runs[2]])
    site.index()
    full = value(site.data("data/0/0.js"))
    [turn] = full["turns"]
    assert turn["origin"] == "answers/0.py"
    assert turn["solution"]["source"] == judged()[full["problem"]][0].solution.source
    assert full["question"] == []


def test_thinking_is_shown_to_the_model_where_the_run_says_so(tmp_path: Path) -> None:
    for keep in (True, False):
        path = tmp_path / str(keep)
        with Run.create(path, "rollout", {"dialogue": {"keep_thinking": keep}}) as run:
            Author(run).begin(NAME)
        site = Site([path])
        site.index()
        assert value(site.data("data/0/0.js"))["keep_thinking"] is keep


@pytest.mark.parametrize(
    "address",
    [
        "data/0/99999.js",
        "data/9/0.js",
        "data/0/problem-99.js",
        "data/../../config.json",
        "data/0/0.js/../1.js",
        "data/-1/0.js",
        "data/0/-1.js",
        "data/0/٣.js",
        "data/0/0.js\n",
        "data/index.js",
    ],
)
def test_other_addresses_lead_nowhere(runs: list[Run], address: str) -> None:
    site = Site(runs)
    site.index()
    assert site.data(address) is None


def test_token_figures() -> None:
    logprobs = (math.log(0.5), math.log(0.25), 0.0, math.log(0.125))
    found = token_facts(Tokens(extends=2, prompt=(1, 2), sampled=(3, 4, 5, 6), logprobs=logprobs))
    assert (found["prompt"], found["sampled"], found["extends"]) == (2, 4, 2)
    figures = found["logprobs"]
    assert figures["mean"] == pytest.approx(-1.5 * math.log(2))
    assert figures["perplexity"] == pytest.approx(2**1.5)
    assert figures["least"] == pytest.approx(math.log(0.125))
    assert figures["unsure"] == 0.5
    assert figures["course"] == pytest.approx(logprobs, abs=1e-4)


def test_long_replies_have_a_short_course() -> None:
    found = token_facts(
        Tokens(prompt=(), sampled=tuple(range(1000)), logprobs=tuple([-1.0] * 500 + [-3.0] * 500))
    )
    course = found["logprobs"]["course"]
    assert 100 <= len(course) <= 160
    assert (course[0], course[-1]) == (-1.0, -3.0)


def test_long_texts_are_cut_and_say_so() -> None:
    assert cut("x" * LONGEST) == "x" * LONGEST
    assert cut("x" * (LONGEST + 5)).endswith(f"{LONGEST + 5:,} characters in all")


def test_scripts_hold_what_json_cannot() -> None:
    assert value(script("name", {"half": "\ud800", "end": "</script>\u2028"})) == {
        "half": "?",
        "end": "</script>\u2028",
    }


def test_an_export_has_every_file(page: Path, runs: list[Run]) -> None:
    files = {path.relative_to(page.parent).as_posix() for path in page.parent.rglob("*")}
    assert set(STATIC) <= files
    for number, run in enumerate(runs[:2]):
        for each in range(len(run.trajectories())):
            assert f"data/{number}/{each}.js" in files
    assert not list(page.parent.parent.glob("*.part"))


def test_an_export_overwrites_nothing(tmp_path: Path, runs: list[Run]) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not empty"):
        export(runs, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_runs_are_needed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to view"):
        Site([])
    with pytest.raises(UsageError, match="is not a run"):
        Site([tmp_path])


def test_a_run_without_anything_is_shown(tmp_path: Path) -> None:
    Run.create(tmp_path / "run", "rollout", {}).close()
    index = value(Site([tmp_path / "run"]).index())
    assert index["rows"] == []
    assert write_run(tmp_path / "other", samples=1).entries()
