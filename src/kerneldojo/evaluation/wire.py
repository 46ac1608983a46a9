"""Length-prefixed JSON over a socket: the only language referee and player share.

Nothing is ever unpickled. A message from a player is a claim: its size, nesting and
types are bounded here, and its content is validated by whoever reads it.
"""

from __future__ import annotations

import array
import json
import select
import socket
import struct
import time
from typing import Any

_HEADER = struct.Struct("<I")
_RECV = 1 << 20
MAX_TRUSTED = 64 << 20
MAX_CLAIM = 4 << 20


class ChannelClosed(Exception):
    """The other side is gone."""


class MalformedMessage(Exception):
    """The other side sent something that is not a message."""


class Channel:
    """A socket that carries JSON objects, and descriptors from parent to child."""

    def __init__(self, sock: socket.socket, limit: int) -> None:
        self.sock = sock
        self.limit = limit
        self._buffer = bytearray()

    def fileno(self) -> int:
        """Return the descriptor, for `select`."""
        return self.sock.fileno()

    def send(self, message: dict[str, Any], fds: tuple[int, ...] = ()) -> None:
        """Send one message, with descriptors in its first byte's company.

        Raises:
            ChannelClosed: if the other side is gone.
        """
        body = json.dumps(message, separators=(",", ":")).encode()
        data = _HEADER.pack(len(body)) + body
        try:
            if fds:
                rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))
                sent = self.sock.sendmsg([data], [rights])
                data = data[sent:]
            if data:
                self.sock.sendall(data)
        except OSError as error:
            raise ChannelClosed(str(error)) from error

    def receive(self, timeout: float | None = None) -> dict[str, Any]:
        """Return the next message.

        Raises:
            TimeoutError: nothing complete arrived within `timeout` seconds.
            ChannelClosed: the other side is gone.
            MalformedMessage: the bytes are no JSON object within the limit.
        """
        return decode(self.receive_bytes(timeout))

    def receive_bytes(self, timeout: float | None = None) -> bytes:
        """Return the next message's body undecoded; raises as `receive` does."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            frame = self._take_frame()
            if frame is not None:
                return frame
            self._fill(deadline)

    @property
    def pending(self) -> bool:
        """Whether bytes beyond the messages read so far have arrived."""
        return bool(self._buffer) or bool(select.select([self.sock], [], [], 0)[0])

    def receive_fds(
        self, count: int, timeout: float | None = None
    ) -> tuple[dict[str, Any], list[int]]:
        """Return a message and the descriptors sent with it; raises as `receive` does.

        At most `count` descriptors are taken, and they must come with the message's first byte.
        """
        if timeout is not None and not select.select([self.sock], [], [], timeout)[0]:
            raise TimeoutError("no answer before the deadline")
        try:
            data, ancillary, _, _ = self.sock.recvmsg(_RECV, socket.CMSG_SPACE(4 * count))
        except OSError as error:
            raise ChannelClosed(str(error)) from error
        if not data:
            raise ChannelClosed("end of stream")
        fds = array.array("i")
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds.frombytes(payload[: len(payload) - len(payload) % fds.itemsize])
        self._buffer += data
        return self.receive(timeout), list(fds)

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()

    def _take_frame(self) -> bytes | None:
        if len(self._buffer) < _HEADER.size:
            return None
        (length,) = _HEADER.unpack_from(self._buffer)
        if length > self.limit:
            raise MalformedMessage(f"message of {length} bytes, {self.limit} allowed")
        end = _HEADER.size + length
        if len(self._buffer) < end:
            return None
        frame = bytes(self._buffer[_HEADER.size : end])
        del self._buffer[:end]
        return frame

    def _fill(self, deadline: float | None) -> None:
        wait = None if deadline is None else deadline - time.monotonic()
        if wait is not None and wait <= 0:
            raise TimeoutError("no answer before the deadline")
        try:
            self.sock.settimeout(wait)
            data = self.sock.recv(_RECV)
            self.sock.settimeout(None)
        except TimeoutError:
            self.sock.settimeout(None)
            raise TimeoutError("no answer before the deadline") from None
        except OSError as error:  # also where another thread has closed the channel meanwhile
            raise ChannelClosed(str(error)) from error
        if not data:
            raise ChannelClosed("end of stream")
        self._buffer += data


def decode(body: bytes) -> dict[str, Any]:
    """Parse a message's body.

    Raises:
        MalformedMessage: if it is not one JSON object.
    """
    try:
        message = json.loads(body.decode())
        if b"\\ud" in body.lower():
            # half of a surrogate pair is legal JSON, but no record could hold it
            whole = json.dumps(message, ensure_ascii=False).encode("utf-8", "replace")
            message = json.loads(whole)
    except (ValueError, RecursionError) as error:
        raise MalformedMessage(f"not JSON: {error}") from error
    if not isinstance(message, dict):
        raise MalformedMessage(f"a JSON {type(message).__name__} instead of an object")
    return message


def channel_pair(limit: int) -> tuple[Channel, socket.socket]:
    """Return our end as a channel and the other end as a bare socket to give away."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 21)
    return Channel(ours, limit), theirs
