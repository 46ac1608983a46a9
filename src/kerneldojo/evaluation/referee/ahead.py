"""Judges a solution for a GPU that is not there: does it compile, and into what?"""

from __future__ import annotations

from typing import Any

from kerneldojo.errors import DeviceUnavailable
from kerneldojo.evaluation import aot_cuda
from kerneldojo.evaluation.referee.draft import Draft
from kerneldojo.evaluation.referee.fault import failed, hacked
from kerneldojo.evaluation.referee.player_process import Player
from kerneldojo.evaluation.referee.session import Session
from kerneldojo.records import (
    ErrorInfo,
    FindingKind,
    KernelUse,
    Language,
    Profile,
    Solution,
    Status,
)

_FIGURES = ("registers", "spills", "shared_bytes", "ptx_bytes")


def judge(session: Session, player: Player, draft: Draft) -> ErrorInfo:
    """Compile every kernel a call would launch; returns why there is no more to tell.

    Nothing runs on a device, so nothing can be CORRECT: the best outcome is that every
    kernel compiled, which is told as EVALUATION_FAILED with type `NotRun` and the static
    figures in the profile.
    """
    arch = session.target.partition(":")[2]
    if draft.solution.language is Language.CUDA:
        builds = _cuda_builds(session, player, draft.solution, arch)
    else:
        builds = _triton_builds(session, player, draft.solution, arch)
    rows = [row for row in builds if isinstance(row, dict)] if isinstance(builds, list) else []
    if not rows:
        raise hacked(FindingKind.NO_KERNEL, "no kernel of the solution's own would be launched")
    draft.profile = _profile(rows, arch)
    for row in rows:
        if row.get("error"):
            name, text = str(row.get("name"))[:80], str(row["error"])[:8000]
            raise failed(Status.COMPILE_ERROR, "CompilationError", text, name)
    message = f"all {len(rows)} kernel(s) compile for {arch}; without that device nothing was run"
    return ErrorInfo(type="NotRun", message=message)


def _triton_builds(session: Session, player: Player, solution: Solution, arch: str) -> Any:
    workload = session.workloads()[-1]
    reference = session.reference(workload)
    case = session.case(workload, "default", 0)
    assert case is not None  # the default distribution always applies
    inputs = player.arena.place(case.inputs, 0)
    init = player.arena.place(list(reference.init), inputs.end)
    for placement in (inputs, init):
        player.arena.write(placement)
    message = {
        "op": "ahead",
        "source": solution.source,
        "entry_point": solution.entry_point,
        "inputs": inputs.node,
        "init": init.node,
        "seed": reference.seed,
        "training": reference.training,
        "arch": arch,
    }
    return player.ask(message, "builds", session.settings.limits.load_s, "compilation")


def _cuda_builds(session: Session, player: Player, solution: Solution, arch: str) -> Any:
    try:
        aot_cuda.find_nvcc()
    except aot_cuda.NvccMissing as error:
        raise DeviceUnavailable(str(error)) from error
    limit = session.settings.limits.load_s
    message = {
        "op": "ahead_cuda",
        "texts": list(aot_cuda.cuda_sources(solution)),
        "arch": arch,
        "timeout_s": limit,
    }
    return player.ask(message, "builds", limit, "compilation")


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
