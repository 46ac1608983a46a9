"""`cache stats` and `cache clear`, and a verdict that `eval` takes from the cache."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kerneldojo.store import Cache
from tests.cli import samples
from tests.cli.conftest import Command, FakeEvaluator


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cache.sqlite"
    cache = Cache(path)
    for number in range(3):
        cache.put(f"{number:032x}", samples.correct())
    cache.get(f"{0:032x}")
    cache.close()
    return path


def test_stats(command: Command, file: Path) -> None:
    ran = command("cache", "stats", "--set", f"cache.path={file}", "--set", "cache.size_mb=5")
    assert ran.code == 0
    shown = dict(line.split("  ", 1) for line in ran.out.splitlines()[1:])
    assert shown["file"].strip() == str(file)
    assert shown["verdicts"].strip() == "3"
    assert shown["answers given"].strip() == "1"
    assert "KiB of at most 5.00 MiB" in shown["size"]
    stats = json.loads(command("cache", "stats", "--json", "--set", f"cache.path={file}").out)
    assert (stats["entries"], stats["hits"], stats["path"]) == (3, 1, str(file))


def test_clear(command: Command, file: Path) -> None:
    ran = command("cache", "clear", "--set", f"cache.path={file}")
    assert (ran.code, ran.out.split(" removed")[0]) == (0, "3 verdicts")
    again = command("cache", "clear", "--json", "--set", f"cache.path={file}")
    assert json.loads(again.out) == {"path": str(file), "removed": 0}


def test_a_config_file_names_the_cache(command: Command, file: Path, tmp_path: Path) -> None:
    config = tmp_path / "kd.toml"
    config.write_text(f'[cache]\npath = "{file}"\n')
    assert json.loads(command("cache", "stats", "--json", "--config", config).out)["entries"] == 3


def test_a_cache_that_cannot_be_opened(command: Command) -> None:
    ran = command("cache", "stats", "--set", "cache.path=/proc/none/cache.sqlite")
    assert ran.code == 3
    assert "cannot open the evaluation cache" in ran.err


def test_a_damaged_cache_is_a_line_on_stderr(command: Command, file: Path) -> None:
    file.write_bytes(b"no database at all, by any stretch\n" * 100)
    ran = command("cache", "stats", "--json", "--set", f"cache.path={file}")
    assert (ran.code, json.loads(ran.out)["entries"]) == (0, 0)
    [line] = ran.err.splitlines()
    assert line.startswith(f"kerneldojo: warning: {file} is damaged (file is not a database)")


def test_a_card_says_that_its_verdict_is_an_old_one(
    command: Command,
    write: Callable[..., Path],
    fake_evaluator: type[FakeEvaluator],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = samples.correct()
    monkeypatch.setitem(samples.ALL, "correct", lambda: old)
    ran = command("eval", "suite/softmax/softmax", write())
    assert f"{old.created_at:%Y-%m-%d %H:%M} UTC, from the cache" in ran.out
