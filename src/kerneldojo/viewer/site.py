"""The runs that are shown, and the files that show them, whether served or written."""

from __future__ import annotations

import json
import math
import re
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kerneldojo.errors import UsageError
from kerneldojo.store import Run
from kerneldojo.store.labels import labels_of
from kerneldojo.viewer.detail import detail, problem_source
from kerneldojo.viewer.index import RunIndex
from kerneldojo.viewer.listing import listing

HERE = Path(__file__).parent
STATIC = {
    path.relative_to(HERE).as_posix() if path.parent.name == "vendor" else path.name: path
    for folder in ("page", "vendor")
    for path in sorted((HERE / folder).iterdir())
    if path.suffix in (".html", ".css", ".js")
}
"""Every file of the page that is the same for all runs, by its address."""
_FIRST_S, _NEXT_S = 0.5, 2.0
"""How long a page waits for its first list and for more of it, if there is much to read."""
_TRAJECTORY = re.compile(r"data/([0-9]{1,6})/([0-9]{1,9})\.js")
_PROBLEM = re.compile(r"data/([0-9]{1,6})/problem-([0-9]{1,9})\.js")
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class Site:
    """What the page reads: a list of trajectories, and each of them in full.

    All data are scripts that hand one value to the page, because scripts are what a page that was
    opened from a folder may load. Threads may share a site.

    Args:
        runs: runs or their directories.

    Raises:
        UsageError: if there is no run, or a directory is none.
    """

    def __init__(self, runs: Sequence[Run | str | Path]) -> None:
        if not runs:
            raise UsageError("there is nothing to view; name the directory of a run.")
        paths = [run.path if isinstance(run, Run) else Path(run) for run in runs]
        self.runs = [
            RunIndex(path, label) for path, label in zip(paths, labels_of(paths), strict=True)
        ]
        self._lock = threading.Lock()

    def index(self, state: str = "", *, live: bool = False) -> bytes:
        """Return the list of trajectories as a script: all of it, or what is new.

        Args:
            state: what the page knows already: the state of an earlier list.
            live: whether the page may ask again. Then a list may have but a part of a large
                run, and say that there is more.
        """
        patience = (_NEXT_S if state else _FIRST_S) if live else math.inf
        deadline = time.monotonic() + patience
        with self._lock:
            for run in self.runs:
                run.refresh(deadline)
            since = self._versions(state)
            document = listing(self.runs, since or [0] * len(self.runs))
            document |= {
                "live": live,
                "behind": any(run.behind for run in self.runs),
                "whole": since is None,
                "state": self._state(),
            }
            return script("index", document)

    def data(self, address: str) -> bytes | None:
        """Return one trajectory or one problem as a script; None if there is none there."""
        match = _TRAJECTORY.fullmatch(address) or _PROBLEM.fullmatch(address)
        if match is None or int(match[1]) >= len(self.runs):
            return None
        number = int(match[2])
        with self._lock:
            run = self.runs[int(match[1])]
            name = address.removeprefix("data/").removesuffix(".js")
            if match.re is _PROBLEM:
                document = problem_source(run, number)
            else:
                document = detail(run, run.known[number]) if number < len(run.known) else None
        return None if document is None else script(name, document)

    def addresses(self) -> list[str]:
        """Return the addresses of all data but the list."""
        return [
            address
            for number, run in enumerate(self.runs)
            for address in (
                *(f"data/{number}/{known.number}.js" for known in run.known),
                *(f"data/{number}/problem-{each.number}.js" for each in run.problems.values()),
            )
        ]

    def _state(self) -> str:
        return "-".join(f"{run.epoch}.{run.version}" for run in self.runs)

    def _versions(self, state: str) -> list[int] | None:
        """Return the versions in a state, or None if it is not one of these runs as they are."""
        parts = re.findall(r"([0-9]{1,9})\.([0-9]{1,9})", state)
        if [int(epoch) for epoch, _ in parts] != [run.epoch for run in self.runs]:
            return None
        return [int(version) for _, version in parts]


def script(name: str, value: Any) -> bytes:
    """Return a script that hands a value to the page; what is no Unicode text is replaced."""
    text = f"viewer.receive({_ENCODER.encode(name)},{_ENCODER.encode(value)});\n"
    return text.encode("utf-8", "replace")
