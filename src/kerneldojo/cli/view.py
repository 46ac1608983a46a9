"""`kerneldojo view`: trajectories and curves of training in a browser."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from kerneldojo.errors import UsageError

RunPaths = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Directories of runs.")]
Export = Annotated[
    Path | None,
    typer.Option(
        "--export",
        metavar="DIR",
        help="Write a folder that any browser opens without a server, and stop.",
    ),
]
CurvesOnly = Annotated[
    bool,
    typer.Option(
        "--curves-only",
        help="Leave the trajectories of training runs out of the folder: they may be many.",
    ),
]
Host = Annotated[
    str,
    typer.Option(
        "--host",
        metavar="HOST",
        help="Where to listen; beyond this machine only who knows the token may look.",
    ),
]
Port = Annotated[
    int | None,
    typer.Option(
        "--port", metavar="PORT", help="8420, or any free one if that is taken and none is named."
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token", metavar="TEXT", help="What to ask of browsers; made up beyond this machine."
    ),
]
Open = Annotated[bool, typer.Option("--open", help="Open the page in a browser.")]


def view(
    runs: RunPaths,
    export: Export = None,
    curves_only: CurvesOnly = False,
    host: Host = "127.0.0.1",
    port: Port = None,
    token: Token = None,
    open: Open = False,
) -> None:
    """Look into runs in a browser: trajectories, turns, sources, verdicts; curves of training.

    The page follows runs that are still being written. Ctrl-C ends it.
    """
    from kerneldojo import viewer

    if export is not None:
        if port is not None or token is not None:
            raise UsageError("--export starts no server; leave --port and --token out.")
        page = viewer.export(runs, export, curves_only=curves_only)
        print(page, file=sys.stderr)
        if open:
            webbrowser.open(page.resolve().as_uri())
        return
    if curves_only:
        raise UsageError("--curves-only is for the folder that --export writes; add --export DIR.")
    server = viewer.view(runs, host=host, port=port, token=token)
    print(f"{server.url}  (Ctrl-C to stop)", file=sys.stderr, flush=True)
    if open:
        webbrowser.open(server.url)
    server.run()
