"""What every verb does that takes many problems: load them, and tell which are refused."""

from __future__ import annotations

from rich.text import Text

from kerneldojo import wording
from kerneldojo.cli.options import Choice
from kerneldojo.cli.session import Session
from kerneldojo.errors import UsageError
from kerneldojo.problems import distinct, load_problems
from kerneldojo.records import Problem

_SHOWN = 20
"""So many refusals are told in full when there are more."""


def load_selected(
    session: Session,
    choice: Choice,
    *,
    licence: str | None = None,
    code_column: str | None = None,
) -> list[Problem]:
    """Return the chosen problems, by default the suite; refusals are told on stderr.

    Raises:
        UsageError: if a source is not there, a value is impossible, or nothing is left.
    """
    loaded = load_problems(
        choice.sources or ["suite"],
        choice.selection,
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


def load_distinct(session: Session, choice: Choice) -> list[Problem]:
    """Return the chosen problems without those that repeat others under another name.

    Raises:
        UsageError: as `load_selected`, and if nothing is left.
    """
    loaded = load_selected(session, choice)
    problems = distinct(loaded)
    if len(problems) < len(loaded):
        copies = wording.plural(len(loaded) - len(problems), "problem")
        session.progress.print(f"left out  {copies} that repeat others")
    if not problems:
        raise UsageError("no problem is left to be judged.")
    return problems
