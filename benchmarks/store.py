"""What keeping and finding verdicts costs, beside the plainest way to do the same.

    python -m benchmarks.store [--evaluations N]

Run directories are compared with appending to and parsing a plain file, the cache with a plain
SQLite table of the same uncompressed text. The last column is ours ÷ plain: below 1 is faster.
Seconds are those of the processor, so that other work on the machine does not show.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from kerneldojo.records import Entry, Evaluation, Language, Problem, Solution
from kerneldojo.store import Cache, Run
from tests.cli import samples

PROBLEMS = [Problem(name=f"suite/family/{n}", source=f"problem {n}") for n in range(100)]


def questions(count: int) -> list[tuple[Problem, Solution]]:
    return [
        (
            PROBLEMS[number % len(PROBLEMS)],
            Solution(source=f"solution {number}", language=Language.TRITON),
        )
        for number in range(count)
    ]


def verdict(problem: Problem, solution: Solution) -> Evaluation:
    """Return a timed and profiled verdict with twelve trials: about 2.5 kB of JSON."""
    sample = samples.correct()
    assert sample.correctness is not None
    trials = (*sample.correctness.trials, *sample.correctness.trials[:4])
    return sample.model_copy(
        update={
            "problem": problem.name,
            "problem_digest": problem.digest,
            "solution_digest": solution.digest,
            "correctness": sample.correctness.model_copy(update={"trials": trials}),
        }
    )


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def show(what: str, count: int, ours: float, plain: float) -> None:
    print(
        f"{what:<34} {count / ours:>10,.0f} /s {count / plain:>10,.0f} /s"
        f" {ours:>8.2f} s {ours / plain:>8.2f}×",
        flush=True,
    )


def bench_run(folder: Path, evaluations: list[Evaluation], asked: Iterable[Entry]) -> None:
    count = len(evaluations)
    lines = [evaluation.model_dump_json() for evaluation in evaluations]
    plain = folder / "plain.jsonl"

    def append_plainly() -> None:
        with plain.open("w") as file:
            for evaluation in evaluations:
                file.write(evaluation.model_dump_json() + "\n")
                file.flush()

    def append() -> None:
        with Run.create(folder / "run", "bench", {}) as run:
            for evaluation in evaluations:
                run.add(evaluation)

    show("append", count, seconds(append), seconds(append_plainly))
    with Run.resume(folder / "run", "bench", {}) as run:
        for problem in PROBLEMS:
            run.add(problem)
        for entry in asked:
            run.add(entry)
    run = Run.open(folder / "run")
    parse = seconds(lambda: [json.loads(line) for line in plain.open()])
    show("outcomes(), against json.loads", count, seconds(run.outcomes), parse)
    show("rows(), against json.loads", count, seconds(lambda: list(run.rows())), parse)
    whole = seconds(lambda: [Evaluation.from_json(line) for line in lines])
    records = seconds(lambda: sum(1 for _ in run.evaluations()))
    show("evaluations(), against from_json", count, records, whole)
    show("evaluations_frame()", count, seconds(run.evaluations_frame), parse)


def bench_cache(folder: Path, evaluations: list[Evaluation]) -> None:
    count = len(evaluations)
    keys = [f"{number:032x}" for number in range(count)]
    others = [f"{number:032x}" for number in range(count, 2 * count)]
    cache = Cache(folder / "cache.sqlite", 4096)
    plain = sqlite3.connect(folder / "plain.sqlite", isolation_level=None)
    plain.execute("PRAGMA journal_mode = WAL")
    plain.execute("PRAGMA synchronous = NORMAL")
    plain.execute("CREATE TABLE kept (key BLOB PRIMARY KEY, value TEXT)")

    def put_plainly() -> None:
        for key, evaluation in zip(keys, evaluations, strict=True):
            text = evaluation.model_dump_json()
            plain.execute("INSERT INTO kept VALUES (?, ?)", (bytes.fromhex(key), text))

    def put() -> None:
        for key, evaluation in zip(keys, evaluations, strict=True):
            cache.put(key, evaluation)

    def look_plainly(wanted: list[str]) -> None:
        for key in wanted:
            query = "SELECT value FROM kept WHERE key = ?"
            found = plain.execute(query, (bytes.fromhex(key),)).fetchone()
            if found is not None:
                Evaluation.model_validate_json(found[0])

    def look(wanted: list[str]) -> None:
        for key in wanted:
            cache.get(key)

    show("cache put", count, seconds(put), seconds(put_plainly))
    hits, plainly = seconds(lambda: look(keys)), seconds(lambda: look_plainly(keys))
    show("cache hit", count, hits, plainly)
    misses, plainly = seconds(lambda: look(others)), seconds(lambda: look_plainly(others))
    show("cache miss", count, misses, plainly)
    cache.close()
    plain.close()
    sizes = [(folder / name).stat().st_size for name in ("cache.sqlite", "plain.sqlite")]
    print(
        f"{'bytes for each verdict':<34} {sizes[0] / count:>10,.0f}    {sizes[1] / count:>10,.0f}"
        f"   {'':>10} {sizes[0] / sizes[1]:>8.2f}×"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--evaluations", type=int, default=20_000)
    count = parser.parse_args().evaluations
    asked = questions(count)
    evaluations = [verdict(problem, solution) for problem, solution in asked]
    entries = [
        Entry(
            problem=problem.name,
            problem_digest=problem.digest,
            solution_digest=solution.digest,
            sample=number // len(PROBLEMS),
        )
        for number, (problem, solution) in enumerate(asked)
    ]
    print(f"{count:,} evaluations of {len(evaluations[0].model_dump_json()):,} bytes\n")
    print(f"{'':<34} {'ours':>13} {'plain':>13} {'ours':>10} {'ratio':>9}")
    with tempfile.TemporaryDirectory() as folder:
        bench_run(Path(folder), evaluations, entries)
        bench_cache(Path(folder), evaluations)


if __name__ == "__main__":
    main()
