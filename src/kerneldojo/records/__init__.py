"""Frozen records: the vocabulary every other package speaks."""

from kerneldojo.records.base import Record, content_digest
from kerneldojo.records.evaluation import Costs, ErrorInfo, Evaluation
from kerneldojo.records.finding import Finding, FindingKind, Severity
from kerneldojo.records.lint import (
    Complaint,
    ComplaintKind,
    Gravity,
    LintReport,
    TensorForm,
    Usability,
    WorkloadFacts,
)
from kerneldojo.records.marks import Mark, MarkKind, marks
from kerneldojo.records.measurement import (
    Correctness,
    Environment,
    KernelUse,
    Latency,
    Mismatch,
    OperatorUse,
    Profile,
    Timing,
    Trial,
)
from kerneldojo.records.outcome import Entry, Outcome
from kerneldojo.records.problem import Problem, ProblemMetadata, Tolerance, Workload
from kerneldojo.records.solution import Language, Solution
from kerneldojo.records.status import Status

__all__ = [
    "Complaint",
    "ComplaintKind",
    "Correctness",
    "Costs",
    "Entry",
    "Environment",
    "ErrorInfo",
    "Evaluation",
    "Finding",
    "FindingKind",
    "Gravity",
    "KernelUse",
    "Language",
    "Latency",
    "LintReport",
    "Mark",
    "MarkKind",
    "Mismatch",
    "OperatorUse",
    "Outcome",
    "Problem",
    "ProblemMetadata",
    "Profile",
    "Record",
    "Severity",
    "Solution",
    "Status",
    "TensorForm",
    "Timing",
    "Tolerance",
    "Trial",
    "Usability",
    "Workload",
    "WorkloadFacts",
    "content_digest",
    "marks",
]
