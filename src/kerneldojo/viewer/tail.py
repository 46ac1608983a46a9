"""Reading a growing file once: whole lines, and where each of them lies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Place(NamedTuple):
    """Where a line lies in its file, in bytes."""

    offset: int
    length: int


class Rewritten(Exception):
    """A file is no longer the one that was read before: it shrank or was replaced."""


class Tail:
    """What has been appended to a file since it was last looked at."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0
        self._inode: int | None = None

    def lines(self) -> Iterator[tuple[Place, bytes]]:
        """Yield the lines that were completed since the last call; a missing file has none.

        A line that has no end yet is left for later: it is being written, or was torn.

        Raises:
            Rewritten: if the file is another one than before.
        """
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            if self._inode is not None:
                raise Rewritten(str(self.path)) from None
            return
        with file:
            facts = os.fstat(file.fileno())
            if self._inode not in (None, facts.st_ino) or facts.st_size < self._offset:
                raise Rewritten(str(self.path))
            self._inode = facts.st_ino
            if facts.st_size == self._offset:
                return
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                place = Place(self._offset, len(line))
                self._offset += len(line)
                yield place, line

    def read(self, place: Place) -> bytes:
        """Return one line again."""
        with self.path.open("rb") as file:
            file.seek(place.offset)
            return file.read(place.length)
