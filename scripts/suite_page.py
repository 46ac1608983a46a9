"""Write docs/suite.md from the bundled problems' own metadata.

`--check` writes nothing and fails if the page is out of date.
"""

from __future__ import annotations

import re
import sys
from itertools import groupby
from pathlib import Path

from kerneldojo.problems import list_problems
from kerneldojo.problems.gold import gold_solutions
from kerneldojo.records import Problem

PAGE = Path(__file__).parents[1] / "docs" / "suite.md"

INTRODUCTION = """\
# The bundled suite

{problems} problems in {families} families come with the package, and {gold} of them with a *gold*
solution: a short Triton kernel of ours that shows how the problem is solved on a GPU, and that is
judged like any other. Both are plain files, under `src/kerneldojo/problems/suite/` and
`src/kerneldojo/problems/gold/`.

```bash
kerneldojo problems show suite/norm/add_rms_norm
kerneldojo eval suite/norm/add_rms_norm gold
```

```python
from kerneldojo.problems import list_problems
from kerneldojo.problems.gold import gold_solution

problem = list_problems()[0]
gold = gold_solution(problem.name)  # None if there is none
```

**Levels** are KernelBench's: 1 is a single operator, 2 a few that one kernel can fuse, 3 a whole
block or a training step.

**Workloads.** Every problem has four sizes. `base` is the file as it stands and fits a CPU: PyTorch
takes milliseconds for it, and it is what is timed there. `odd` has sizes that no block divides.
`small` has at most 8192 elements and is what Triton's interpreter gets. `gpu` is meant for CUDA
alone, where it is timed instead of `base`. `bf16` or `fp16`, where there, is a small
size in another type: a solution has to handle every workload of its problem.

**On a GPU** nothing of this has run yet: gold solutions are compiled ahead of time for sm_90, and
judged on the CPU. They are written to be read; how fast they are on a GPU is not known. References
that loop over time in Python (`advantages`, `linear_recurrence`, `selective_scan`) spend a GPU's
time on launches, so that a speedup over them says little.

This page is written by `scripts/suite_page.py` from the files' metadata; a test keeps it current.
"""


def row(problem: Problem, gold: bool) -> str:
    """Return a problem's line in the table of its family."""
    metadata = problem.metadata
    cells = (
        f"`{problem.name}`",
        str(metadata.level),
        re.sub(r"([|*_])", r"\\\1", metadata.description),
        ", ".join(workload.name for workload in metadata.workloads),
        "yes" if gold else "no",
    )
    return f"| {' | '.join(cells)} |"


def page() -> str:
    """Return the whole page."""
    problems, gold = list_problems(), gold_solutions()
    families = [
        (family, list(members)) for family, members in groupby(problems, lambda one: one.family)
    ]
    lines = [
        INTRODUCTION.format(problems=len(problems), families=len(families), gold=len(gold)),
        "| family | problems | with gold |",
        "|---|---|---|",
    ]
    for family, members in families:
        solved = sum(problem.name in gold for problem in members)
        lines.append(f"| [{family}](#{family}) | {len(members)} | {solved} |")
    for family, members in families:
        lines += [f"\n## {family}\n", "| problem | level | what it computes | workloads | gold |"]
        lines += ["|---|---|---|---|---|"]
        lines += [row(problem, problem.name in gold) for problem in members]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write or check the page."""
    if "--check" in sys.argv:
        return int(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
