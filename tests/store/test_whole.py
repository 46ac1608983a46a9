"""A file that cannot be written whole leaves what was there, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerneldojo.store import write_whole


def test_text_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.txt"
    write_whole(path, "old")
    write_whole(path, "half \ud800\n")
    assert path.read_bytes() == b"half ?\n"
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_the_old_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")

    def fail(partial: Path) -> None:
        partial.write_text("half")
        raise OSError("no space left")

    def fail_in_a_folder(partial: Path) -> None:
        partial.mkdir()
        fail(partial / "file")

    for write in (fail, fail_in_a_folder):
        with pytest.raises(OSError, match="no space left"):
            write_whole(path, write)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
