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

EXAMPLES = Path(__file__).parents[1] / "examples"
CHOSEN = (
    "fused_bias_gelu/honest_triton.py",
    "fused_bias_gelu/honest_cpp.py",
    "fused_bias_gelu/wrong_triton.py",
    "fused_bias_gelu/lazy_triton.py",
    "fused_bias_gelu/cheating.py",
    "softmax_softmax/honest_triton.py",
    "softmax_softmax/honest_cpp.py",
    "softmax_softmax/cheating.py",
    "multi_row_stats/cheating.py",
    "training_batch_norm/cheating.py",
)


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
            solution = kd.load_solution(EXAMPLES / name)
            solution = solution.model_copy(update={"origin": f"examples/{name}"})
            about = ast.get_docstring(ast.parse(solution.source)) or ""
            console.print(Text(textwrap.fill(about.splitlines()[0], console.width), "italic"))
            problem = kd.load_problem(announced(solution.source, "problem"))
            evaluation = evaluator.evaluate(problem, solution)
            show_card(console, evaluation, solution)
            judged.append((solution, evaluation))
            expected = announced(solution.source, "status").split(", ")
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
