"""How many attacks are caught, and how many honest look-alikes are accused.

    python -m benchmarks.detection [--json FILE]

Judges the whole corpus under tests/attacks: attacks as they are, C++ attacks once more with
their source veiled (so that static rules see nothing), and benign look-alikes.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path

import kerneldojo as kd
from kerneldojo.settings import EvaluationSettings, TimingPlan
from tests.attacks.corpus import Entry, attacks, benign

_SETTINGS = EvaluationSettings(timing=TimingPlan(budget_s=0.4, min_pairs=5, max_pairs=9))


def main() -> None:
    """Print a table by class."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="also write every verdict to this file")
    target = parser.parse_args().json
    veiled = [entry for entry in attacks() if entry.language == "cpp" and _dynamic(entry)]
    runs = [("attacks", attacks(), False), ("veiled", tuple(veiled), True)]
    rows: list[dict[str, object]] = []
    start = time.perf_counter()
    with kd.Evaluator(_SETTINGS) as evaluator:
        for name, entries, hide in [*runs, ("benign", benign(), False)]:
            for entry in entries:
                solution = entry.veiled if hide else entry.solution
                evaluation = evaluator.evaluate(kd.load_problem(entry.problem), solution)
                right = evaluation.status in entry.statuses
                rows.append(
                    {"run": name, "id": entry.id, "status": evaluation.status, "right": right}
                )
    _print(rows)
    print(f"{len(rows)} evaluations in {time.perf_counter() - start:.0f} s")
    if target is not None:
        target.write_text("".join(json.dumps(row) + "\n" for row in rows))


def _dynamic(entry: Entry) -> bool:
    return entry.guards != frozenset({"static"})


def _print(rows: list[dict[str, object]]) -> None:
    total: Counter[tuple[str, str]] = Counter()
    right: Counter[tuple[str, str]] = Counter()
    for row in rows:
        key = (str(row["run"]), str(row["id"]).partition("/")[0])
        total[key] += 1
        right[key] += bool(row["right"])
    print(f"{'run':<10} {'class':<12} {'as expected':>12} {'of':>5}")
    for run, group in total:
        print(f"{run:<10} {group:<12} {right[run, group]:>12} {total[run, group]:>5}")
    for row in rows:
        if not row["right"]:
            print(f"not as expected: {row['run']} {row['id']} {row['status']}")


if __name__ == "__main__":
    main()
