"""Judges a solution for a GPU that is not there: does it compile, and into what?"""

from __future__ import annotations

from typing import Any

from kerneldojo.evaluation.referee.draft import Draft
from kerneldojo.evaluation.referee.fault import failed, hacked
from kerneldojo.evaluation.referee.loading import Subject
from kerneldojo.evaluation.referee.session import Session
from kerneldojo.records import (
    ErrorInfo,
    Evaluation,
    FindingKind,
    KernelUse,
    Profile,
    Status,
)

_FIGURES = ("registers", "spills", "shared_bytes", "ptx_bytes")


def judge(session: Session, subject: Subject, draft: Draft) -> Evaluation:
    """Compile every kernel a call would launch.

    Nothing runs on a device, so nothing can be CORRECT: the best outcome is that every
    kernel compiled, which is told as EVALUATION_FAILED with type `NotRun` and the static
    figures in the profile.
    """
    workload = session.workloads()[-1]
    case = session.case(workload, "default", 0)
    assert case is not None  # the default distribution always applies
    arena = subject.player.arena
    placement = arena.place(case.inputs, 0)
    arena.reserve(placement.end)
    arena.write(placement)
    arch = session.target.partition(":")[2]
    message = {"op": "ahead", "inputs": placement.node, "arch": arch}
    builds = subject.player.ask(message, "builds", session.settings.limits.load_s, "compilation")
    rows = [row for row in builds if isinstance(row, dict)] if isinstance(builds, list) else []
    if not rows:
        raise hacked(FindingKind.NO_KERNEL, "no kernel of the solution's own would be launched")
    draft.profile = _profile(rows, arch)
    for row in rows:
        if row.get("error"):
            raise failed(
                Status.COMPILE_ERROR, "CompilationError", str(row["error"])[:8000], str(row.get("name"))
            )
    error = ErrorInfo(
        type="NotRun",
        message=f"all {len(rows)} kernel(s) compile for {arch}; without that device nothing was run",
    )
    return draft.finish(Status.EVALUATION_FAILED, error)


def _profile(rows: list[dict[str, Any]], arch: str) -> Profile:
    metrics = {
        f"{str(row.get('name'))[:60]}.{figure}": float(row[figure])
        for row in rows
        for figure in _FIGURES
        if isinstance(row.get(figure), (int, float))
    }
    kernels = tuple(
        KernelUse(name=str(row.get("name"))[:80], launches_per_call=1, share=0.0) for row in rows
    )
    spilling = [name for name, value in metrics.items() if name.endswith(".spills") and value]
    hint = f"Registers spill in {', '.join(n.removesuffix('.spills') for n in spilling)}."
    return Profile(
        coverage=None,
        kernels=kernels,
        source=f"compiled ahead of time for {arch}",
        metrics=metrics,
        bottleneck=hint if spilling else "No kernel spills registers.",
    )
