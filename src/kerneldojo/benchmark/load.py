"""Solutions from wherever the caller says."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kerneldojo.benchmark.answers import SolutionSet
from kerneldojo.benchmark.collector import Collector
from kerneldojo.benchmark.folder import collect_folder
from kerneldojo.benchmark.table import collect_jsonl, collect_parquet
from kerneldojo.errors import UsageError
from kerneldojo.problems.gold import GOLD, gold_solution
from kerneldojo.records import Problem

_ADVICE = (
    "Give a folder of solution files, a .jsonl or .parquet file with a solution a row, or 'gold' "
    "for the bundled ones."
)


def load_solutions(
    where: str | Path, problems: Iterable[Problem], limit_kb: int = 1024
) -> SolutionSet:
    """Return the solutions for some problems.

    What cannot be used (a malformed row, a solution of another problem) is among the set's
    complaints, and the rest loads. docs/benchmark.md says how files and columns are named.

    Args:
        where: `gold`, a folder, or a `.jsonl` or `.parquet` file.
        problems: the problems asked for.
        limit_kb: largest source accepted, in units of 1024 bytes.

    Raises:
        UsageError: if there is nothing of the kind there, or it holds no usable solution.
    """
    chosen = list(problems)
    if where == GOLD:
        return gold_set(chosen)
    path = Path(where)
    collector = Collector((problem.name for problem in chosen), limit_kb)
    if path.is_dir():
        collect_folder(path, collector)
    elif not path.is_file():
        raise UsageError(f"There are no solutions at {str(where)!r}. {_ADVICE}")
    elif path.suffix == ".jsonl":
        collect_jsonl(path, collector)
    elif path.suffix == ".parquet":
        collect_parquet(path, collector)
    else:
        raise UsageError(f"{path} is neither a .jsonl nor a .parquet file. {_ADVICE}")
    found = collector.finish()
    if not len(found):
        reasons = "\n  ".join(found.complaints[:10]) or "it is empty"
        raise UsageError(f"{path} holds no solution of the problems asked for:\n  {reasons}")
    return found


def gold_set(problems: Iterable[Problem]) -> SolutionSet:
    """Return the bundled solutions of those problems that have one."""
    found = {problem.name: gold_solution(problem.name) for problem in problems}
    return SolutionSet.of({name: one for name, one in found.items() if one is not None})
