"""Server-sent events, cut out of a stream of bytes (WHATWG HTML, section 9.2)."""

from __future__ import annotations

from collections.abc import Iterator

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class EventParser:
    """Gathers the data of events; their names, ids and comments are of no use here.

    Works on bytes, so that it does not matter where a stream is cut: only whole events are text.
    """

    def __init__(self) -> None:
        self._begun = False
        self._line: list[bytes] = []
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield the data of the events that a further piece of the stream completes."""
        for line in self._lines(piece):
            if not line:
                if self._data:
                    yield b"\n".join(self._data)
                    self._data = []
            elif line.startswith(b"data"):
                name, _, value = line.partition(b":")
                if name == b"data":
                    self._data.append(value.removeprefix(b" "))

    def _lines(self, piece: bytes) -> Iterator[bytes]:
        """Yield the lines that a piece completes, without what ends them."""
        self._line.append(piece)
        if b"\n" not in piece and b"\r" not in piece:
            return
        lines = b"".join(self._line).splitlines(keepends=True)
        # what ends in a carriage return may go on with a line feed
        self._line = [] if lines[-1].endswith(b"\n") else [lines.pop()]
        for line in lines:
            if not self._begun:
                self._begun, line = True, line.removeprefix(_BYTE_ORDER_MARK)
            yield line.rstrip(b"\r\n")
