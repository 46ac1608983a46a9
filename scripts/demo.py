"""Judge real solutions, honest and not, and hold each verdict against what its file announces.

Exits with 1 if any verdict differs from the documented one.
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

import kerneldojo as kd
from kerneldojo.cli.card import show_card
from kerneldojo.cli.tables import show_summary
from kerneldojo.problems.gold import GOLD
from kerneldojo.records import Problem, Solution, Status

EXAMPLES = Path(__file__).parents[1] / "examples"
CHOSEN = (
    "fused_bias_gelu/gold",
    "fused_bias_gelu/honest_cpp.py",
    "fused_bias_gelu/wrong_triton.py",
    "fused_bias_gelu/lazy_triton.py",
    "fused_bias_gelu/cheating.py",
    "softmax_softmax/gold",
    "softmax_softmax/honest_cpp.py",
    "softmax_softmax/cheating.py",
    "multi_row_stats/cheating.py",
    "training_batch_norm/cheating.py",
)


def read(name: str) -> tuple[Problem, Solution, list[str]]:
    """Return a chosen solution with its problem and the statuses that are announced for it."""
    folder, file = name.split("/")
    problem = kd.load_problem(f"suite/{folder.replace('_', '/', 1)}")
    where = file if file == GOLD else EXAMPLES / name
    solution = kd.load_solution(where, problem=problem.name).model_copy(update={"origin": name})
    if file == GOLD:
        return problem, solution, [Status.CORRECT]
    return problem, solution, announced(solution.source, "status").split(", ")


def announced(source: str, word: str) -> str:
    """Return what a line `# word: …` at the top of an example says."""
    match = re.search(rf"^# {word}: (.+)$", source, re.MULTILINE)
    assert match, f"the example does not say its {word}"
    return match[1]


def main() -> int:
    """Judge, show a card each and a summary, and compare."""
    console = Console(highlight=False)
    started = time.monotonic()
    judged, surprises = [], []
    with kd.Evaluator() as evaluator:
        for name in CHOSEN:
            problem, solution, expected = read(name)
            about = ast.get_docstring(ast.parse(solution.source)) or ""
            console.print(Text(textwrap.fill(about.splitlines()[0], console.width), "italic"))
            evaluation = evaluator.evaluate(problem, solution)
            show_card(console, evaluation, solution)
            judged.append((solution, evaluation))
            if evaluation.status not in expected:
                surprises.append(f"{name}: {evaluation.status}, announced {' or '.join(expected)}")
    show_summary(console, judged)
    seconds = time.monotonic() - started
    verdicts = f"{len(judged) - len(surprises)} of {len(judged)} verdicts are as announced"
    console.print(f"\n{verdicts}, in {seconds:.0f} s.")
    for surprise in surprises:
        console.print(Text(surprise, "bold red"))
    return int(bool(surprises))


if __name__ == "__main__":
    sys.exit(main())
