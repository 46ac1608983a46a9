from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from kerneldojo.errors import StoreError, UsageError
from kerneldojo.reporting import report
from kerneldojo.store import Run, export


def test_csv_is_the_export_of_the_runs(runs: list[Run], tmp_path: Path) -> None:
    [file] = report(runs, tmp_path / "report.csv")
    count = export(runs, tmp_path / "export.csv")
    assert file.read_bytes() == (tmp_path / "export.csv").read_bytes()
    assert count == sum(len(run.outcomes()) for run in runs)


def test_json_is_one_document_with_intervals(runs: list[Run], tmp_path: Path) -> None:
    [file] = report(runs, tmp_path / "report.json", title="mine")
    document = json.loads(file.read_text(encoding="utf-8"))
    assert document["format"] == "kerneldojo.report/1"
    assert document["title"] == "mine"
    correct = document["figures"][0]["estimates"]
    assert [set(each) >= {"value", "low", "high"} for each in correct] == [True, True]
    assert document["duels"][0]["comparison"]["problems"] == 9
    assert len(document["problems"]) == 9
    assert sum(document["statuses"]["CORRECT"]) == sum(
        row.status == "CORRECT" for run in runs for row in run.outcomes()
    )


def test_markdown_has_figures_comparison_and_problems(runs: list[Run], tmp_path: Path) -> None:
    [file] = report(runs, tmp_path / "report.md")
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# base and tuned\n")
    for head in ("Figures", "tuned against base, on 9 common problems", "Findings"):
        assert f"\n## {head}\n" in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in tables)
    assert sum("suite/" in line and " of 3, " in line for line in tables) == 9


def test_hostile_text_is_text_in_markdown(hostile: Run, tmp_path: Path) -> None:
    [file] = report([hostile], tmp_path / "report.md")
    text = file.read_text(encoding="utf-8")
    assert "<img" not in text.replace("\\<img", "")
    assert "\x07" not in text
    assert "onerror" in text


def test_hostile_text_survives_csv_and_json(hostile: Run, tmp_path: Path) -> None:
    files = report([hostile], tmp_path / "all")
    assert [file.name for file in files] == [
        f"report.{end}" for end in ("html", "md", "csv", "json")
    ]
    name = next(iter(hostile.problems().values())).name
    rows = list(csv.DictReader(io.StringIO((tmp_path / "all/report.csv").read_text())))
    assert {row["problem"] for row in rows} == {name}
    document = json.loads((tmp_path / "all/report.json").read_text(encoding="utf-8"))
    assert document["problems"][0]["name"] == name


@pytest.mark.parametrize("name", ["report.pdf", "report.htm"])
def test_an_unknown_format_is_refused_with_those_there_are(
    runs: list[Run], tmp_path: Path, name: str
) -> None:
    with pytest.raises(UsageError, match=r"\.html, \.md, \.csv, \.json"):
        report(runs, tmp_path / name)


def test_what_is_no_run_or_no_size_is_refused(runs: list[Run], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a run"):
        report([tmp_path], tmp_path / "report.md")
    with pytest.raises(UsageError, match="max_mb"):
        report(runs, tmp_path / "report.md", max_mb=0)


def test_a_place_that_cannot_be_written_is_told(runs: list[Run], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write"):
        report(runs, tmp_path / "file" / "report.md")


def test_a_report_replaces_the_old_one_whole(runs: list[Run], tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    path.write_text("old")
    assert report([str(run.path) for run in runs], str(path)) == [path]
    assert path.read_text(encoding="utf-8").startswith("# base and tuned")
    assert list(tmp_path.iterdir()) == [path]
