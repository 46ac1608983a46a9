"""Checks a problem instead of a solution: could a reward be had without the work?

One file per group of checks. A check looks at one workload and yields complaints; it tries
out what a lazy solution would do, and asks the referee's own comparison whether it passes.
"""

from kerneldojo.evaluation.lint.examine import examine

__all__ = ["examine"]
