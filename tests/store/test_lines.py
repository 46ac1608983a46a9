"""Lines are written whole, read while they are written, and survive torn ends and full disks."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest

from kerneldojo.errors import InfrastructureError, StoreError
from kerneldojo.store.lines import BadLine, LineWriter, read_lines


def read(path: Path) -> tuple[list[Any], list[BadLine]]:
    bad: list[BadLine] = []
    return list(read_lines(path, json.loads, bad)), bad


def write(path: Path, *values: Any) -> None:
    writer = LineWriter(path)
    for value in values:
        writer.append(json.dumps(value, ensure_ascii=False))
    writer.close()


def test_a_missing_file_has_no_lines(tmp_path: Path) -> None:
    assert read(tmp_path / "none.jsonl") == ([], [])


def test_what_is_appended_is_read_in_order(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write(path, {"n": 1}, {"n": "ä\n\u2028"})
    write(path, {"n": 3})
    assert read(path) == ([{"n": 1}, {"n": "ä\n\u2028"}, {"n": 3}], [])


def test_every_torn_end_costs_at_most_the_last_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write(path, {"n": 1}, {"n": "zwölf"})
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        values, bad = read(path)
        # The last line counts as soon as it is complete, even before its line break.
        expected = (length >= first - 1) + (length >= len(whole) - 1)
        assert (len(values), bad) == (expected, []), length
        write(path, {"n": 3})
        values, bad = read(path)
        torn = length not in (0, first - 1, first, len(whole) - 1, len(whole))
        assert len(values) == expected + 1 and values[-1] == {"n": 3}, length
        assert len(bad) == torn, length


def test_foreign_lines_are_passed_over_and_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"n": 1}\nnot json\n\n\xff\xfe\n\0\0\0\n{"n": 2}\n')
    values, bad = read(path)
    assert values == [{"n": 1}, {"n": 2}]
    assert [line.line for line in bad] == [2, 4, 5]
    assert str(bad[0]).startswith(f"{path}:2: Expecting value")


def test_a_line_break_inside_a_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="line break"):
        LineWriter(tmp_path / "a.jsonl").append("{}\n{}")
    assert not (tmp_path / "a.jsonl").exists()


def test_a_full_disk_is_told_and_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl"
    writer = LineWriter(path)
    writer.append('{"n": 1}')
    real = os.write
    room = 4

    def full(file: int, data: bytes) -> int:
        nonlocal room
        if not room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = real(file, data[:room])
        room -= written
        return written

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StoreError, match=r"a\.jsonl: No space left on device.*intact") as caught:
        writer.append('{"n": 2}')
    assert isinstance(caught.value, InfrastructureError)
    assert read(path) == ([{"n": 1}], [])
    monkeypatch.undo()
    writer.append('{"n": 2}')
    values, bad = read(path)
    assert values == [{"n": 1}, {"n": 2}]
    assert [line.line for line in bad] == [2]


def test_a_disk_that_is_really_full() -> None:
    with pytest.raises(StoreError, match="No space left"):
        LineWriter(Path("/dev/full")).append("{}")


def _append_many(path: Path) -> None:
    writer = LineWriter(path)
    for number in range(2000):
        writer.append(json.dumps({"n": number, "text": "x" * (number % 700)}))


def test_readers_see_whole_lines_while_another_process_writes(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    process = multiprocessing.get_context("spawn").Process(target=_append_many, args=(path,))
    process.start()
    seen = 0
    while process.is_alive():
        values, bad = read(path)
        assert bad == []
        assert [value["n"] for value in values] == list(range(len(values)))
        assert len(values) >= seen
        seen = len(values)
    process.join()
    assert process.exitcode == 0
    assert len(read(path)[0]) == 2000


def test_a_file_that_cannot_be_had_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Is a directory"):
        LineWriter(tmp_path).append("{}")
    with pytest.raises(StoreError, match="cannot read"):
        read(tmp_path)
