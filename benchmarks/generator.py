"""How long it takes to generate problems, beside writing as many bytes to files.

python -m benchmarks.generator [--count 10000] [--split train]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

from kerneldojo.problems.generator import generate_many
from kerneldojo.records import Problem


def main() -> None:
    """Print times, rates and how many problems have which difficulty."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--split", default="train")
    options = parser.parse_args()

    started, busy = time.perf_counter(), time.process_time()
    problems = list(generate_many(options.split, range(options.count)))
    elapsed, busy = time.perf_counter() - started, time.process_time() - busy
    distinct = len({problem.source for problem in problems})
    assert distinct == len(problems), f"{len(problems) - distinct} problems twice"
    print(
        f"generated  {len(problems):,} problems of {options.split}, {distinct:,} distinct sources"
    )
    print(f"           {elapsed:.2f} s, {busy:.2f} s of them on a core")
    print(f"           {len(problems) / elapsed:,.0f} problems/s")
    written, size = _write(problems)
    print(
        f"written    {size / 1e6:.1f} MB in {written:.2f} s, {len(problems) / written:,.0f} files/s"
    )
    tags = Counter(tag for problem in problems for tag in problem.metadata.tags)
    for tag in sorted(tag for tag in tags if tag.startswith(("difficulty", "fused", "held"))):
        print(f"           {tags[tag] / len(problems):6.1%} {tag}")


def _write(problems: list[Problem]) -> tuple[float, int]:
    """Return the seconds a plain write of all sources takes, and their bytes."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        size = 0
        for number, problem in enumerate(problems):
            size += (Path(folder) / f"{number}.py").write_bytes(problem.source.encode())
        return time.perf_counter() - started, size


if __name__ == "__main__":
    main()
