"""Coverage seen from outside: where the player's threads are when we freeze it.

At random moments of extra, untimed calls the player is frozen and the kernel is asked for
each running thread's program counter. Code in the player's scratch folder can only be the
solution's own; PyTorch's libraries are library time, but for the mathematical functions that
both call (see borrowed.py); the interpreter with PyTorch's bindings, the C library and waiting
threads count for neither. The solution has no part in this figure.
"""

from __future__ import annotations

import os
import random
import shutil
import stat
import subprocess
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from kerneldojo.evaluation.referee import borrowed
from kerneldojo.evaluation.referee.borrowed import Extent
from kerneldojo.evaluation.referee.cases import Case
from kerneldojo.evaluation.referee.freezer import Position, ProcessGone
from kerneldojo.evaluation.referee.loading import Reply, Subject
from kerneldojo.evaluation.referee.player_process import WAITING, Mapping, Player

_LIBRARIES = (
    "/torch/lib/",
    "libmkl",
    "libopenblas",
    "libblas",
    "/numpy/",
    "/numpy.libs/",
    "/scipy/",
)
_BINDINGS = ("/torch/lib/libtorch_python", "/torch/lib/libc10")
"""What Python calls PyTorch through; it computes nothing."""
_MOST_CALLS = 40
_LEAST_RUN_NS = 30_000
"""A thread that had a core for less since it was last seen is seen where it was: it waits."""
_BETWEEN_S = 0.0001
_NM_S = 10.0
_ENTRY = "launch."
"""What the entry point of a compiled Triton kernel is called, before the kernel's name."""


@dataclass
class Samples:
    """Counted observations."""

    own: int = 0
    library: int = 0
    symbols: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Observations that count."""
        return self.own + self.library

    @property
    def coverage(self) -> float | None:
        """Share of the solution's own code, None without observations."""
        return self.own / self.total if self.total else None


class Sampler:
    """Freezes a player during calls and notes where it computes."""

    def __init__(self, subject: Subject, latency_ms: float) -> None:
        self._subject = subject
        self._latency_s = latency_ms / 1e3
        self._rng = random.SystemRandom()
        self._seen: list[tuple[int, ...]] = []
        self._borrowed: list[Extent] = []
        self._ran: dict[str, int] = {}

    def sample(
        self, case: Case, wanted: int, budget_s: float, check: Callable[[Reply], None]
    ) -> Samples:
        """Run calls until enough was seen or the budget is spent; each answer is checked."""
        player = self._subject.player
        deadline = time.monotonic() + budget_s
        self._borrowed = borrowed.extents(player.mappings())
        player.sampler = self._during_call
        try:
            enough = wanted
            for _ in range(_MOST_CALLS):
                check(self._subject.call(case, "profiling"))
                if time.monotonic() > deadline:
                    break
                if len(self._seen) >= enough:  # telling whose they are takes as long as a call
                    missing = wanted - _classify(self._seen, self._borrowed, player)[0].total
                    if missing <= 0:
                        break
                    enough = len(self._seen) + missing
        finally:
            player.sampler = None
        samples, own = _classify(self._seen, self._borrowed, player)
        samples.symbols = _symbols(own, player)
        return samples

    def _during_call(self, player: Player) -> None:
        """Look once at a random moment of a short call, repeatedly in a long one.

        Looks start within one interval of the call's beginning, lest its end be seen more often.
        """
        time.sleep(self._rng.random() * min(self._latency_s, 2 * _BETWEEN_S))
        while not player.answering():
            try:
                player.frozen.freeze()
                self._seen += [
                    self._look(player, at)
                    for at in player.frozen.positions()
                    if self._has_moved(player, at.task)
                ]
                player.frozen.thaw()
            except ProcessGone:
                return
            time.sleep(_BETWEEN_S * (0.5 + self._rng.random()))

    def _has_moved(self, player: Player, task: str) -> bool:
        """Whether a thread has had a core since it was last seen, on a machine that is busy."""
        ran = player.frozen.run_time_ns(task)
        if ran is None:
            return True
        moved = ran - self._ran.get(task, 0) >= _LEAST_RUN_NS
        if moved:
            self._ran[task] = ran
        return moved

    def _look(self, player: Player, at: Position) -> tuple[int, ...]:
        """Return a thread's program counter; in borrowed code, what may be return addresses."""
        if any(extent.holds(at.counter) for extent in self._borrowed):
            return borrowed.return_addresses(player.pid, at)
        return (at.counter,)


