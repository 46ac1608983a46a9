"""Evaluations per second: fresh solutions, repeated ones, and what a training step asks for.

    python -m benchmarks.evaluations [--problems 8] [--group 8] [--baseline 3]

Generated problems of the training size, with a budget of 0.4 s for timing. `fresh` judges
solutions that nobody has judged before, one for each problem; `repeated` judges the same again. A
training step has a group of answers to each problem: a quarter of them new texts, the rest
repetitions, as a policy that has begun to be sure of itself gives them. Each is measured with and
without the evaluation cache, by one warm evaluator; and against one `kerneldojo eval` per
evaluation, which starts from nothing.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import kerneldojo as kd
from kerneldojo.problems.generator import (
    Generator,
    Grammar,
    Layout,
    render_fused_triton,
    render_lazy_triton,
)
from kerneldojo.records import Language, Solution
from kerneldojo.settings import EvaluationSettings, TimingPlan, Trials

SETTINGS = EvaluationSettings(
    target="cpu",
    timing=TimingPlan(budget_s=0.4, warmup=2, max_pairs=20),
    trials=Trials(seeds=1, distributions=False),
)
_GRAMMAR = Grammar(
    name="dojo",
    layouts=(Layout((256,), 512), Layout((512,), 512)),
    precisions={"float32": 1},
    depths={2: 1, 3: 2, 4: 2},
    heads={"plain": 1},
)
_NEW_TEXTS = 4
"""One answer in so many of a training step has not been seen before."""
Question = tuple[kd.Problem, Solution]


def main() -> None:
    """Print evaluations per second and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problems", type=int, default=8)
    parser.add_argument("--group", type=int, default=8, help="answers to a problem in a step")
    parser.add_argument("--baseline", type=int, default=3, help="evaluations from nothing")
    options = parser.parse_args()
    fresh = _questions(options.problems, 1, "fresh")
    step = _questions(options.problems, options.group, "step")
    single = _from_nothing(fresh[: options.baseline])
    print(f"one process per evaluation  {single:8.2f} evaluations/s")
    asked = {"fresh": fresh, "repeated": fresh, "step": step}
    with kd.Evaluator(SETTINGS) as evaluator:
        uncached = _rates(evaluator, asked)
    with (
        tempfile.TemporaryDirectory() as folder,
        kd.Evaluator(SETTINGS, cache=Path(folder) / "verdicts.sqlite") as evaluator,
    ):
        cached = _rates(evaluator, asked)
    print(f"{'':<12} {'n':>4} {'uncached/s':>11} {'cached/s':>11} {'ratio':>8} {'to nothing':>11}")
    for name, questions in asked.items():
        print(
            f"{name:<12} {len(questions):4d} {uncached[name]:11.2f} {cached[name]:11.2f} "
            f"{cached[name] / uncached[name]:6.1f} x {cached[name] / single:9.1f} x"
        )


def _questions(problems: int, group: int, purpose: str) -> list[Question]:
    """Return `group` answers to each of some problems; a comment makes a text a new one."""
    generator = Generator(_GRAMMAR, seed=1, part="train")
    texts = max(1, group // _NEW_TEXTS)
    found = []
    for number in range(problems):
        problem, program = generator.problem(number), generator.program(number)
        sources = [
            text for text in (render_fused_triton(program), render_lazy_triton(program)) if text
        ]
        answers = [
            Solution(
                source=f"{sources[text % len(sources)]}\n# {purpose} {text}\n",
                language=Language.TRITON,
            )
            for text in range(texts)
        ]
        found += [(problem, answers[sample % texts]) for sample in range(group)]
    return found


def _rates(evaluator: kd.Evaluator, asked: dict[str, list[Question]]) -> dict[str, float]:
    """Return verdicts per second of each set of questions, by an evaluator that is warm."""
    _rate(evaluator, _questions(1, 1, "warm-up"))
    return {name: _rate(evaluator, questions) for name, questions in asked.items()}


def _rate(evaluator: kd.Evaluator, questions: Sequence[Question]) -> float:
    """Return verdicts per second when all questions are asked at once."""
    start = time.perf_counter()
    futures = [evaluator.submit(problem, solution) for problem, solution in questions]
    for future in futures:
        evaluation = future.result()
        assert evaluation.status.judged, evaluation
    return len(questions) / (time.perf_counter() - start)


def _from_nothing(questions: Sequence[Question]) -> float:
    """Return verdicts per second when each has a command of its own."""
    plan = SETTINGS.timing
    options = {
        "timing.budget_s": plan.budget_s,
        "timing.warmup": plan.warmup,
        "timing.max_pairs": plan.max_pairs,
        "trials.seeds": SETTINGS.trials.seeds,
        "trials.distributions": str(SETTINGS.trials.distributions).lower(),
    }
    told = [f"--set=evaluation.{name}={value}" for name, value in options.items()]
    spent = 0.0
    with tempfile.TemporaryDirectory() as folder:
        task, answer = Path(folder) / "problem.py", Path(folder) / "solution.py"
        for problem, solution in questions:
            task.write_text(problem.source)
            answer.write_text(solution.source)
            command = [sys.executable, "-m", "kerneldojo", "eval", str(task), str(answer)]
            start = time.perf_counter()
            subprocess.run(
                [*command, "--language=triton", "--target=cpu", *told],
                stdout=subprocess.DEVNULL,
                check=True,
            )
            spent += time.perf_counter() - start
    return len(questions) / spent


if __name__ == "__main__":
    main()
