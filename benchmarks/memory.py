"""How much memory a referee, its zygote and one player take together.

    python -m benchmarks.memory [--problem suite/norm/layer_norm]

Proportional set size (shared pages counted once, split among those who share them) of all
processes, looked at every 20 ms during an evaluation; prints the largest sum and the limit.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

import kerneldojo as kd

_LIMIT_GB = 1.2
_EVERY_S = 0.02
_EXAMPLES = Path(__file__).parents[1] / "examples"


def main() -> None:
    """Print the peak."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problem", default="suite/norm/layer_norm")
    problem = kd.load_problem(parser.parse_args().problem)
    folder = _EXAMPLES / problem.name.removeprefix("suite/").replace("/", "_")
    for name, workloads in (("as bundled", None), ("smallest workload only", slice(-1, None))):
        task = problem
        if workloads is not None:
            kept = problem.metadata.workloads[workloads]
            metadata = problem.metadata.model_copy(update={"workloads": kept})
            task = problem.model_copy(update={"metadata": metadata})
        peak = _peak(task, folder / "honest_cpp.py")
        print(f"{name:<24} {peak / 1e9:5.2f} GB at most  (limit {_LIMIT_GB} GB)")


def _peak(problem: kd.Problem, path: Path) -> int:
    with kd.Evaluator() as evaluator:
        watcher = _Watcher(lambda: _descendants(os.getpid()))
        evaluation = evaluator.evaluate(problem, path)
        peak = watcher.stop()
    assert evaluation.status is kd.Status.CORRECT, evaluation
    return peak


class _Watcher:
    """Looks at a set of processes regularly and keeps the largest sum."""

    def __init__(self, processes: Callable[[], list[int]]) -> None:
        self._processes = processes
        self._peak = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._done.wait(_EVERY_S):
            self._peak = max(self._peak, sum(map(_proportional, self._processes())))

    def stop(self) -> int:
        """Return the peak in bytes."""
        self._done.set()
        self._thread.join()
        return self._peak


def _proportional(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def _descendants(root: int) -> list[int]:
    parents: dict[int, int] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, IndexError):
                text = Path(f"/proc/{entry}/stat").read_text()
                parents[int(entry)] = int(text[text.rindex(")") + 2 :].split()[1])
    found, frontier = [], [root]
    while frontier:
        parent = frontier.pop()
        children = [pid for pid, its_parent in parents.items() if its_parent == parent]
        found += children
        frontier += children
    return found


if __name__ == "__main__":
    main()
