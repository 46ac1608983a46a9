"""What every verb that judges something needs: settings, solutions, an evaluator, exit codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from json import dumps as json_text
from pathlib import Path
from typing import Any

from rich.console import Console

import kerneldojo as kd
from kerneldojo.cli.options import Asking, Choice, Common, Judging
from kerneldojo.config import Config, load_config
from kerneldojo.errors import UsageError
from kerneldojo.problems.gold import GOLD
from kerneldojo.records import Evaluation, Problem, Solution, Status
from kerneldojo.store import Cache

_NO_CHOICE, _AS_SET, _NO_ONE = Choice(), Judging(), Asking()
OK, NOT_CORRECT, USAGE, INFRASTRUCTURE, INTERRUPTED = 0, 1, 2, 3, 130


@dataclass(frozen=True)
class Session:
    """The resolved settings and the two places output goes to."""

    config: Config
    people: Console
    """stdout, or stderr when stdout carries JSON."""
    progress: Console
    json: bool = False
    verbose: bool = False


def open_session(
    settings: Sequence[str] | None,
    files: Sequence[Path] | None,
    target: str | None = None,
    *,
    json: bool = False,
    verbose: bool = False,
    cache: bool | None = None,
    kernelbench: Path | None = None,
) -> Session:
    """Resolve the configuration; `--target` is short for `--set evaluation.target=…`.

    In the same way `--cache` is short for `--set cache.enabled=true`, and `--kernelbench PATH`
    for `--set problems.kernelbench=PATH`.

    Raises:
        ConfigError: if a file, a key or a value is wrong.
    """
    assignments = list(settings or ())
    if target is not None:
        assignments.append(f"evaluation.target={target}")
    if cache is not None:
        assignments.append(f"cache.enabled={'true' if cache else 'false'}")
    if kernelbench is not None:
        assignments.append(f"problems.kernelbench={json_text(str(kernelbench))}")
    config = load_config(files or (), assignments)
    stderr = Console(stderr=True, highlight=False)
    stdout = Console(highlight=False)
    return Session(config, stderr if json else stdout, stderr, json, verbose)


def open_common(
    common: Common,
    choice: Choice = _NO_CHOICE,
    judging: Judging = _AS_SET,
    asking: Asking = _NO_ONE,
    *,
    json: bool = False,
    short: Mapping[str, Any] | None = None,
) -> Session:
    """Resolve the configuration of a verb whose options come in groups.

    Args:
        common: the options of every verb.
        choice: those that choose problems.
        judging: those that say how solutions are judged.
        asking: those that say which model is asked.
        json: whether stdout carries JSON.
        short: further options that are short for a setting, by its name; None if not given.

    Raises:
        UsageError: if a file, a key, a value or a combination of options is wrong.
    """
    given = {**asking.short(), **(short or {})}
    assignments = asking.limits() + [
        f"{key}={json_text(value, ensure_ascii=False)}"
        for key, value in given.items()
        if value is not None
    ]
    return open_session(
        [*(common.settings or ()), *assignments],
        common.config,
        judging.target,
        json=json,
        verbose=common.verbose,
        cache=judging.cache,
        kernelbench=choice.kernelbench,
    )


def load_problem(config: Config, name: str) -> Problem:
    """Return one problem by name or path, KernelBench's from where the settings say.

    Raises:
        ProblemNotFound: if nothing has this name.
        InvalidProblem: if it is not a KernelBench-format reference.
    """
    return kd.load_problem(name, kernelbench_root=config.problems.kernelbench)


def read_solutions(
    paths: Sequence[str], language: str | None, limit_kb: int, problem: Problem
) -> list[Solution]:
    """Read solutions from files, from standard input (`-`), or the problem's own (`gold`).

    Raises:
        UsageError: if `language` is unknown or `-` is given twice.
        SolutionNotReadable: if a file is missing, too large, binary or not UTF-8, or there is
            no gold solution.
    """
    if list(paths).count("-") > 1:
        raise UsageError("- (standard input) can be given only once.")
    return [
        kd.load_solution(
            path if path in ("-", GOLD) else Path(path), language, limit_kb, problem=problem.name
        )
        for path in paths
    ]


def open_evaluator(config: Config) -> kd.Evaluator:
    """Return an evaluator for a configuration; use it as a context manager."""
    pool = config.pool
    return kd.Evaluator(
        config.evaluation,
        pool.spec,
        retries=pool.retries,
        overlap=pool.overlap,
        cache=open_cache(config) if config.cache.enabled else False,
    )


def open_cache(config: Config) -> Cache:
    """Return the cache of a configuration."""
    path = config.cache.path
    return Cache(Path(path).expanduser() if path else None, config.cache.size_mb)


def exit_code(evaluations: Iterable[Evaluation]) -> int:
    """Return the code that tells the gravest outcome: ours first, then the problem's."""
    statuses = {evaluation.status for evaluation in evaluations}
    if Status.EVALUATION_FAILED in statuses:
        return INFRASTRUCTURE
    if Status.INVALID_PROBLEM in statuses:
        return USAGE
    return OK if statuses <= {Status.CORRECT} else NOT_CORRECT
