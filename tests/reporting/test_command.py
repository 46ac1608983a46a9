from __future__ import annotations

import json
from pathlib import Path

import pytest

from kerneldojo.cli.app import main
from kerneldojo.store import Run


def test_the_command_writes_what_the_path_asks_for(
    runs: list[Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report.json"
    paths = [str(run.path) for run in runs]
    assert main(["report", *paths, "-o", str(out), "--title", "Both", "--max-mb", "3"]) == 0
    assert json.loads(out.read_text(encoding="utf-8"))["title"] == "Both"
    captured = capsys.readouterr()
    assert captured.out == ""
    assert str(out) in captured.err


def test_a_directory_that_is_no_run_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(tmp_path), "-o", str(tmp_path / "report.md")]) == 2
    assert "is not a run" in capsys.readouterr().err
