"""Judge many solutions of many problems, and keep every verdict.

Importing this package loads numpy, for the figures.
"""

from kerneldojo.bench.answers import Answer, SolutionSet, SolutionSource
from kerneldojo.bench.figures import missing_problems, summarise_run
from kerneldojo.bench.load import load_solutions
from kerneldojo.bench.run import bench, distinct

__all__ = [
    "Answer",
    "SolutionSet",
    "SolutionSource",
    "bench",
    "distinct",
    "load_solutions",
    "missing_problems",
    "summarise_run",
]
