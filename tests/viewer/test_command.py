from __future__ import annotations

import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from kerneldojo.cli.app import main
from kerneldojo.store import Run


def test_the_command_writes_a_folder(
    runs: list[Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "site"
    assert main(["view", *(str(run.path) for run in runs), "--export", str(out)]) == 0
    assert (out / "index.html").is_file()
    assert (out / "data" / "2" / "0.js").is_file()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert str(out / "index.html") in captured.err


def test_the_command_serves_until_it_is_interrupted(runs: list[Run]) -> None:
    command = [sys.executable, "-m", "kerneldojo", "view", str(runs[0].path), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        address = server.stderr.readline().split()[0]
        with urllib.request.urlopen(address + "data/index.js", timeout=20) as answer:
            assert answer.read().startswith(b"viewer.receive(")
        server.send_signal(2)
        assert server.wait(timeout=20) in (0, 130)
        assert "Traceback" not in server.stderr.read()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "is not a run"),
        (["--export", "site", "--port", "1"], "leave --port and --token out"),
        (["--export", "."], "is not empty"),
        (["--curves-only"], "add --export DIR"),
    ],
)
def test_what_cannot_be_is_a_usage_error(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    assert main(["view", str(tmp_path), *options]) == 2
    assert message in capsys.readouterr().err
