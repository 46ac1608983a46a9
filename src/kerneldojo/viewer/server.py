"""The viewer over HTTP: loopback unless asked otherwise, and beyond it only with a token."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kerneldojo.errors import UsageError
from kerneldojo.store import Run
from kerneldojo.viewer.site import Site

if TYPE_CHECKING:
    pass

PORT = 8420
"""Tried first, if no port is asked for."""


class Server:
    """A server that shows runs until it is closed.

    Args:
        runs: runs or their directories.
        host: name or address to listen at.
        port: None: 8420, or any free one if that is taken.
        token: what a browser must know to see anything. Beyond loopback one is made up if none
            is given.

    Raises:
        UsageError: if a directory is no run, the port is taken, or a library of the `view` extra
            is not installed.
    """

    def __init__(
        self,
        runs: Sequence[Run | str | Path],
        *,
        host: str = "127.0.0.1",
        port: int | None = None,
        token: str | None = None,
    ) -> None:
        try:
            import uvicorn

            from kerneldojo.viewer.application import application
        except ImportError as error:
            raise UsageError(
                f"the viewer needs a library that is not installed ({error}). Install it with: "
                "pip install 'kerneldojo[view]' (--export needs nothing more)."
            ) from None
        if token is not None and not token.strip():
            raise UsageError("the token is empty; leave it out to have one made up.")
        self.site = Site(runs)
        self._running = False
        self._socket = _listen(host, port)
        bound: str = self._socket.getsockname()[0]
        if token is None and not ipaddress.ip_address(bound.partition("%")[0]).is_loopback:
            token = secrets.token_urlsafe(24)
        self.token = token
        self.address = f"http://{_shown(host)}:{self._socket.getsockname()[1]}/"
        self._server = uvicorn.Server(
            uvicorn.Config(
                application(self.site, token),
                log_level="warning",
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=1,
                server_header=False,
            )
        )

    @property
    def url(self) -> str:
        """What to open in a browser; it holds the token, if there is one."""
        return f"{self.address}?token={self.token}" if self.token else self.address

    def run(self) -> None:
        """Serve until interrupted or closed."""
        self._running = True
        self._server.run(sockets=[self._socket])

    def close(self) -> None:
        """Make `run` return, and leave the port to others."""
        self._server.should_exit = True
        if not self._running:
            self._socket.close()


def _listen(host: str, port: int | None) -> socket.socket:
    """Return a socket that takes calls already, so that whoever knows the address is answered."""
    wanted = PORT if port is None else port
    try:
        family, _, _, _, place = socket.getaddrinfo(host, wanted, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise UsageError(f"cannot listen at {host!r}: {error.strerror}.") from None
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        try:
            listening.bind(place)
        except OSError:
            if port is not None:
                raise
            listening.bind((place[0], 0, *place[2:]))
        listening.listen()
    except OSError as error:
        listening.close()
        raise UsageError(
            f"cannot listen at {host} port {wanted}: {error.strerror}. Name another --port, "
            "or leave it out to take any free one."
        ) from None
    return listening


def _shown(host: str) -> str:
    """Return what a browser calls us."""
    if host in ("0.0.0.0", "::"):
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host


def view(
    runs: Sequence[Run | str | Path],
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    token: str | None = None,
) -> Server:
    """Return a server for runs; its `url` is what to open and its `run` serves (`Server`)."""
    return Server(runs, host=host, port=port, token=token)
