"""What every verb does that takes many problems: load them, and tell which are refused."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from kerneldojo.cli.session import Session
from kerneldojo.problems import Selection, load_problems
from kerneldojo.records import Problem

_SHOWN = 20
"""So many refusals are told in full when there are more."""


def selection_of(
    level: int | None,
    match: Sequence[str] | None,
    numbers: str | None,
    tags: Sequence[str] | None,
    limit: int | None,
    sample_seed: int | None,
    scale: str | None,
) -> Selection:
    """Return what the options that every such verb has select.

    Raises:
        UsageError: if a value is impossible.
    """
    return Selection(
        level=level,
        match=tuple(match or ()),
        numbers=numbers,
        tags=tuple(tags or ()),
        limit=limit,
        sample_seed=sample_seed,
        scale=scale,
    )


def load_selected(
    session: Session,
    sources: Sequence[str] | None,
    selection: Selection,
    *,
    licence: str | None = None,
    code_column: str | None = None,
) -> list[Problem]:
    """Return the problems of some sources, or of the suite; refusals are told on stderr.

    Raises:
        UsageError: if a source is not there, or nothing is left.
    """
    loaded = load_problems(
        sources or ["suite"],
        selection,
        kernelbench_root=session.config.problems.kernelbench,
        licence=licence,
        code_column=code_column,
    )
    shown = loaded.refused if session.verbose else loaded.refused[:_SHOWN]
    for refusal in shown:
        line = Text.assemble(("refused  ", "magenta"), str(refusal))
        session.progress.print(line, soft_wrap=True)
    if len(shown) < len(loaded.refused):
        more = len(loaded.refused) - len(shown)
        session.progress.print(Text(f"refused  {more} more; -v shows them", "magenta"))
    return loaded.problems
