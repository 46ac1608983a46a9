"""Sixteen solutions of one problem as a group: what the reference costs, once.

    python -m benchmarks.group [--problem suite/norm/layer_norm] [--solutions 16]

The same solutions are judged by one evaluator, and each by an evaluator whose referee is warm
but has not seen the problem. Prints the time spent on the reference and in all.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import kerneldojo as kd
from kerneldojo.evaluation.referee.referee import Referee
from kerneldojo.settings import EvaluationSettings

_EXAMPLES = Path(__file__).parents[1] / "examples"


def main() -> None:
    """Print the figures of both ways."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problem", default="suite/norm/layer_norm")
    parser.add_argument("--solutions", type=int, default=16)
    options = parser.parse_args()
    problem = kd.load_problem(options.problem)
    folder = _EXAMPLES / options.problem.removeprefix("suite/").replace("/", "_")
    source = (folder / "honest_cpp.py").read_text()
    solutions = [kd.load_solution(f"{source}\n# {i}\n") for i in range(options.solutions)]
    settings = EvaluationSettings()
    shared = _judge(problem, solutions, settings, together=True)
    apart = _judge(problem, solutions, settings, together=False)
    print(f"{'':<12} {'reference, first':>17} {'reference, others':>18} {'whole, median':>14}")
    for name, rows in (("group", shared), ("one by one", apart)):
        first, others = rows[0][0], statistics.median(row[0] for row in rows[1:])
        whole = statistics.median(row[1] for row in rows)
        print(f"{name:<12} {first * 1e3:14.1f} ms {others * 1e3:15.1f} ms {whole:12.2f} s")
    total = [sum(row[1] for row in rows) for rows in (apart, shared)]
    print(f"{len(solutions)} solutions: {total[0]:.1f} s one by one, {total[1]:.1f} s as a group")


def _judge(
    problem: kd.Problem,
    solutions: list[kd.Solution],
    settings: EvaluationSettings,
    *,
    together: bool,
) -> list[tuple[float, float]]:
    """Return (seconds on the reference, seconds in all) of each evaluation."""
    rows = []
    referee = Referee()
    referee.warm()
    for index, solution in enumerate(solutions):
        # another name for the same seedless settings makes the referee start a new session
        own = settings if together else settings.model_copy(update={"seed": f"{index:032x}"})
        start = time.perf_counter()
        evaluation = referee.evaluate(problem, solution, own)
        spent = time.perf_counter() - start
        assert evaluation.status is kd.Status.CORRECT, evaluation
        rows.append((evaluation.costs.stages["reference"], spent))
    referee.close()
    return rows


if __name__ == "__main__":
    main()
