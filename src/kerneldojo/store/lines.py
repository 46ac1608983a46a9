"""Files of one JSON document a line that only ever grow, and survive a kill at any byte."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from kerneldojo.errors import StoreError

T = TypeVar("T")


@dataclass(frozen=True)
class BadLine:
    """A line that could not be read and was passed over."""

    file: Path
    line: int
    """Counted from 1."""
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class Line(NamedTuple):
    """Where a line stands in its file."""

    number: int
    """Counted from 1."""
    offset: int
    """Of its first byte."""


class LineWriter:
    """Appends whole lines, each with one write, so that readers may read meanwhile.

    A line torn by a crash or a full disk is ended before the next one is written: it is passed
    over by readers and cannot swallow its successor. The file is created by the first append.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def append(self, text: str) -> None:
        """Write one line.

        Raises:
            ValueError: if the text itself has a line break.
            StoreError: if it cannot be written, e.g. because the disk is full; what was written
                before is intact, and appending may be tried again.
        """
        if "\n" in text:
            raise ValueError("one line must not contain a line break")
        data = text.encode() + b"\n"
        try:
            file = self._open()
            if self._torn(file):
                data = b"\n" + data
            while data:
                data = data[os.write(file, data) :]
        except OSError as error:
            raise StoreError(
                f"cannot append to {self.path}: {error.strerror}. What was written before is "
                "intact; mend the cause, then go on from there."
            ) from error

    def close(self) -> None:
        """Close the file; a later append opens it again."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> int:
        if self._file is None:
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            self._file = os.open(self.path, flags, 0o644)
        return self._file

    @staticmethod
    def _torn(file: int) -> bool:
        size = os.fstat(file).st_size
        return size > 0 and os.pread(file, 1, size - 1) != b"\n"


def read_lines(path: Path, parse: Callable[[bytes], T], bad: list[BadLine]) -> Iterator[T]:
    """Yield what `parse` makes of each line; a missing file has none.

    Args:
        path: the file, which may be growing meanwhile.
        parse: raises ValueError for a line that is not one of ours.
        bad: collects the lines that were passed over. A torn last line is not among them: it
            is being written, or was when a crash came, and is no one's mistake.
    """
    for _, value in located_lines(path, parse, bad):
        yield value


def located_lines(
    path: Path, parse: Callable[[bytes], T], bad: list[BadLine]
) -> Iterator[tuple[Line, T]]:
    """Yield what `parse` makes of each line, and where it stands; else like `read_lines`."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}.") from error
    offset = 0
    with file:
        for number, line in enumerate(file, 1):
            place, offset = Line(number, offset), offset + len(line)
            if not line.strip():
                continue
            try:
                value = parse(line)
            except ValueError as error:
                if line.endswith(b"\n"):
                    bad.append(BadLine(path, number, _first_line(error)))
                continue
            yield place, value


def _first_line(error: ValueError) -> str:
    """Return the gist of an error; pydantic's is in its second and third line."""
    lines = [line.strip() for line in str(error).splitlines()]
    return " ".join(lines[:3]) if len(lines) > 1 else str(error)
