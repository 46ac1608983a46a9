"""Examines many problems, and submits lazy kernels to see what the evaluator makes of them."""

from kerneldojo.linter.probes import probe, probe_solutions
from kerneldojo.linter.reports import ReportFile
from kerneldojo.linter.survey import lint, survey

__all__ = ["ReportFile", "lint", "probe", "probe_solutions", "survey"]
