"""How long the report on 20,000 evaluations takes, and how large it is.

    python benchmarks/report.py [EVALUATIONS]

Prints seconds and megabytes of every format. What a report takes is set against merely reading
the run's evaluations, which any program that looks at all of them has to do.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from kerneldojo.reporting import report
from kerneldojo.store import Run
from tests.reporting.synthetic import write_run

SAMPLES = 20
T = TypeVar("T")


def main() -> None:
    evaluations = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as folder:
        run = write_run(Path(folder) / "run", max(evaluations // SAMPLES, 1), SAMPLES)
        size = sum(file.stat().st_size for file in run.path.iterdir()) / 1e6
        count, reading = timed(lambda: sum(1 for _ in Run.open(run.path).evaluations()))
        print(f"{count:,} evaluations, {size:.1f} MB")
        print(f"{'read':8} {reading:6.2f} s")
        for suffix in ("html", "md", "csv", "json"):
            path = Path(folder) / f"report.{suffix}"
            _, seconds = timed(lambda path=path: report([run.path], path))
            print(
                f"{suffix:8} {seconds:6.2f} s  {path.stat().st_size / 1e6:5.2f} MB"
                f"  {seconds / reading:.1f} × reading"
            )


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Return what some work gives, and the seconds it took."""
    started = time.perf_counter()
    value = work()
    return value, time.perf_counter() - started


if __name__ == "__main__":
    main()
