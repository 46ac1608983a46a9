"""Examines many problems, and submits lazy kernels to see what the evaluator makes of them."""

from kerneldojo.linter.probes import probe, probe_solutions
from kerneldojo.linter.reports import ReportFile
from kerneldojo.linter.survey import DEADLINE_S, lint, survey

__all__ = ["DEADLINE_S", "ReportFile", "lint", "probe", "probe_solutions", "survey"]
