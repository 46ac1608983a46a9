"""The order of an examination: from what is cheap and grave to what takes many calls."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

import torch

from kerneldojo.errors import InvalidProblem
from kerneldojo.evaluation import tree
from kerneldojo.evaluation.lint import operations, sizes, soundness, trivial, values, work
from kerneldojo.evaluation.lint.look import Clock, Look, OutOfTime, input_tensors, tensor_leaves
from kerneldojo.evaluation.referee.cases import Case
from kerneldojo.evaluation.referee.session import Session
from kerneldojo.records import (
    Complaint,
    ComplaintKind,
    Gravity,
    LintReport,
    Problem,
    TensorForm,
    Workload,
    WorkloadFacts,
    content_digest,
)
from kerneldojo.settings import EvaluationSettings

Check = Callable[[Look], Iterator[Complaint]]

AT_EVERY_WORKLOAD: tuple[Check, ...] = (
    values.presence,
    soundness.repeatability,
    soundness.float64,
    values.finiteness,
    trivial.trivial_answers,
    values.uniformity,
    values.dominance,
    values.hidden,
    sizes.single_element,
)
WITH_OTHER_PARAMETERS: tuple[Check, ...] = (
    soundness.float64,
    trivial.trivial_answers,
    values.uniformity,
    values.dominance,
)
"""A bias that happens to be large can saturate every answer, or hide that most draws do."""
AT_THE_TIMED_ONE: tuple[Check, ...] = (
    work.inputs,
    work.halves,
    operations.redundancy,
    work.parameters,
)
"""Checks that call the reference many times."""

_OTHER_DRAWS = 2
_FEW = 64
"""So few numbers can agree by chance:"""
_SEEDS_FOR_FEW = 6
"""so many seeds are tried then."""

_POINTLESS_AFTER = (
    ComplaintKind.NO_OUTPUT,
    ComplaintKind.NONDETERMINISTIC,
    ComplaintKind.ROUNDING_NOISE,
    ComplaintKind.CONSTANT_OUTPUT,
)
"""When the answer itself is nothing, what it depends on says nothing more."""


def examine(problem: Problem, settings: EvaluationSettings, deadline_s: float) -> LintReport:
    """Return what is wrong with a problem.

    The deadline is asked for between calls of the reference; one call is never cut short.
    """
    start = time.monotonic()
    clock = Clock(deadline_s)
    session = Session(problem, settings, "cpu", "cpu")
    complaints: list[Complaint] = []
    facts: list[WorkloadFacts] = []

    def add(found: list[Complaint]) -> None:
        known = {(complaint.kind, complaint.severity) for complaint in complaints}
        complaints.extend(c for c in found if (c.kind, c.severity) not in known)

    try:
        for number, workload in enumerate(session.workloads()):
            checks = AT_EVERY_WORKLOAD + (AT_THE_TIMED_ONE if number == 0 else ())
            look = _look(session, workload, clock)
            seconds = sizes.fastest_call(look)
            facts.append(_facts(look, seconds))
            if number == 0:
                complaints += sizes.brevity(look, seconds)
            _apply(look, checks)
            add(look.complaints)
        if session.reference(session.workloads()[0]).parameter_names:
            for number in range(_OTHER_DRAWS):
                seed = content_digest(session.master, number)
                anew = settings.model_copy(update={"seed": seed})
                add(_with_other_parameters(problem, anew, clock))
    except InvalidProblem as error:
        complaints.append(_broken(str(error)))
    except OutOfTime:
        complaints.append(_unfinished("the deadline came before every workload was looked at"))
    finally:
        session.close()
    if len(problem.metadata.workloads) < 2:
        words = "there is one size only, so a solution can be right for this size alone"
        kind = ComplaintKind.SINGLE_WORKLOAD
        complaints.append(Complaint(kind=kind, severity=Gravity.NOTE, evidence=words))
    return LintReport(
        problem=problem.name,
        digest=problem.digest,
        complaints=tuple(complaints),
        workloads=tuple(facts),
        seconds=time.monotonic() - start,
    )


def _with_other_parameters(
    problem: Problem, settings: EvaluationSettings, clock: Clock
) -> list[Complaint]:
    """Look at the answers of the timed workload under another master seed."""
    session = Session(problem, settings, "cpu", "cpu")
    try:
        look = _look(session, session.workloads()[0], clock)
        _apply(look, WITH_OTHER_PARAMETERS)
        return look.complaints
    finally:
        session.close()


def _look(session: Session, workload: Workload, clock: Clock) -> Look:
    """Draw the cases of a workload as an evaluation would, those of other values on demand."""

    def default(index: int) -> Case:
        clock.check()
        case = session.case(workload, "default", index)
        assert case is not None  # the default distribution always applies
        return case

    def unusual() -> Iterator[Case]:
        for distribution in session.distributions():
            clock.check()
            case = session.case(workload, distribution, 0)
            if case is not None:
                yield case

    usual = [default(0), default(1)]
    if sum(leaf.value.numel() for _, leaf in tensor_leaves(usual[0])) <= _FEW:
        usual += [default(index) for index in range(2, _SEEDS_FOR_FEW)]
    return Look(session.reference(workload), usual, unusual, clock)


def _apply(look: Look, checks: tuple[Check, ...]) -> None:
    for number, check in enumerate(checks):
        if check in AT_THE_TIMED_ONE and look.found(*_POINTLESS_AFTER):
            return
        try:
            for complaint in check(look):
                look.complaints.append(complaint)
        except OutOfTime:
            left = ", ".join(left.__name__ for left in checks[number:])
            look.complaints.append(_unfinished(f"the deadline came before or during: {left}"))
            return


def _facts(look: Look, seconds: float) -> WorkloadFacts:
    return WorkloadFacts(
        name=look.reference.workload.name,
        inputs=tuple(_form(path, value) for path, value in input_tensors(look.first)),
        outputs=tuple(_form(leaf.path, leaf.value) for _, leaf in tensor_leaves(look.first)),
        reference_ms=seconds * 1e3 if math.isfinite(seconds) else None,
    )


def _form(path: str, value: torch.Tensor) -> TensorForm:
    return TensorForm(path=path, shape=tuple(value.shape), dtype=tree.dtype_name(value.dtype))


def _broken(reason: str) -> Complaint:
    kind = ComplaintKind.BROKEN_REFERENCE
    return Complaint(kind=kind, severity=Gravity.FATAL, evidence=reason)


def _unfinished(reason: str) -> Complaint:
    kind = ComplaintKind.UNFINISHED
    return Complaint(kind=kind, severity=Gravity.WARNING, evidence=reason)
