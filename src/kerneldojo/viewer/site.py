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
from kerneldojo.store.steps import TRAINING
from kerneldojo.viewer.detail import detail, problem_source
from kerneldojo.viewer.index import RunIndex
from kerneldojo.viewer.listing import listing
from kerneldojo.viewer.training import ROLLOUTS, VALIDATION, TrainingIndex

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
_INSIDE = re.compile(rf"data/([0-9]{{1,6}})/({ROLLOUTS}|{VALIDATION})-([0-9]{{1,9}})/(.+)")
_INDEX = "data/index.js"
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class Site:
    """What the page reads: a list of trajectories, each of them in full, and the steps of training.

    All data are scripts that hand one value to the page, because scripts are what a page that was
    opened from a folder may load. Trajectories of a step of training are a site of their own, under
    an address of the one they belong to. Threads may share a site.

    Args:
        runs: runs or their directories.
        inside: how the addresses of its data begin, in the site it belongs to.
        curves_only: leave out the trajectories of steps of training.

    Raises:
        UsageError: if there is no run, or a directory is none.
    """

    def __init__(
        self, runs: Sequence[Run | str | Path], inside: str = "", *, curves_only: bool = False
    ) -> None:
        if not runs:
            raise UsageError("there is nothing to view; name the directory of a run.")
        paths = [run.path if isinstance(run, Run) else Path(run) for run in runs]
        self.runs = [
            RunIndex(path, label) for path, label in zip(paths, labels_of(paths), strict=True)
        ]
        self.training = {
            number: TrainingIndex(each.run, trajectories=not curves_only)
            for number, each in enumerate(self.runs)
            if each.run.kind in TRAINING
        }
        self._inside = inside
        # A page that knew another server has to begin anew.
        self._started = time.time_ns() // 1_000_000 % 10**9
        self._sites: dict[str, Site] = {}
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
            for number, run in enumerate(self.runs):
                run.refresh(deadline)
                if number in self.training:
                    self.training[number].refresh()
            since = self._versions(state)
            known = since or [0] * len(self._followed())
            document = listing(self.runs, known[: len(self.runs)])
            newer = zip(self.training.items(), known[len(self.runs) :], strict=True)
            steps = {number: each.document(version) for (number, each), version in newer}
            for number, training in self.training.items():
                document["runs"][number]["bad"] += training.bad_lines
            document |= {
                "training": {number: each for number, each in steps.items() if each},
                "live": live,
                "behind": any(run.behind for run in self.runs),
                "whole": since is None,
                "state": self._state(),
            }
            return script(f"{self._inside}index", document)

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
        return None if document is None else script(f"{self._inside}{name}", document)

    def site(self, address: str) -> tuple[Site, str] | None:
        """Return the site that has the data at an address, and what it calls the address itself.

        None if the address leads into a step of training that has no trajectories.
        """
        match = _INSIDE.fullmatch(address)
        if match is None:
            return self, address
        training = self.training.get(int(match[1]))
        kind, number, rest = match[2], int(match[3]), match[4]
        inside = f"{int(match[1])}/{kind}-{number}/"
        if training is None or not training.has(kind, number):
            return None
        with self._lock:
            if inside not in self._sites:
                self._sites[inside] = Site([training.folder(kind, number)], inside)
        return self._sites[inside], f"data/{rest}"

    def indexes(self) -> list[str]:
        """Return the addresses of all lists: of the runs, and of steps that have trajectories."""
        return [
            _INDEX,
            *(
                f"data/{run}/{kind}-{number}/index.js"
                for run, training in self.training.items()
                for kind in (ROLLOUTS, VALIDATION)
                for number in training.folders(kind)
            ),
        ]

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
        pairs = [(self._started, 0), *((each.epoch, each.version) for each in self._followed())]
        return "-".join(f"{epoch}.{version}" for epoch, version in pairs)

    def _followed(self) -> list[RunIndex | TrainingIndex]:
        return [*self.runs, *self.training.values()]

    def _versions(self, state: str) -> list[int] | None:
        """Return the versions in a state, or None if it is not one of these runs as they are."""
        parts = re.findall(r"([0-9]{1,9})\.([0-9]{1,9})", state)
        epochs = [self._started, *(each.epoch for each in self._followed())]
        if [int(epoch) for epoch, _ in parts] != epochs:
            return None
        return [int(version) for _, version in parts[1:]]


def script(name: str, value: Any) -> bytes:
    """Return a script that hands a value to the page; what is no Unicode text is replaced."""
    text = f"viewer.receive({_ENCODER.encode(name)},{_ENCODER.encode(value)});\n"
    return text.encode("utf-8", "replace")
