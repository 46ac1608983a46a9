"""A user's own module file on the command line: what it lacks, and whether its reference works."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

import kerneldojo as kd
from kerneldojo import wording
from kerneldojo.cli.session import Session
from kerneldojo.errors import InvalidProblem, UsageError
from kerneldojo.problems.own_module import Draft, read_module
from kerneldojo.records import ComplaintKind, Gravity, Problem, TensorForm

_PATIENCE_S = 10.0
"""How long a problem is examined before a model is asked about it."""
_LINE = re.compile(r" in line (\d+)")


def own_module(sources: list[str] | None, class_name: str | None) -> Draft | None:
    """Return the module file that is the only source; None if the sources are something else.

    Raises:
        UsageError: if a class is named and there is no such file, or not that class in it.
        InvalidProblem: if the file is not Python, or holds no module.
    """
    single = sources[0] if sources and len(sources) == 1 else ""
    if single.endswith(".py") and "::" not in single and not single.startswith("hf:"):
        return read_module(Path(single), class_name)
    if class_name is not None:
        raise UsageError("--class names a class of a single .py file; give that file as SOURCE.")
    return None


def write_inputs(session: Session, draft: Draft, path: Path) -> None:
    """Write a copy of the file with what it lacks, to be filled in.

    Raises:
        UsageError: if nothing is missing, or nothing can be written there.
    """
    if not draft.missing:
        raise UsageError(f"{draft.path} has all the functions it needs; there is nothing to write.")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(draft.completed)
    except FileExistsError:
        raise UsageError(f"{path} exists; name a new file.") from None
    except OSError as error:
        raise UsageError(f"cannot write to {path}: {error.strerror}.") from None
    lines = draft.completed.splitlines()
    first = next(n for n, line in enumerate(lines, 1) if line.startswith("def get_in"))
    names = " and ".join(draft.missing)
    session.people.print(
        f"{path} is a copy of {draft.path} with {names} at its end (from line {first}).\n"
        "Fill in what stands as '...', then refine that file.",
        markup=False,
        soft_wrap=True,
    )


def explain(console: Console, draft: Draft) -> None:
    """Print what keeps a file from being a problem, with the functions to paste."""
    console.print(Text(draft.explanation()), soft_wrap=True)
    if not draft.skeleton:
        return
    console.print(
        "\nPaste this at the end of the file and fill in what stands as '...', or have it written "
        "into a copy with --write-inputs FILE:\n",
        markup=False,
        soft_wrap=True,
    )
    if console.is_terminal:
        console.print(
            Syntax(draft.skeleton, "python", theme="ansi_dark", background_color="default")
        )
    else:
        console.out(draft.skeleton)


def examine(session: Session, problem: Problem, evaluator: kd.Evaluator) -> None:
    """Run the reference in the referee before a model is asked to replace it.

    Raises:
        InvalidProblem: if it does not work, naming the line.
        InfrastructureError: if the device or isolation asked for is not to be had.
    """
    from kerneldojo.linter import lint

    with session.progress.status(f"running {problem.name} as it is"):
        report = lint(problem, evaluator, deadline_s=_PATIENCE_S)
    for complaint in report.complaints:
        if complaint.kind is ComplaintKind.BROKEN_REFERENCE:
            raise InvalidProblem(
                f"{problem.origin} does not work: {_quoted(problem, complaint.evidence)}"
            )
    for facts in report.workloads[:1]:
        given, made = _forms(facts.inputs), _forms(facts.outputs)
        took = f", in {wording.duration(facts.reference_ms)}" if facts.reference_ms else ""
        session.progress.print(Text(f"reference  {given} → {made}{took}", "dim"), soft_wrap=True)
    for complaint in report.complaints:
        if (
            complaint.severity is not Gravity.NOTE
            and complaint.kind is not ComplaintKind.UNFINISHED
        ):
            line = Text.assemble(
                ("careful    ", "yellow"), f"{complaint.kind}: {complaint.evidence}"
            )
            session.progress.print(line, soft_wrap=True)


def _forms(forms: Iterable[TensorForm]) -> str:
    """Return shapes and types, e.g. `3 × [4096, 1024] float32, [8] int64`."""
    counts = Counter(f"{list(form.shape)} {form.dtype}" for form in forms)
    return ", ".join(f"{n} × {text}" if n > 1 else text for text, n in counts.items()) or "nothing"


def _quoted(problem: Problem, evidence: str) -> str:
    """Return what went wrong with the line it went wrong in."""
    match = _LINE.search(evidence)
    lines = problem.source.splitlines()
    if match is None or not 0 < int(match[1]) <= len(lines):
        return evidence
    return f"{evidence}\n  {match[1]} | {lines[int(match[1]) - 1]}"
