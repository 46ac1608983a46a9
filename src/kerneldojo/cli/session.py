"""What every verb that judges something needs: settings, solutions, an evaluator, exit codes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

import kerneldojo as kd
from kerneldojo.config import Config, load_config
from kerneldojo.errors import SolutionNotReadable, UsageError, did_you_mean
from kerneldojo.records import Evaluation, Language, Solution, Status

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
) -> Session:
    """Resolve the configuration; `--target` is short for `--set evaluation.target=…`.

    Raises:
        ConfigError: if a file, a key or a value is wrong.
    """
    assignments = list(settings or ())
    if target is not None:
        assignments.append(f"evaluation.target={target}")
    config = load_config(files or (), assignments)
    stderr = Console(stderr=True, highlight=False)
    stdout = Console(highlight=False)
    return Session(config, stderr if json else stdout, stderr, json, verbose)


def read_solutions(paths: Iterable[str], language: str | None, limit_kb: int) -> list[Solution]:
    """Read solutions from files, or from standard input where the path is `-`.

    Raises:
        UsageError: if `language` is unknown or `-` is given twice.
        SolutionNotReadable: if a file is missing, too large, binary or not UTF-8.
    """
    chosen = _language(language)
    paths = list(paths)
    if paths.count("-") > 1:
        raise UsageError("- (standard input) can be given only once.")
    return [_read(path, chosen, limit_kb) for path in paths]


def _language(name: str | None) -> Language | None:
    known = [str(language) for language in Language]
    if name is None:
        return None
    if name not in known:
        raise UsageError(
            f"there is no language {name!r}.{did_you_mean(name, known)} "
            f"Known languages: {', '.join(known)}."
        )
    return Language(name)


def _read(path: str, language: Language | None, limit_kb: int) -> Solution:
    if path != "-":
        return kd.load_solution(Path(path), language=language)
    raw = sys.stdin.buffer.read(limit_kb * 1024 + 1)
    if len(raw) > limit_kb * 1024:
        raise SolutionNotReadable(
            f"standard input holds more than {limit_kb} KiB; a solution may not be larger "
            "(--set evaluation.limits.source_kb=N allows more)."
        )
    try:
        source = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SolutionNotReadable(
            f"standard input is not UTF-8 text (byte {error.start}); pipe a Python file."
        ) from None
    return kd.load_solution(source, language=language).model_copy(update={"origin": "<stdin>"})


@contextmanager
def open_evaluator(session: Session) -> Iterator[Any]:
    """Start an evaluator that reports its stages on stderr; stop it at the end."""
    with kd.Evaluator(settings=session.config.evaluation, pool=session.config.pool.spec) as opened:
        yield opened


def exit_code(evaluations: Iterable[Evaluation]) -> int:
    """Return the code that tells the gravest outcome: ours first, then the problem's."""
    statuses = {evaluation.status for evaluation in evaluations}
    if Status.EVALUATION_FAILED in statuses:
        return INFRASTRUCTURE
    if Status.INVALID_PROBLEM in statuses:
        return USAGE
    return OK if statuses <= {Status.CORRECT} else NOT_CORRECT
