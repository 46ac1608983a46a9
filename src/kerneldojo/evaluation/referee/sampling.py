"""Coverage seen from outside: where the player's threads are when we freeze it.

At random moments of extra, untimed calls the player is frozen and the kernel is asked for
each running thread's program counter. Code in the player's scratch folder can only be the
solution's own; PyTorch's libraries are library time; the interpreter, the C library and
waiting threads count for neither. The solution has no part in this figure.
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

from kerneldojo.evaluation.referee.cases import Case
from kerneldojo.evaluation.referee.freezer import ProcessGone
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
_MOST_CALLS = 40
_BETWEEN_S = 0.0001
_NM_S = 10.0


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
        self._counters: list[int] = []

    def sample(
        self, case: Case, wanted: int, budget_s: float, check: Callable[[Reply], None]
    ) -> Samples:
        """Run calls until enough was seen or the budget is spent; each answer is checked."""
        player = self._subject.player
        deadline = time.monotonic() + budget_s
        player.sampler = self._during_call
        try:
            for _ in range(_MOST_CALLS):
                check(self._subject.call(case, "profiling"))
                samples, own = _classify(self._counters, player)
                if samples.total >= wanted or time.monotonic() > deadline:
                    break
        finally:
            player.sampler = None
        samples.symbols = _symbols(own, player)
        return samples

    def _during_call(self, player: Player) -> None:
        """Look once at a random moment of a short call, repeatedly in a long one."""
        time.sleep(self._rng.random() * self._latency_s)
        while not player.answering():
            try:
                player.frozen.freeze()
                self._counters += player.frozen.program_counters()
                player.frozen.thaw()
            except ProcessGone:
                return
            time.sleep(_BETWEEN_S * (0.5 + self._rng.random()))


def _classify(counters: list[int], player: Player) -> tuple[Samples, list[tuple[int, Mapping]]]:
    mappings = [mapping for mapping in player.mappings() if mapping.executable]
    starts = [mapping.low for mapping in mappings]
    scratch = player.scratch_device()
    samples = Samples()
    own: list[tuple[int, Mapping]] = []
    for counter in counters:
        index = bisect_right(starts, counter) - 1
        if index < 0 or counter >= mappings[index].high:
            continue
        mapping = mappings[index]
        if any(part in mapping.path for part in WAITING):
            continue
        if mapping.device == scratch and mapping.path:
            own.append((counter, mapping))
        elif not mapping.path or any(part in mapping.path for part in _LIBRARIES):
            samples.library += 1  # code without a file is what library code generators make
    samples.own = len(own)
    return samples, own


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
    return sorted(
        (int(row[0], 16), row[2][:80]) for row in rows if len(row) == 3 and row[1] in "tTwW"
    )
