"""Frozen records: the vocabulary every other package speaks."""

from kerneldojo.records.base import Record, content_digest
from kerneldojo.records.completion import Completion, Finish, Message, Usage
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
from kerneldojo.records.trajectory import (
    End,
    Ending,
    Tokens,
    Trajectory,
    TrajectoryRecord,
    Turn,
    TurnRecord,
)

__all__ = [
    "Complaint",
    "ComplaintKind",
    "Completion",
    "Correctness",
    "Costs",
    "End",
    "Ending",
    "Entry",
    "Environment",
    "ErrorInfo",
    "Evaluation",
    "Finding",
    "FindingKind",
    "Finish",
    "Gravity",
    "KernelUse",
    "Language",
    "Latency",
    "LintReport",
    "Mark",
    "MarkKind",
    "Message",
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
    "Tokens",
    "Tolerance",
    "Trajectory",
    "TrajectoryRecord",
    "Trial",
    "Turn",
    "TurnRecord",
    "Usability",
    "Usage",
    "Workload",
    "WorkloadFacts",
    "content_digest",
    "marks",
]
