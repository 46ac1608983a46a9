"""Judge many solutions of many problems, and keep every verdict.

Importing this package loads numpy, for the figures.
"""

from kerneldojo.benchmark.answers import Answer, SolutionSet, SolutionSource
from kerneldojo.benchmark.figures import missing_problems, problems_ahead, summarise_run
from kerneldojo.benchmark.load import load_solutions
from kerneldojo.benchmark.run import bench

__all__ = [
    "Answer",
    "SolutionSet",
    "SolutionSource",
    "bench",
    "load_solutions",
    "missing_problems",
    "problems_ahead",
    "summarise_run",
]
