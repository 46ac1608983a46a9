"""Problems without copies."""

from __future__ import annotations

from collections.abc import Iterable

from kerneldojo.errors import UsageError
from kerneldojo.records import Problem


def distinct(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems without copies of earlier ones.

    Raises:
        UsageError: if two different problems have one name, as figures are by name.
    """
    by_digest: dict[str, Problem] = {}
    by_name: dict[str, Problem] = {}
    for problem in problems:
        first = by_name.setdefault(problem.name, problem)
        if first.digest != problem.digest:
            raise UsageError(
                f"{first.origin} and {problem.origin} are different problems of the same name, "
                f"{problem.name!r}. Rename one of the files."
            )
        by_digest.setdefault(problem.digest, problem)
    return list(by_digest.values())
