"""`load_problems`: sources put together, and what a selection leaves of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerneldojo.errors import ProblemNotFound, UsageError
from kerneldojo.problems import Selection, load_problems
from kerneldojo.problems.selection import Ranges, number_of

SOURCE = "class Model: pass\ndef get_inputs(): return []\n"


def names(*sources: str | Path, **selection: object) -> list[str]:
    return [problem.name for problem in load_problems(sources, Selection(**selection)).problems]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten problems: levels 1 and 2, every third one tagged."""
    for number in range(1, 11):
        tags = ["third"] if number % 3 == 0 else []
        metadata = f"METADATA = {{'level': {1 + number // 6}, 'tags': {tags}}}\n"
        path = tmp_path / ("a" if number < 6 else "b") / f"{number}_op.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(metadata + SOURCE)
    return tmp_path


def test_a_folder_is_read_in_order_and_named_by_its_paths(folder: Path) -> None:
    assert names(folder)[:2] == ["a/1_op", "a/2_op"]
    assert len(names(folder)) == 10


@pytest.mark.parametrize(
    ("selection", "kept"),
    [
        ({"level": 2}, {6, 7, 8, 9, 10}),
        ({"match": ("a/*",)}, {1, 2, 3, 4, 5}),
        ({"match": ("a/1*", "b/1*")}, {1, 10}),
        ({"numbers": "2-3,9"}, {2, 3, 9}),
        ({"tags": ("third",)}, {3, 6, 9}),
        ({"tags": ("third",), "level": 1}, {3}),
    ],
)
def test_every_condition_narrows(folder: Path, selection: dict, kept: set[int]) -> None:
    assert {number_of(name, 0) for name in names(folder, **selection)} == kept


def test_a_limit_takes_the_first_or_draws_at_random(folder: Path) -> None:
    everything = names(folder)
    assert names(folder, limit=3) == everything[:3]
    drawn = names(folder, limit=5, sample_seed=1)
    assert drawn == names(folder, limit=5, sample_seed=1)
    assert drawn == [name for name in everything if name in drawn]
    others = [names(folder, limit=5, sample_seed=seed) for seed in range(2, 12)]
    assert any(other != drawn for other in others)


def test_numbers_without_one_in_the_name_are_places(tmp_path: Path) -> None:
    for name in ("x", "y", "z"):
        (tmp_path / f"{name}.py").write_text(SOURCE)
    assert names(tmp_path, numbers="2-3") == ["y", "z"]
    assert number_of("kernelbench/level1/19@cpu", 1) == 19
    assert number_of("generated/train/7", 1) == 7


def test_overlapping_sources_give_each_problem_once() -> None:
    assert names("suite/norm/*", "suite/norm/layer_norm", "suite/norm") == names("suite/norm")


def test_two_problems_of_one_name_are_told(tmp_path: Path) -> None:
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "relu.py").write_text(SOURCE)
    loaded = load_problems([tmp_path / "one", tmp_path / "two"])
    assert [problem.name for problem in loaded.problems] == ["relu"]
    [refusal] = loaded.refused
    assert "second problem named 'relu'" in refusal.reason
    assert refusal.where == str(tmp_path / "two" / "relu.py")


def test_a_broken_file_is_refused_and_the_rest_loads(folder: Path) -> None:
    (folder / "a" / "broken.py").write_text("class Model:\n    def (\n")
    loaded = load_problems([folder])
    assert len(loaded.problems) == 10
    [refusal] = loaded.refused
    assert refusal.where.endswith("broken.py")
    assert refusal.reason.startswith("line 2")


def test_nothing_left_names_the_nearest() -> None:
    with pytest.raises(ProblemNotFound, match=r"none of \d+ .* Did you mean 'suite/norm/"):
        names("suite", match=("suite/nrom/*",))
    with pytest.raises(ProblemNotFound, match="level 4"):
        names("suite/norm", level=4)
    with pytest.raises(ProblemNotFound, match="no source"):
        names()


def test_an_empty_table_holds_no_problems(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").touch()
    with pytest.raises(ProblemNotFound, match="holds no problems"):
        names(tmp_path / "t.jsonl")


def test_what_lies_behind_a_limit_is_not_read(folder: Path) -> None:
    (folder / "a" / "4_op.py").write_text("def (")
    assert not load_problems([folder], Selection(limit=3)).refused
    assert load_problems([folder], Selection(limit=3, sample_seed=0)).refused
    with pytest.raises(ProblemNotFound, match="absent"):
        load_problems([folder, folder / "absent.py"], Selection(limit=3))


def test_numbers_in_file_names_sort_as_numbers(tmp_path: Path) -> None:
    for name in ("10_x", "2_y", "b", "1_z"):
        (tmp_path / f"{name}.py").write_text(SOURCE)
    assert names(tmp_path) == ["1_z", "2_y", "10_x", "b"]


@pytest.mark.parametrize("source", ["suit", "suite/nrom", "generate/train/1", "absent/folder/"])
def test_a_source_that_is_not_there_is_an_error(source: str) -> None:
    with pytest.raises(ProblemNotFound, match=source.partition("/")[0]):
        names(source)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"level": 9}, "no level 9"),
        ({"limit": 0}, "limit of 0"),
        ({"scale": "gpu"}, "no scale 'gpu'"),
        ({"numbers": "3-1"}, "'3-1' is not a range"),
        ({"numbers": "one"}, "'one' is not a range"),
    ],
)
def test_impossible_selections_are_errors(values: dict, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        Selection(**values)


def test_ranges() -> None:
    ranges = Ranges.parse("1-20, 35")
    assert [number for number in range(40) if number in ranges] == [*range(1, 21), 35]
