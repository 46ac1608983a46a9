"""A solution's source with what was found beside its lines."""

from __future__ import annotations

import textwrap

from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from kerneldojo.records import Evaluation, Mark, MarkKind, Solution, marks

_STYLES = {
    MarkKind.FATAL: "bold red",
    MarkKind.ERROR: "bold red",
    MarkKind.WARNING: "bold yellow",
    MarkKind.KERNEL: "green",
}


def show_source(console: Console, solution: Solution, evaluation: Evaluation) -> None:
    """Print the source with line numbers; each finding, error and kernel below its line."""
    beside: dict[int, list[Mark]] = {}
    for mark in marks(evaluation, solution.source):
        beside.setdefault(mark.line, []).append(mark)
    if console.is_terminal:
        _show_coloured(console, solution.source, beside)
    else:
        console.out(plain_source(solution.source, beside, console.width))


def plain_source(source: str, beside: dict[int, list[Mark]], width: int) -> str:
    """Return the source as text: `> 12 | code`, and marks on lines of their own."""
    lines = source.splitlines()
    digits = len(str(len(lines)))
    shown = []
    for number, line in enumerate(lines, 1):
        shown.append(f"{'>' if number in beside else ' '} {number:>{digits}} | {line}".rstrip())
        indent = " " * (len(line) - len(line.lstrip()))
        for mark in beside.get(number, ()):
            margin = f"  {'':{digits}} | {indent}"
            shown += textwrap.wrap(
                f"{mark.kind} · {mark.label}: {mark.text}",
                max(width, len(margin) + 30),
                initial_indent=margin + "^ ",
                subsequent_indent=margin + "  ",
            )
    return "\n".join(shown)


def _show_coloured(console: Console, source: str, beside: dict[int, list[Mark]]) -> None:
    syntax = Syntax("", "python", theme="ansi_dark", background_color="default")
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=1)
    grid.add_column(justify="right", style="dim")
    grid.add_column(overflow="fold")
    for number, line in enumerate(syntax.highlight(source).split("\n", allow_blank=False), 1):
        here = beside.get(number, [])
        bar = Text("▌", _STYLES[here[0].kind]) if here else Text()
        shown_number = Text(str(number), _STYLES[here[0].kind] if here else "dim")
        grid.add_row(bar, shown_number, line)
        for mark in here:
            grid.add_row(Text("▌", _STYLES[mark.kind]), "", _note(mark, line.plain))
    console.print(grid)


def _note(mark: Mark, line: str) -> Table:
    """Return a margin note, wrapped beside its own hook and indented as the line is."""
    style = _STYLES[mark.kind]
    note = Table.grid(padding=(0, 1, 0, 0))
    note.add_column(no_wrap=True)
    note.add_column(overflow="fold")
    indent = " " * (len(line) - len(line.lstrip()))
    note.add_row(Text(f"{indent}└", style), Text.assemble((mark.label, style), f"  {mark.text}"))
    return note
