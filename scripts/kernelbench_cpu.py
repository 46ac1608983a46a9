"""Run KernelBench's references scaled down for a CPU, and write down what becomes of each.

    python scripts/kernelbench_cpu.py --kernelbench KERNELBENCH --out TABLE.md

Each reference runs in a process of its own, under a time and a memory limit, on one thread. This
is the check of `kerneldojo.problems.scaling`, which itself runs nothing. These are somebody's
files and they are run without a sandbox: give it only a clone you trust.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from kerneldojo.problems import load_problems
from kerneldojo.records import Problem

MEMORY_GB = 12
_CHANGE = re.compile(r"(\S+) (\d+) → (\d+)")


@dataclass(frozen=True)
class Row:
    """What became of one problem."""

    problem: str
    original: str
    scaled: str
    seconds: float | None
    megabytes: float | None
    outcome: str

    def __str__(self) -> str:
        seconds = "–" if self.seconds is None else f"{self.seconds:.3f}"
        memory = "–" if self.megabytes is None else f"{self.megabytes:.0f}"
        return (
            f"| {self.problem} | {self.original} | {self.scaled} | {seconds} | {memory} "
            f"| {self.outcome} |"
        )


def call(problem: Problem, answers: Connection) -> None:
    """Build the reference, call it twice, and send the second call's seconds or what failed."""
    limit = MEMORY_GB << 30
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    torch.set_num_threads(1)
    torch.manual_seed(0)
    try:
        names: dict[str, Any] = {"__name__": "reference"}
        exec(compile(problem.source, problem.name, "exec"), names)
        model = names["Model"](*names["get_init_inputs"]()).eval()
        with torch.no_grad():
            model(*names["get_inputs"]())
            inputs = names["get_inputs"]()
            start = time.perf_counter()
            output = model(*inputs)
            seconds = time.perf_counter() - start
        answers.send((seconds, check(output), memory_mb()))
    except Exception as error:
        answers.send((None, f"{type(error).__name__}: {str(error).splitlines()[0][:120]}", None))


def memory_mb() -> float:
    """Return the most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def check(output: Any) -> str:
    """Say what is odd about an output, or `ok`."""
    tensors = output if isinstance(output, (tuple, list)) else [output]
    for tensor in tensors:
        if not isinstance(tensor, torch.Tensor) or tensor.numel() == 0:
            return "no output"
        if tensor.is_floating_point() and not tensor.isfinite().all():
            return "ok, not finite everywhere"
    return "ok"


def judge(problem: Problem, limit_s: float) -> Row:
    """Run one scaled problem in a process of its own."""
    changes = _CHANGE.findall(problem.metadata.description)
    original = ", ".join(f"{name} {old}" for name, old, _ in changes) or "unchanged"
    scaled = ", ".join(new for _, _, new in changes) or "–"
    fork = multiprocessing.get_context("fork")  # PyTorch is imported, and no thread runs yet
    mine, theirs = fork.Pipe(duplex=False)
    process = fork.Process(target=call, args=(problem, theirs), daemon=True)
    process.start()
    theirs.close()
    seconds, outcome, memory = None, f"longer than {limit_s:.0f} s", None
    try:
        if mine.poll(limit_s):
            seconds, outcome, memory = mine.recv()
    except EOFError:
        outcome = "killed: out of memory"
    process.kill()
    process.join()
    return Row(
        problem.name.removeprefix("kernelbench/"), original, scaled, seconds, memory, outcome
    )


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    heads = ("problem", "original sizes", "scaled", "s per call", "MB", "outcome")
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads), *map(str, rows)]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run what is asked for; return 1 if a reference did not run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sources", nargs="*", default=["kernelbench/level1", "kernelbench/level2"])
    parser.add_argument("--kernelbench", required=True, type=Path)
    parser.add_argument("--limit-s", type=float, default=120.0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    sources = [f"{source}@cpu" for source in options.sources]
    loaded = load_problems(sources, kernelbench_root=options.kernelbench)
    rows = [Row(refusal.where, "", "", None, None, refusal.reason) for refusal in loaded.refused]
    for problem in loaded.problems:
        rows.append(judge(problem, options.limit_s))
        print(rows[-1], flush=True)
    ran = [row for row in rows if row.seconds is not None]
    print(f"{len(ran)} of {len(rows)} ran", file=sys.stderr)
    if options.out:
        options.out.write_text(table(rows), encoding="utf-8")
    return int(len(ran) < len(rows))


if __name__ == "__main__":
    sys.exit(main())