def _classify(
    seen: list[tuple[int, ...]], elsewhere: list[Extent], player: Player
) -> tuple[Samples, list[tuple[int, Mapping]]]:
    """Count each thread seen for whoever its first address of consequence belongs to."""
    land = _Land(player, elsewhere)
    samples = Samples()
    own: list[tuple[int, Mapping]] = []
    for addresses in seen:
        for address in addresses:
            mapping = land.mapping(address)
            party = land.owner(mapping) if mapping is not None else None
            if mapping is None or party is None:
                continue
            if party is _Owner.SOLUTION:
                own.append((address, mapping))
            elif party is _Owner.LIBRARY:
                samples.library += 1
            break
    samples.own = len(own)
    return samples, own


class _Owner(Enum):
    SOLUTION = "solution"
    LIBRARY = "library"
    NOBODY = "nobody"


class _Land:
    """A player's executable memory, and whose it is."""

    def __init__(self, player: Player, elsewhere: list[Extent]) -> None:
        self._mappings = [mapping for mapping in player.mappings() if mapping.executable]
        self._starts = [mapping.low for mapping in self._mappings]
        self._scratch = player.scratch_device()
        self._elsewhere = elsewhere

    def mapping(self, address: int) -> Mapping | None:
        """Return the mapping an address of code lies in; None for data and borrowed code."""
        index = bisect_right(self._starts, address) - 1
        if index < 0 or address >= self._mappings[index].high:
            return None
        if any(extent.holds(address) for extent in self._elsewhere):
            return None
        return self._mappings[index]

    def owner(self, mapping: Mapping) -> _Owner | None:
        """Return whose code a mapping holds, None if it tells nothing."""
        if any(part in mapping.path for part in WAITING + _BINDINGS):
            return _Owner.NOBODY
        if mapping.device == self._scratch and mapping.path:
            return _Owner.SOLUTION
        if not mapping.path or any(part in mapping.path for part in _LIBRARIES):
            return _Owner.LIBRARY  # code without a file is what library code generators make
        return None


def _symbols(own: list[tuple[int, Mapping]], player: Player) -> Counter[str]:
    """Name the functions the counters fall into, as far as `nm` can tell."""
    names: Counter[str] = Counter()
    tables: dict[str, list[tuple[int, str]]] = {}
    base: dict[str, int] = {}
    for mapping in player.mappings():
        base.setdefault(mapping.path, mapping.low)
    for counter, mapping in own:
        if mapping.path not in tables:
            tables[mapping.path] = _table(mapping.path, player)
        table = tables[mapping.path]
        index = bisect_right(table, (counter - base[mapping.path], "\uffff")) - 1
        name = table[index][1] if index >= 0 else "own code"
        names[name.partition("._omp_fn")[0].partition(".")[0]] += 1
    return names


def _table(path: str, player: Player) -> list[tuple[int, str]]:
    """Return (address, name) of a library's functions; the file is the player's, hence hostile."""
    nm = shutil.which("nm")
    inside = path if path.startswith("/tmp") else f"/tmp{path}"
    file = f"/proc/{player.pid}/root{inside}"
    try:
        if nm is None or not stat.S_ISREG(os.lstat(file).st_mode):
            return []
        listing = subprocess.run(
            [nm, "--defined-only", file],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_NM_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    rows = (line.split() for line in listing.stdout.splitlines())
    table = sorted(
        (int(row[0], 16), row[2][:80]) for row in rows if len(row) == 3 and row[1] in "tTwW"
    )
    kernels = [name.removeprefix(_ENTRY) for _, name in table if name.startswith(_ENTRY)]
    return [(0, kernels[0])] if kernels else table
