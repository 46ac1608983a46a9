"""Gold solutions one at a time and two at a time: how long, and how busy the cores are.

    python -m benchmarks.overlap [--solutions 16] [--rounds 2]

Prints the wall-clock time of both ways and, for each, the share of all cores that was busy while
nobody measured; a measurement needs the machine quiet and is left out. The machine should have
nothing else to do.
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from collections.abc import Callable

import psutil

import kerneldojo as kd
from kerneldojo.problems.gold import gold_solutions

MEASURING = {"lock", "timing", "profile"}


class Busy:
    """Adds up what the cores do while nobody measures."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stages: dict[int, str] = {}
        self._since = self._now()
        self.wall_s = self.busy_s = self.measuring_s = 0.0

    def stage_of(self, number: int) -> Callable[[str], None]:
        """Return the callback that takes one evaluation's stages."""
        return lambda stage: self.enter(number, stage)

    def enter(self, number: int, stage: str) -> None:
        """Close the interval since the last change and open the next."""
        with self._lock:
            measuring = bool(MEASURING & set(self._stages.values()))
            now = self._now()
            wall, busy = (after - before for after, before in zip(now, self._since, strict=True))
            if measuring:
                self.measuring_s += wall
            else:
                self.wall_s += wall
                self.busy_s += busy
            self._since = now
            self._stages[number] = stage

    @property
    def share(self) -> float:
        """Busy share of all cores while nobody measured."""
        return self.busy_s / (self.wall_s * (psutil.cpu_count() or 1))

    @staticmethod
    def _now() -> tuple[float, float]:
        times = psutil.cpu_times()
        return time.monotonic(), sum(times) - times.idle - times.iowait - times.guest


def judge(items: list[tuple[kd.Problem, kd.Solution]], overlap: int) -> tuple[float, Busy]:
    """Return the seconds for all of them and what the cores did."""
    with kd.Evaluator(overlap=overlap) as evaluator:
        # referees are warm before the clock starts
        warm = [evaluator.submit(*items[0]) for _ in range(overlap)]
        for future in warm:
            future.result()
        busy, start = Busy(), time.monotonic()
        futures = []
        for number, (problem, solution) in enumerate(items):
            future = evaluator.submit(problem, solution, busy.stage_of(number))
            future.add_done_callback(lambda _, number=number: busy.enter(number, "done"))
            futures.append(future)
        for future in futures:
            assert future.result().status is kd.Status.CORRECT, future.result().error
        return time.monotonic() - start, busy


def main() -> None:
    """Print both ways, interleaved."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--solutions", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    items = [(kd.load_problem(name), gold) for name, gold in gold_solutions().items()]
    items = items[: options.solutions]
    seconds: dict[int, list[float]] = {1: [], 2: []}
    shares: dict[int, list[float]] = {1: [], 2: []}
    measuring: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(options.rounds):
        for overlap in (1, 2):
            spent, busy = judge(items, overlap)
            seconds[overlap].append(spent)
            shares[overlap].append(busy.share)
            measuring[overlap].append(busy.measuring_s)
    print(f"{'at a time':>9} {'seconds':>8} {'of it measuring':>16} {'cores busy otherwise':>21}")
    for overlap in (1, 2):
        print(
            f"{overlap:>9} {statistics.median(seconds[overlap]):8.1f} "
            f"{statistics.median(measuring[overlap]):14.1f} s "
            f"{statistics.median(shares[overlap]):20.0%}"
        )
    ratio = statistics.median(a / b for a, b in zip(seconds[1], seconds[2], strict=True))
    print(f"two at a time: {ratio:.2f} × the throughput (n = {options.rounds} rounds)")


if __name__ == "__main__":
    main()
