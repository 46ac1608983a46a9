"""One problem, or many: a problem that cannot be examined never ends the survey."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

from kerneldojo.errors import DeadlineExceeded, RefereeDied
from kerneldojo.evaluator import Evaluator
from kerneldojo.linter.probes import probe
from kerneldojo.records import Complaint, ComplaintKind, Gravity, LintReport, Problem

DEADLINE_S = 60.0
_ATTEMPTS = 2


def lint(
    problem: Problem, evaluator: Evaluator, *, deadline_s: float = DEADLINE_S, probes: bool = False
) -> LintReport:
    """Examine one problem, and with `probes` also submit lazy kernels for it.

    A reference that never ends, or that takes the referee down with it, is a complaint.

    Raises:
        InfrastructureError: if the device or isolation asked for is not to be had.
    """
    report = _examined(problem, evaluator, deadline_s)
    return probe(problem, report, evaluator) if probes else report


def survey(
    problems: Iterable[Problem],
    evaluator: Evaluator,
    *,
    deadline_s: float = DEADLINE_S,
    probes: bool = False,
    jobs: int = 1,
) -> Iterator[LintReport]:
    """Examine many problems, `jobs` at a time; yields reports as they are made.

    More jobs than the evaluator's `capacity` wait for one another.

    Raises:
        InfrastructureError: as `lint` does.
    """
    examine = functools.partial(lint, evaluator=evaluator, deadline_s=deadline_s, probes=probes)
    with ThreadPoolExecutor(jobs, thread_name_prefix="kerneldojo-lint") as threads:
        futures = [threads.submit(examine, problem) for problem in problems]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)


def _examined(problem: Problem, evaluator: Evaluator, deadline_s: float) -> LintReport:
    reason = ""
    for _ in range(_ATTEMPTS):
        try:
            return evaluator.validate(problem, deadline_s=deadline_s)
        except DeadlineExceeded as error:
            reason = f"a single call of the reference does not end: {error}"
            break
        except RefereeDied as error:
            reason = f"the reference took the referee down, perhaps for want of memory: {error}"
    complaint = Complaint(kind=ComplaintKind.UNFINISHED, severity=Gravity.WARNING, evidence=reason)
    return LintReport(problem=problem.name, digest=problem.digest, complaints=(complaint,))
