"""Tables of several things, with colour on a terminal and plain columns elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from kerneldojo import wording
from kerneldojo.cli import words
from kerneldojo.records import Evaluation, Solution
from kerneldojo.store import Row

Cell = str | Text
_BETWEEN = 3
"""Characters between two columns."""


def show_table(
    console: Console,
    heads: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    right: Collection[int] = (),
    wrap: Collection[int] = (),
    spare: Iterable[int] = (),
) -> None:
    """Print a table.

    Args:
        console: where to.
        heads: the columns' names.
        rows: one sequence of cells per row.
        right: numbers of the columns to align right, from 0.
        wrap: the columns, besides the last, that give way where the terminal is narrow.
        spare: the columns that are left out, the first of them first, where that is not enough.
    """
    if not console.is_terminal:
        console.out(_plain(heads, rows, right))
        return
    gives_way = {len(heads) - 1, *wrap}
    widths = {
        number: max(_width(row[number], number in gives_way) for row in (heads, *rows))
        for number in range(len(heads))
    }
    for number in spare:
        if sum(widths.values()) + _BETWEEN * len(widths) <= console.width:
            break
        del widths[number]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for number in widths:
        justify: JustifyMethod = "right" if number in right else "left"
        table.add_column(
            heads[number], justify=justify, overflow="fold", no_wrap=number not in gives_way
        )
    for row in rows:
        table.add_row(*(row[number] for number in widths))
    console.print(table)


def _width(cell: Cell, gives_way: bool) -> int:
    """Return how many characters a cell takes at least."""
    text = str(cell)
    return cell_len(max(text.split(), key=cell_len, default="") if gives_way else text)


def _plain(heads: Sequence[str], rows: Sequence[Sequence[Cell]], right: Collection[int]) -> str:
    cells = [[str(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    lines = []
    for row in cells:
        padded = [
            text.rjust(width) if column in right else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def show_summary(console: Console, judged: Sequence[tuple[Solution, Evaluation]]) -> None:
    """Print one line per solution: status, speedup, coverage and the gravest finding."""
    rows = [
        (
            words.short_path(solution.origin),
            *verdict_cells(evaluation),
        )
        for solution, evaluation in judged
    ]
    show_table(console, ("solution", "status", "speedup", "coverage", "why"), rows, right=(2, 3))


def verdict_cells(evaluation: Evaluation | Row) -> tuple[Cell, Cell, Cell, Cell]:
    """Return status, speedup, coverage and why."""
    return (
        Text(*words.headline(evaluation)),
        f"{wording.times(evaluation.timing.speedup)}×" if evaluation.timing else "–",
        _coverage(evaluation),
        _why(evaluation),
    )


def _coverage(evaluation: Evaluation | Row) -> str:
    profile = evaluation.profile
    return "–" if profile is None or profile.coverage is None else wording.percent(profile.coverage)


def _why(evaluation: Evaluation | Row) -> str:
    fatal = [finding for finding in evaluation.findings if finding.fatal]
    telling = fatal or evaluation.findings
    if telling:
        return ", ".join(dict.fromkeys(str(finding.kind) for finding in telling))
    if evaluation.error is not None:
        return evaluation.error.type
    correctness = evaluation.correctness
    if correctness is None or correctness.mismatch is None:
        return ""
    mismatch = correctness.mismatch
    share = wording.percent(mismatch.wrong_elements / max(mismatch.total_elements, 1))
    return f"{share} of {mismatch.output} wrong"
