"""Read a solution from a file, standard input, text or our own stock; refuse what is no text."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

from kerneldojo.errors import SolutionNotReadable, UsageError, did_you_mean
from kerneldojo.evaluation.languages import detect
from kerneldojo.problems.gold import GOLD, gold_solution
from kerneldojo.records import Language, Solution

_ADVICE = "Give a UTF-8 Python file that defines `ModelNew`, or `-` to read one from stdin."


def load_solution(
    where: str | Path,
    language: str | Language | None = None,
    limit_kb: int = 1024,
    *,
    problem: str | None = None,
) -> Solution:
    """Return the solution at `where`.

    Args:
        where: a path, `-` for standard input, the source text itself (any string with a line
            break in it), or `gold` for the bundled solution of `problem`.
        language: `triton`, `cuda` or `cpp`; None detects it. A gold solution has its own.
        limit_kb: largest source accepted, in units of 1024 bytes.
        problem: name of the problem to be solved; only `gold` needs it.

    Raises:
        SolutionNotReadable: missing, a folder, binary, not UTF-8, empty or too large; or the
            problem has no gold solution.
        UsageError: the language is unknown, or two languages are mixed.
    """
    chosen = _language(language)
    limit = limit_kb * 1024
    if where == GOLD and problem is not None:
        return _gold(problem)
    if isinstance(where, str) and ("\n" in where or "\r" in where):
        origin, data = "<memory>", where.encode("utf-8", "surrogatepass")
    elif str(where) == "-":
        origin, data = "<stdin>", sys.stdin.buffer.read(limit + 1)
    else:
        origin, data = str(where), _read_file(Path(where), limit)
    source = _decode(data, origin, limit)
    return Solution(source=source, language=chosen or detect(source), origin=origin)


def _gold(problem: str) -> Solution:
    found = gold_solution(problem)
    if found is None:
        raise SolutionNotReadable(
            f"{problem} has no bundled gold solution (docs/suite.md says which problems do). "
            f"Give a file that defines `ModelNew`; ./{GOLD} names a file called {GOLD!r}."
        )
    return found


def _language(name: str | Language | None) -> Language | None:
    if name is None:
        return None
    try:
        return Language(name)
    except ValueError:
        known = [str(one) for one in Language]
        raise UsageError(
            f"Unknown language {name!r}; there are {', '.join(known)}."
            f"{did_you_mean(str(name), known)}"
        ) from None


def _read_file(path: Path, limit: int) -> bytes:
    """Return at most `limit` + 1 bytes of `path`, so that too large a file is seen as such."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise SolutionNotReadable(f"{path} is a folder, not a solution file. {_ADVICE}")
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
            raise SolutionNotReadable(f"{path} is a device or socket, not a file. {_ADVICE}")
        with path.open("rb") as file:
            return file.read(limit + 1)
    except FileNotFoundError:
        raise SolutionNotReadable(
            f"There is no solution file {str(path)!r}.{_nearest(path)} {_ADVICE}"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SolutionNotReadable(f"{str(path)!r} cannot be read: {reason}. {_ADVICE}") from error


def _nearest(path: Path) -> str:
    try:
        names = [one.name for one in path.parent.iterdir()][:1000]
    except (OSError, ValueError):
        return ""
    return did_you_mean(path.name, names)


def _decode(data: bytes, origin: str, limit: int) -> str:
    if len(data) > limit:
        raise SolutionNotReadable(
            f"{origin} is larger than {limit // 1024} KiB, the most a solution may have. "
            "Remove embedded data, or raise limits.source_kb."
        )
    if b"\0" in data:
        utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        what = "UTF-16 text" if utf16 else "binary data (it has NUL bytes)"
        raise SolutionNotReadable(f"{origin} holds {what}, not UTF-8 text. {_ADVICE}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SolutionNotReadable(
            f"{origin} is not UTF-8: byte 0x{data[error.start]:02x} on line {line}. "
            f"Save it as UTF-8. {_ADVICE}"
        ) from None
    if not text.strip():
        raise SolutionNotReadable(f"{origin} is empty. {_ADVICE}")
    return text
