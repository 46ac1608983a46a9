"""Data frames and exports: the same rows, whole files, and errors that say what to do."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pytest

from kerneldojo.errors import StoreError, UsageError
from kerneldojo.store import Run, export
from kerneldojo.store.dataset_card import COLUMN_MEANINGS
from kerneldojo.store.export import SOURCES
from kerneldojo.store.frames import COLUMNS
from tests.store.conftest import CHEAT, CONFIG, RIGHT, SOFTMAX, entry

DOCS = Path(__file__).parents[2] / "docs" / "runs.md"


def test_the_frame_has_one_typed_row_for_each_evaluated_entry(filled: Path) -> None:
    frame = Run.open(filled).evaluations_frame()
    assert list(frame.columns) == list(COLUMNS)
    assert list(frame["status"]) == ["CORRECT", "HACKED"]
    assert list(frame["origin"]) == ["a.py", "b.py"]
    assert frame["speedup"].dtype == "float64"
    assert frame["speedup"].isna().tolist() == [False, True]
    assert frame["level"].tolist() == [1, 1]
    assert str(frame["created_at"].dtype) == "datetime64[us, UTC]"
    assert frame["findings"].tolist() == [[], ["suspicious_source", "library_answer"]]
    assert frame["solution_digest"].tolist() == [RIGHT.digest, CHEAT.digest]


def test_an_empty_run_gives_an_empty_frame_of_the_same_columns(tmp_path: Path) -> None:
    with Run.create(tmp_path / "empty", "bench", CONFIG) as run:
        frame = run.evaluations_frame()
        assert run.outcomes() == []
    assert (len(frame), list(frame.columns)) == (0, list(COLUMNS))
    assert frame["speedup"].dtype == "float64"


def test_csv_needs_no_other_package(filled: Path, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "run.csv"
    assert export([Run.open(filled)], path) == 2
    with path.open(newline="") as file:
        first, second = csv.DictReader(file)
    assert list(first) == list(COLUMNS)
    assert (first["speedup"], second["speedup"]) == ("2.312", "")
    assert second["findings"] == "suspicious_source;library_answer"
    assert first["created_at"].endswith("+00:00")


def test_json_lines_hold_the_sources(filled: Path, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    assert export([Run.open(filled)], path) == 2
    first, second = map(json.loads, path.read_text().splitlines())
    assert list(first) == [*COLUMNS, *SOURCES]
    assert (first["speedup"], second["speedup"]) == (2.312, None)
    assert second["findings"] == ["suspicious_source", "library_answer"]
    assert (first["problem_source"], second["solution_source"]) == ("softmax", "cheat")


def test_parquet_holds_several_runs_and_the_sources(filled: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    with Run.create(tmp_path / "other", "eval", {}) as other:
        other.add(entry(SOFTMAX, RIGHT))
        other.add(next(each for each in Run.open(filled).evaluations() if each.timing))
    path = tmp_path / "runs.parquet"
    assert export([Run.open(filled), Run.open(tmp_path / "other")], path) == 3
    table = parquet.read_table(path).to_pylist()
    assert [row["run"] for row in table] == [str(filled)] * 2 + [str(tmp_path / "other")]
    assert [row["solution_source"] for row in table] == ["right", "cheat", None]
    assert table[0]["problem_source"] == "softmax"
    assert table[0]["problem_licence"] == "unknown"
    assert table[1]["findings"] == ["suspicious_source", "library_answer"]


def test_a_datasets_folder_is_read_by_both_doors(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    datasets = pytest.importorskip("datasets")
    folder = tmp_path / "dataset"
    Run.open(filled).export(folder)
    arrow = datasets.load_from_disk(folder / "arrow")
    assert arrow["status"][:] == ["CORRECT", "HACKED"]
    plain = datasets.Dataset.from_parquet(
        str(folder / "data" / "evaluations.parquet"), cache_dir=str(tmp_path / "cache")
    )
    assert plain["solution_source"][:] == ["right", "cheat"]
    card = (folder / "README.md").read_text()
    assert "| HACKED | 1 |" in card
    assert "path: data/evaluations.parquet" in card
    assert card.startswith("---\n")
    with pytest.raises(UsageError, match="new or empty directory"):
        Run.open(filled).export(folder)


def test_every_column_is_explained() -> None:
    assert list(COLUMN_MEANINGS) == [*COLUMNS, *SOURCES]
    text = DOCS.read_text()
    for name, meaning in COLUMN_MEANINGS.items():
        assert f"| `{name}` | {meaning} |" in text


def test_a_format_may_be_named(filled: Path, tmp_path: Path) -> None:
    Run.open(filled).export(tmp_path / "table.txt", "csv")
    assert (tmp_path / "table.txt").read_text().startswith("run,problem,")
    with pytest.raises(UsageError, match=r"suffix '\.xlsx'\. Use \.csv, \.jsonl, \.parquet"):
        Run.open(filled).export(tmp_path / "table.xlsx")


def test_a_failed_export_leaves_the_old_file(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.csv"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(csv.DictWriter, "writeheader", fail)
    with pytest.raises(StoreError, match="No space left"):
        Run.open(filled).export(path)
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir() if "part" in each.name] == []


@pytest.mark.parametrize(
    ("module", "name"), [("pandas", None), ("pyarrow", "a.parquet"), ("datasets", "folder")]
)
def test_a_missing_package_names_the_extra(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, name: str | None
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError, match=rf"{module} is needed.*pip install 'kerneldojo\[data\]'"):
        if name is None:
            Run.open(filled).evaluations_frame()
        else:
            Run.open(filled).export(tmp_path / name)
