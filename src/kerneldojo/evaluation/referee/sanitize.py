"""Runs a C++ solution once under AddressSanitizer, confined like any player."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import kerneldojo
from kerneldojo.evaluation import sanitizer
from kerneldojo.evaluation.arena import Arena
from kerneldojo.evaluation.referee.fault import SolutionFault
from kerneldojo.evaluation.referee.session import Session
from kerneldojo.evaluation.referee.zygote_process import Program, Zygote
from kerneldojo.records import Finding, Solution

_PACKAGE = Path(kerneldojo.__file__).parent


def out_of_bounds(session: Session, zygote: Zygote, solution: Solution) -> Finding | None:
    """Return the finding of an access outside a tensor, None if there is none to be seen."""
    workload = session.workloads()[-1]
    reference = session.reference(workload)
    case = session.case(workload, "default", 0)
    assert case is not None  # the default distribution always applies
    with tempfile.TemporaryDirectory(prefix="kerneldojo-sanitize-") as name:
        folder = Path(name)
        sanitizer.save_case(
            folder,
            solution,
            case.inputs,
            init=reference.init,
            state=reference.state,
            seed=reference.seed,
            training=reference.training,
        )

        def launch(
            command: list[str], variables: dict[str, str]
        ) -> subprocess.CompletedProcess[str]:
            return _launch(session, zygote, folder, command, variables)

        return sanitizer.run_sanitized(folder, launch).finding()


def explain(
    error: SolutionFault, session: Session, zygote: Zygote, solution: Solution
) -> SolutionFault:
    """Return a crash's fault with the line that left its memory, where one can be found."""
    found = out_of_bounds(session, zygote, solution)
    if found is None or error.error is None:
        return error
    message = f"{error.error.message}. {found.evidence}"
    return SolutionFault(error.status, error.error.model_copy(update={"message": message}))


def _launch(
    session: Session, zygote: Zygote, folder: Path, command: list[str], variables: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run the sanitizer's command in the sandbox, where nothing of this package is readable."""
    program = Path(command[-2])
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    files[program.name] = program.read_bytes()
    for path in (_PACKAGE / "__init__.py", *sorted((_PACKAGE / "cpp").glob("*.py"))):
        files[f"packages/kerneldojo/{path.relative_to(_PACKAGE)}"] = path.read_bytes()
    argv = [sys.executable, *command[1:-2], f"{{scratch}}/{program.name}", "{scratch}"]
    environment = {**variables, "PYTHONPATH": "{scratch}/packages"}
    limits = session.settings.limits
    arena = Arena()
    try:
        code, printed = zygote.run(Program(argv, environment, files), limits, arena)
    except TimeoutError:
        raise subprocess.TimeoutExpired(command, limits.load_s) from None
    finally:
        arena.close()
    return subprocess.CompletedProcess(command, code, "", printed)
