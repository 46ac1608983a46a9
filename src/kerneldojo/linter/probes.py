"""Real C++ kernels that do no work, put through a whole evaluation.

The referee's own checks ask whether lazy *values* would pass. A probe asks the same of the
whole evaluator: it is a solution with a kernel of its own, and must never be CORRECT.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerneldojo.evaluator import Evaluator
from kerneldojo.records import (
    Complaint,
    ComplaintKind,
    Evaluation,
    Gravity,
    Language,
    LintReport,
    Problem,
    Solution,
    Status,
    WorkloadFacts,
)

_TELLING = (Status.WRONG_VALUE, Status.HACKED, Status.NONDETERMINISTIC)
"""What an evaluator that works says of a probe."""

_PROBE = '''
import torch
from torch import nn

from kerneldojo.cpp import load

lib = load(r"""
#include <cstring>

extern "C" void zeros(void* out, int64_t bytes) {{ std::memset(out, 0, bytes); }}

extern "C" void copy(const void* in, void* out, int64_t bytes) {{ std::memcpy(out, in, bytes); }}
""")

# the shapes and types of the inputs, as first come, and of the output they lead to
OUTPUTS = {outputs}


class ModelNew(nn.Module):
    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, *args):
        tensors = [value.contiguous() for value in args if isinstance(value, torch.Tensor)]
        key = tuple((tuple(value.shape), str(value.dtype)[6:]) for value in tensors)
        shape, dtype = OUTPUTS[key]
        out = torch.empty(shape, dtype=getattr(torch, dtype))
        size = out.numel() * out.element_size()
        lib.{call}
        return out
'''
_ZEROS = "zeros(out, size)"
_COPY = "copy(tensors[0], out, size)"


def probe(problem: Problem, report: LintReport, evaluator: Evaluator) -> LintReport:
    """Submit lazy kernels and add what was found to a report.

    Raises:
        InfrastructureError: if the device or isolation asked for is not to be had.
    """
    found = []
    for words, solution in probe_solutions(report):
        complaint = _complaint(words, evaluator.evaluate(problem, solution))
        if complaint is not None:
            found.append(complaint)
    return report.with_complaints(*found)


def probe_solutions(report: LintReport) -> Iterator[tuple[str, Solution]]:
    """Yield lazy solutions that have the right form for an examined problem, with what they do.

    None for problems that return several things, or tensors from within containers.
    """
    workloads = report.workloads
    if not workloads or not all(_is_plain(workload) for workload in workloads):
        return
    yield "writes zeros", _solution(workloads, _ZEROS)
    if all(_fits(workload) for workload in workloads):
        yield "copies the first input", _solution(workloads, _COPY)


def _complaint(words: str, evaluation: Evaluation) -> Complaint | None:
    if evaluation.status is Status.CORRECT:
        evidence = f"a C++ kernel that {words} was judged CORRECT"
        kind = ComplaintKind.TRIVIAL_SOLUTION
        return Complaint(kind=kind, severity=Gravity.FATAL, evidence=evidence)
    if evaluation.status in _TELLING:
        return None
    reason = evaluation.error.message[:200] if evaluation.error else ""
    evidence = f"a C++ kernel that {words} could not be tried: {evaluation.status} {reason}"
    kind = ComplaintKind.UNFINISHED
    return Complaint(kind=kind, severity=Gravity.WARNING, evidence=evidence)


def _is_plain(workload: WorkloadFacts) -> bool:
    paths = [form.path for form in workload.inputs]
    flat = all(path.count("[") == 1 for path in paths)
    return flat and [form.path for form in workload.outputs] == ["output"]


def _fits(workload: WorkloadFacts) -> bool:
    """Whether the output could be a copy of the first input."""
    [output] = workload.outputs
    first = workload.inputs[:1]
    return any(one.shape == output.shape and one.dtype == output.dtype for one in first)


def _solution(workloads: tuple[WorkloadFacts, ...], call: str) -> Solution:
    outputs = {
        tuple((form.shape, form.dtype) for form in workload.inputs): (output.shape, output.dtype)
        for workload in workloads
        for output in workload.outputs
    }
    source = _PROBE.format(outputs=outputs, call=call)
    return Solution(source=source, language=Language.CPP, origin=f"<probe: {call}>")
