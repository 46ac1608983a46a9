"""Find problems by name or path and read them, without running them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from kerneldojo.errors import InvalidProblem, ProblemNotFound, did_you_mean
from kerneldojo.problems.reference import from_file
from kerneldojo.problems.scaling import SUFFIX, scale_for_cpu
from kerneldojo.problems.selection import Selection
from kerneldojo.problems.sources import Item, Places, Refusal, read, trial
from kerneldojo.records import Problem


@dataclass(frozen=True)
class Loaded:
    """The problems that sources and a selection left, and what could not be used."""

    problems: list[Problem]
    refused: list[Refusal]


def load_problem(
    name_or_path: str | Path, *, kernelbench_root: str | Path | None = None
) -> Problem:
    """Return one problem by name or from a file.

    Args:
        name_or_path: any source that stands for a single problem (docs/problems.md), such as
            `suite/<family>/<name>`, `kernelbench/level<N>/<K>`, `generated/<split>/<index>` or
            the path of a file in KernelBench's format; with `@cpu` appended, scaled down for
            a CPU.
        kernelbench_root: a clone of KernelBench, or the folder inside it that holds `level1`
            and on, or a folder of its data set's Parquet files.

    Raises:
        ProblemNotFound: if nothing has this name, or several problems do; the message
            carries the nearest one.
        InvalidProblem: if the file is not a KernelBench-format reference.
    """
    places = Places(kernelbench=Path(kernelbench_root) if kernelbench_root else None)
    items = list(islice(_read(name_or_path, places), 2))
    if not items:
        raise ProblemNotFound(f"{name_or_path} holds no problems")
    if len(items) > 1:
        raise ProblemNotFound(
            f"{str(name_or_path)!r} stands for several problems, not one; "
            f"'kerneldojo problems list {name_or_path}' lists them"
        )
    [item] = items
    if isinstance(item, Refusal):
        raise InvalidProblem(str(item))
    return item


def load_problem_file(path: str | Path) -> Problem:
    """Return the problem in a KernelBench-format file, named after the file.

    Raises:
        ProblemNotFound: if there is no such file.
        InvalidProblem: if the file is not a KernelBench-format reference.
    """
    path = Path(path)
    return from_file(path, path.stem, licence="unknown")


def load_problems(
    sources: Sequence[str | Path],
    selection: Selection | None = None,
    *,
    kernelbench_root: str | Path | None = None,
    licence: str | None = None,
    code_column: str | None = None,
) -> Loaded:
    """Return the problems of several sources, in order, each once.

    Args:
        sources: names, patterns, ranges, files and folders (docs/problems.md).
        selection: which of their problems to keep; None keeps all.
        kernelbench_root: where KernelBench is, as in `load_problem`.
        licence: the licence of what comes from files that name none themselves.
        code_column: the column of tables that holds the reference; found out if None.

    Raises:
        ProblemNotFound: if a source is not there, or the selection leaves nothing; the
            message carries the nearest name.
        UsageError: if a source takes a package that is not installed.
    """
    selection = selection or Selection()
    root = Path(kernelbench_root) if kernelbench_root else None
    places = Places(kernelbench=root, licence=licence, code_column=code_column)
    kept: dict[str, Problem] = {}
    refused: list[Refusal] = []
    names: list[str] = []
    for source in sources:
        for place, item in enumerate(_read(source, places), 1):
            if isinstance(item, Refusal):
                refused.append(item)
                continue
            names.append(item.name)
            if selection.keeps(item, place):
                _add(item, kept, refused)
            if selection.is_met_by(len(kept)):
                break  # later sources are still begun, so that one that is not there is told
    problems = selection.draw(list(kept.values()))
    if selection.scale:
        scaled = [_scaled(problem) for problem in problems]
        # A source may have asked for `@cpu` already, beside another that did not.
        unique = {item.name: item for item in scaled if isinstance(item, Problem)}
        problems = list(unique.values())
        refused += [item for item in scaled if isinstance(item, Refusal)]
    if not problems and not refused:
        raise ProblemNotFound(_nothing(sources, selection, names))
    return Loaded(problems, refused)


def list_problems() -> list[Problem]:
    """Return all bundled problems, sorted by name."""
    return load_problems(["suite"]).problems


def _read(source: str | Path, places: Places) -> Iterator[Item]:
    """Yield what a source stands for, scaled down if its name asks for that."""
    text = str(source)
    if not text.endswith(SUFFIX):
        return read(source, places)
    plain = text.removesuffix(SUFFIX)
    items = read(Path(plain) if isinstance(source, Path) else plain, places)
    return (_scaled(item) if isinstance(item, Problem) else item for item in items)


def _scaled(problem: Problem) -> Item:
    return trial(partial(scale_for_cpu, problem), problem.name)


def _add(problem: Problem, kept: dict[str, Problem], refused: list[Refusal]) -> None:
    first = kept.setdefault(problem.name, problem)
    if first is problem or first.origin == problem.origin:
        return  # the same one again: two sources may overlap
    reason = f"a second problem named {problem.name!r}; the first is {first.origin}"
    refused.append(Refusal(problem.origin, reason))


def _nothing(sources: Sequence[str | Path], selection: Selection, names: list[str]) -> str:
    if not names:
        given = ", ".join(map(str, sources))
        return f"{given} holds no problems" if given else "no source of problems was given"
    hint = did_you_mean(selection.match[0].strip("*"), names) if selection.match else ""
    return f"none of {len(names)} problems is left by the selection ({selection.words()}).{hint}"
