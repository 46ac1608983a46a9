"""Gold solutions: for a bundled problem, a Triton kernel of ours that shows how it is done.

`suite/<family>/<name>` has its gold solution in `<family>/<name>.py` here. The files are data:
nothing imports them.
"""

from __future__ import annotations

from pathlib import Path

from kerneldojo.records import Language, Solution

GOLD = "gold"
"""The word that names a problem's gold solution where a file could stand."""

_FOLDER = Path(__file__).parent


def gold_solution(problem_name: str) -> Solution | None:
    """Return the gold solution of a bundled problem, or None if it has none."""
    path = _files().get(problem_name)
    return None if path is None else _read(path)


def gold_solutions() -> dict[str, Solution]:
    """Return every gold solution by the name of its problem, sorted."""
    return {name: _read(path) for name, path in sorted(_files().items())}


def _files() -> dict[str, Path]:
    return {f"suite/{path.parent.name}/{path.stem}": path for path in _FOLDER.glob("*/*.py")}


def _read(path: Path) -> Solution:
    return Solution(
        source=path.read_text(encoding="utf-8"),
        language=Language.TRITON,
        origin=GOLD,
    )
